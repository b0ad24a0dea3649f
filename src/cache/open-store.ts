import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { errorMessage } from '../util/error-message.ts';
import { makeFolder } from '../util/make-folder.ts';
import { CacheError, RESTORE } from './cache-error.ts';
import {
  DATABASE_FILE,
  inspectDatabase,
  type Inspection,
} from './inspect-database.ts';
import { LmdbStore } from './lmdb-store.ts';
import { MemoryStore } from './memory-store.ts';
import { CacheHeldError, refuseWhilePruned } from './hold-cache.ts';
import { networkFileSystem } from './network-file-system.ts';
import { refuseFullDisk } from './free-space.ts';
import { refuseWhileRepaired } from './hold-damaged.ts';
import { isNumberTaken, NumberTakenError } from './process-number.ts';
import { isMarkedSound, markSound } from './sound-mark.ts';
import type { Store } from './store.ts';

const CHOOSE =
  'Choose another folder with --cache, or see that this one can be written.';

/** Between two looks at a cache that another program holds. */
const HELD_LOOK_MS = 100;

/** How a cache is opened. */
export interface OpenStoreOptions {
  readonly folder: string;
  readonly readOnly: boolean;
  /** Whether another process has just opened it here, and has looked whether it is damaged. */
  readonly isInspected?: boolean;
  /** Whether to look through all of it, whatever a mark says. */
  readonly thoroughly?: boolean;
  /** Told once, as a sentence, if another program holds the cache and has to be waited for. */
  readonly waits?: ((message: string) => void) | undefined;
  /** Once aborted, no other program is waited for any more. */
  readonly signal?: AbortSignal | undefined;
  /** The table of mounts, for tests; the system's own where not given. */
  readonly mounts?: string;
}

/**
 * Opens the cache in a folder.
 *
 * For reading only, nothing is made or changed: a folder that doesn't exist, or that has no database in it, is an empty
 * store. Otherwise the folder is made.
 *
 * A cache that another program has opened by `openAlone`, or that it repairs, is waited for until that is done.
 *
 * @throws CacheError if the folder or its database can't be used; never ends the process.
 * @throws an `AbortError` if the signal is aborted while another program is waited for.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const folder = resolve(options.folder);
  refuseNetwork(folder, options.mounts);
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await openOnce({ ...options, folder });
    } catch (error) {
      if (!(error instanceof CacheHeldError)) throw error;
      if (isFirst) options.waits?.(error.message);
      await setTimeout(
        HELD_LOOK_MS,
        undefined,
        options.signal && { signal: options.signal },
      );
    }
  }
}

async function openOnce({
  folder,
  readOnly,
  isInspected = false,
  thoroughly = false,
}: OpenStoreOptions): Promise<Store> {
  try {
    if (!readOnly) makeFolder(folder);
    if (!isInspected) await refuseWhileRepaired(folder);
    const inspection: Inspection =
      isInspected || (!thoroughly && isMarkedSound(folder, { readOnly }))
        ? { state: 'sound' }
        : inspectDatabase(join(folder, DATABASE_FILE));
    if (
      readOnly &&
      (inspection.state === 'missing' || inspection.state === 'empty')
    ) {
      return new MemoryStore({ readOnly });
    }
    if (inspection.state === 'damaged') {
      throw new CacheError(
        folder,
        `can't be opened: its database is damaged (${inspection.why})`,
        RESTORE,
      );
    }
    if (inspection.state === 'missing') refuseFullDisk(folder, folder);
    return await LmdbStore.open({
      folder,
      readOnly,
      admit: (others) => {
        refuseWhilePruned({ folder, readOnly, others });
      },
      closed: () => {
        if (!readOnly && !isInspected) markSound(folder);
      },
    });
  } catch (error) {
    if (error instanceof CacheError || error instanceof CacheHeldError) {
      throw error;
    }
    if (isNumberTaken(errorMessage(error))) throw new NumberTakenError(folder);
    throw new CacheError(
      folder,
      `can't be opened: ${errorMessage(error)}`,
      errorMessage(error).startsWith('MDB_') ? RESTORE : CHOOSE,
    );
  }
}

function refuseNetwork(folder: string, mounts: string | undefined): void {
  const network = networkFileSystem(folder, mounts);
  if (network === null) return;
  throw new CacheError(
    folder,
    `lies on a network file system ("${network.type}", mounted at "${network.at}"), where programs on several machines would damage it: neither locks nor memory maps hold between them`,
    'Choose a folder on a disk of this machine with --cache or PIPELINE_CACHE.',
  );
}
