import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CacheError } from './cache-error.ts';
import { errorMessage } from '../util/error-message.ts';
import type { LmdbStore } from './lmdb-store.ts';

/** Another program is alone in the cache for a while. The message says which, as a sentence. */
export class CacheHeldError extends Error {
  override readonly name = 'CacheHeldError';

  constructor(folder: string, holder: number) {
    super(
      `Waiting for process ${holder}, which prunes the cache in "${folder}".`,
    );
  }
}

/** The file that says which process is alone in a cache. */
const HOLDER_FILE = 'held-by';

/**
 * Makes this process the only one in a cache, and answers with what ends that.
 *
 * Each side first says that it is there (this one by its file, others in LMDB's table of readers), then looks for the other:
 * whichever comes second sees the first. A holder that was killed holds nothing, as its entry in the table is gone.
 *
 * @throws CacheError if another program has the cache open, or if the folder can't be written.
 */
export function holdCache(folder: string, store: LmdbStore): () => void {
  const path = join(folder, HOLDER_FILE);
  const release = (): void => {
    if (holderOf(path) === process.pid) rmSync(path, { force: true });
  };
  try {
    writeFileSync(path, String(process.pid));
  } catch (error) {
    throw new CacheError(
      folder,
      `can't be written: ${errorMessage(error)}`,
      'Check the disk and the permissions of the folder; nothing was changed.',
    );
  }
  const others = store.otherProcesses;
  if (others.length > 0) {
    release();
    throw new CacheError(
      folder,
      `is in use by ${others.length === 1 ? 'process' : 'processes'} ${others.join(', ')}`,
      'Nothing was changed; try again when that has ended.',
    );
  }
  return release;
}

/**
 * Keeps a process out of a cache that another one holds. What a holder that was killed has left is cleared away.
 *
 * @param options.others the processes that have the cache open.
 * @throws CacheHeldError if one of them holds it.
 */
export function refuseWhileHeld(options: {
  readonly folder: string;
  readonly readOnly: boolean;
  readonly others: readonly number[];
}): void {
  const path = join(options.folder, HOLDER_FILE);
  const holder = holderOf(path);
  if (holder === undefined) return;
  if (!options.others.includes(holder)) {
    // Else a later process with the same number would be taken for it.
    if (!options.readOnly) rmSync(path, { force: true });
    return;
  }
  throw new CacheHeldError(options.folder, holder);
}

function holderOf(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    // Mostly there is no such file. One that can't be read, where the database can, was left by somebody else.
    return undefined;
  }
}
