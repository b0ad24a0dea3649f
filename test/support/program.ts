import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../../src/engine/events.ts';
import type { NodeSpec } from './make-plan.ts';

const PROGRAM = fileURLToPath(new URL('./run-program.js', import.meta.url));

/** A run of test kinds in a process of its own. */
export interface Program {
  readonly child: ChildProcess;
  readonly events: readonly RunEvent[];
  /** Resolves with its exit code, null after a signal, when all that it printed has been read. */
  readonly closed: Promise<number | null>;
  /** Names of the nodes that ended so, as far as it has said. */
  that(outcome: string): readonly string[];
}

/**
 * Starts a program that runs nodes on a cache; it leads a process group of its own, with its workers in it.
 *
 * @param options.file where the specifications of the nodes are written.
 * @param options.expiryMs without a sign of life others are lost after that time.
 */
export function startProgram(options: {
  readonly specs: Readonly<Record<string, NodeSpec>>;
  readonly file: string;
  readonly cache: string;
  readonly workers?: number;
  readonly expiryMs?: number;
}): Program {
  const { specs, file, cache, workers = 2, expiryMs } = options;
  writeFileSync(file, JSON.stringify(specs));
  const words = [PROGRAM, file, cache, String(workers)];
  const child = spawn(
    process.execPath,
    expiryMs === undefined ? words : [...words, String(expiryMs)],
    { stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  );
  const events: RunEvent[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    // The last line of a program that was killed may be cut.
    if (line.endsWith('}')) events.push(JSON.parse(line) as RunEvent);
  });
  const ends = Promise.all([once(child, 'close'), once(lines, 'close')]);
  return {
    child,
    events,
    closed: ends.then(([[code]]) => code as number | null),
    that: (outcome) =>
      events.flatMap((event) =>
        event.type === 'node-finished' && event.outcome === outcome
          ? [event.node]
          : [],
      ),
  };
}

/** Kills a program and all that it has started, and waits until its end is seen. */
export async function killProgram({ child, closed }: Program): Promise<void> {
  child.kill('SIGKILL');
  await closed;
}
