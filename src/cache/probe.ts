import { LmdbStore } from './lmdb-store.ts';

/**
 * A process that reads all of a database and ends. Whoever starts it learns from its exit whether that is possible:
 * reading a page that was cut off is a bus error, which no process survives.
 */
const folder = process.argv[2];
if (folder === undefined) throw new Error('Internal error: no folder given');
await using store = await LmdbStore.open({ folder, readOnly: true });
store.readEverything();
