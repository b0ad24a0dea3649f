import { CacheError } from '../cache/cache-error.ts';
import { openStore } from '../cache/open-store.ts';
import { verifyCache, type CacheReport } from '../engine/verify-cache.ts';
import { sayWaiting } from './say-waiting.ts';

/** What the process says. */
export type VerifyMessage =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'report'; readonly report: CacheReport }
  /** The cache can't be read; a message for people. */
  | { readonly type: 'refused'; readonly message: string };

/** Messages a second are plenty. */
const PROGRESS_MS = 250;

/**
 * A process that checks a cache and says what it found. LMDB trusts what it maps: a page that was overwritten may end the
 * process that reads it, and whoever started this one lives to tell.
 */
async function verifyProcess(
  folder: string,
  send: (message: VerifyMessage) => void,
): Promise<void> {
  try {
    await using store = await openStore({
      folder,
      readOnly: true,
      thoroughly: true,
      waits: sayWaiting,
    });
    let saidAt = performance.now();
    const report = await verifyCache(store, (done, total) => {
      if (performance.now() - saidAt < PROGRESS_MS) return;
      saidAt = performance.now();
      send({ type: 'progress', done, total });
    });
    send({ type: 'report', report });
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    send({ type: 'refused', message: error.message });
  }
}

const folder = process.argv[2];
if (folder === undefined) throw new Error('Internal error: no folder given');
await verifyProcess(folder, (message) => process.send?.(message));
process.disconnect();
