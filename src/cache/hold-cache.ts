import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CacheError } from './cache-error.ts';
import { errorMessage } from '../util/error-message.ts';
import type { LmdbStore } from './lmdb-store.ts';

/** Who is alone in a cache, and what for. */
export interface Holder {
  readonly does: 'prunes' | 'repairs';
  readonly pid: number;
}

/** Another program is alone in the cache for a while. The message says which, as a sentence. */
export class CacheHeldError extends Error {
  override readonly name = 'CacheHeldError';

  constructor(folder: string, { does, pid }: Holder) {
    super(
      `Waiting for process ${pid}, which ${does} the cache in "${folder}".`,
    );
  }
}

/** The file that says which process is alone in a cache. */
const HOLDER_FILE = 'held-by';

/**
 * Makes this process the only one in a cache, and answers with what ends that; null if another program has the cache open.
 *
 * Each side first says that it is there (this one by its file, others in LMDB's table of readers), then looks for the other:
 * whichever comes second sees the first. A holder that was killed holds nothing, as its entry in the table is gone.
 *
 * @throws CacheError if the folder can't be written.
 */
export function holdCache(
  folder: string,
  store: LmdbStore,
): (() => void) | null {
  // Nobody who comes while this waits for others is kept out, even for a moment.
  if (store.otherProcesses.length > 0) return null;
  const release = writeHolder(folder, 'prunes');
  if (store.otherProcesses.length === 0) return release;
  release();
  return null;
}

/**
 * Keeps a process out of a cache that another one holds. What a holder that was killed has left is cleared away.
 *
 * @param options.others the processes that have the cache open.
 * @throws CacheHeldError if one of them holds it.
 */
export function refuseWhilePruned(options: {
  readonly folder: string;
  readonly readOnly: boolean;
  readonly others: readonly number[];
}): void {
  const holder = readHolder(options.folder);
  if (holder?.does !== 'prunes') return;
  if (!options.others.includes(holder.pid)) {
    // Else a later process with the same number would be taken for it.
    if (!options.readOnly) clearHolder(options.folder);
    return;
  }
  throw new CacheHeldError(options.folder, holder);
}

/**
 * Writes down that this process is alone in a cache, and answers with what takes that away.
 *
 * @throws CacheError if the folder can't be written.
 */
export function writeHolder(folder: string, does: Holder['does']): () => void {
  try {
    writeFileSync(join(folder, HOLDER_FILE), `${does} ${process.pid}`);
  } catch (error) {
    throw new CacheError(
      folder,
      `can't be written: ${errorMessage(error)}`,
      'Check the disk and the permissions of the folder; nothing was changed.',
    );
  }
  return () => {
    if (readHolder(folder)?.pid === process.pid) clearHolder(folder);
  };
}

/** What stands there; whether that process still runs is another question. */
export function readHolder(folder: string): Holder | undefined {
  try {
    const text = readFileSync(join(folder, HOLDER_FILE), 'utf8');
    const [, does, pid] = /^(prunes|repairs) (\d+)$/.exec(text) ?? [];
    return does === 'prunes' || does === 'repairs'
      ? { does, pid: Number(pid) }
      : undefined;
  } catch {
    // Mostly there is no such file. One that can't be read, where the database can, was left by somebody else.
    return undefined;
  }
}

/** Takes away what a process has written that isn't alone any more. */
export const clearHolder = (folder: string): void => {
  rmSync(join(folder, HOLDER_FILE), { force: true });
};
