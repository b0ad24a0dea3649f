import {
  appendFileSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../util/json.ts';

/** A run that is over, as the cache remembers it. */
export interface PastRun {
  readonly command: string;
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** ISO 8601, UTC; of a program that was lost, its last sign of life. */
  readonly until: string;
  /** `lost`: it ended without a word, or gave no sign of life. */
  readonly end: 'done' | 'failed' | 'interrupted' | 'lost';
  /** What it last said of itself. */
  readonly report: Json;
}

const FILE = 'runs.jsonl';
/** Past this size the file is cut down to the last runs. */
const CUT_BYTES = 256 << 10;
const KEPT = 100;

/**
 * Adds a run to those that the cache remembers. A line that can't be written is missing in `pipeline status`, and nothing
 * else: no error.
 */
export function rememberRun(folder: string, run: PastRun): void {
  const path = join(folder, FILE);
  try {
    // A short line is appended whole, whoever else appends.
    appendFileSync(path, `${JSON.stringify(run)}\n`);
    if (statSync(path).size <= CUT_BYTES) return;
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const shorter = `${path}.${run.pid}`;
    writeFileSync(shorter, `${lines.slice(-KEPT).join('\n')}\n`);
    renameSync(shorter, path);
  } catch {
    // As said above.
  }
}

/** The last runs, newest first. */
export function pastRuns(folder: string, count: number): readonly PastRun[] {
  let text: string;
  try {
    text = readFileSync(join(folder, FILE), 'utf8');
  } catch {
    return [];
  }
  const runs = text.split('\n').flatMap((line): PastRun[] => {
    try {
      return [JSON.parse(line) as PastRun];
    } catch {
      // The empty text after the last line, or one that a crash of the machine has cut.
      return [];
    }
  });
  return runs.slice(-count).reverse();
}
