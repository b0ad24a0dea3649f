import { resolve } from 'node:path';
import { compactDatabase } from './compact.ts';
import { holdCache } from './hold-cache.ts';
import { LmdbStore } from './lmdb-store.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';

/** A cache that no other program has open, nor can open, until it is closed. */
export interface LoneCache extends AsyncDisposable {
  readonly store: Store;
  /**
   * Gives the room of what was removed back to the file system. Nothing is read or written afterwards.
   *
   * @returns what was in the way, null where nothing was. The cache is whole in both cases.
   */
  compact(): Promise<string | null>;
}

/**
 * Opens the cache in a folder for something that nobody else may see half done: whoever has read that a value is there
 * relies on it.
 *
 * @throws CacheError if the cache can't be used, or if another program has it open.
 */
export async function openAlone(options: {
  readonly folder: string;
}): Promise<LoneCache> {
  const folder = resolve(options.folder);
  const store = await openStore({ folder, readOnly: false });
  if (!(store instanceof LmdbStore)) {
    throw new Error('Internal error: a cache open for writing is on the disk');
  }
  let release: () => void;
  try {
    release = holdCache(folder, store);
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
  return {
    store,
    compact: () => compactDatabase(folder, store),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      release();
    },
  };
}
