import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../util/error-message.ts';
import { flush } from './flush.ts';
import { DATABASE_FILE, inspectDatabase } from './inspect-database.ts';
import type { LmdbStore } from './lmdb-store.ts';

/** Where the smaller copy is made. */
const COPY_FOLDER = 'compacting';

/**
 * Gives the room of what was removed back to the file system. LMDB's file never shrinks: it is copied, and the copy takes its
 * place in one step, so that whoever is killed at any moment leaves the one or the other.
 *
 * The caller holds the cache (`holdCache`) and closes the store afterwards: it still is the old file.
 *
 * @returns what was in the way, null where nothing was. The cache is whole in both cases.
 */
export async function compactDatabase(
  folder: string,
  store: LmdbStore,
): Promise<string | null> {
  const target = join(folder, COPY_FOLDER);
  const copy = join(target, DATABASE_FILE);
  try {
    // Left by a process that was killed.
    rmSync(target, { recursive: true, force: true });
    await store.repack();
    mkdirSync(target);
    await store.copyTo(target);
    flush(copy);
    const inspection = inspectDatabase(copy);
    if (inspection.state !== 'sound') {
      return 'the copy was not complete';
    }
    if (store.otherProcesses.length > 0) {
      return 'another program has opened the cache';
    }
    renameSync(copy, join(folder, DATABASE_FILE));
    flush(folder);
    return null;
  } catch (error) {
    return errorMessage(error);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}
