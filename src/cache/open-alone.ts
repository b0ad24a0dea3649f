import { resolve } from 'node:path';
import { compactDatabase } from './compact.ts';
import { holdCache } from './hold-cache.ts';
import { waitForOthers } from './lmdb-readers.ts';
import { LmdbStore } from './lmdb-store.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';
import { waitingFor } from './waiting-for.ts';

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

/** Between two looks at who has a cache open; not the same for all, so that two who met don't meet each time. */
const LOOK_MS = 100 + (process.pid % 50);

/**
 * Opens the cache in a folder for something that nobody else may see half done: whoever has read that a value is there
 * relies on it. Other programs that have it open are waited for; who comes while this waits is let in, since what is waited
 * for may need it.
 *
 * @param options.waits is told, as a sentence, for whom this waits, and again when those are others.
 * @throws CacheError if the cache can't be used.
 */
export async function openAlone(options: {
  readonly folder: string;
  readonly waits?: (message: string) => void;
}): Promise<LoneCache> {
  const folder = resolve(options.folder);
  let said = '';
  const meets = async (others: readonly number[]): Promise<void> => {
    const message = await waitingFor(folder, others);
    if (message !== said) options.waits?.(message);
    said = message;
  };
  for (;;) {
    const cache = await openIfAlone(folder, options.waits);
    if (cache !== null) return cache;
    await waitForOthers({ folder, lookMs: LOOK_MS, meets });
  }
}

/** Null where another program has the cache open. */
async function openIfAlone(
  folder: string,
  waits: ((message: string) => void) | undefined,
): Promise<LoneCache | null> {
  const store = await openStore({ folder, readOnly: false, waits });
  if (!(store instanceof LmdbStore)) {
    throw new Error('Internal error: a cache open for writing is on the disk');
  }
  let release: (() => void) | null = null;
  try {
    release = holdCache(folder, store);
  } finally {
    if (release === null) await store[Symbol.asyncDispose]();
  }
  if (release === null) return null;
  const letGo = release;
  return {
    store,
    compact: () => compactDatabase(folder, store),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      letGo();
    },
  };
}
