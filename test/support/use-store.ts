import { CacheError } from '../../src/cache/cache-error.ts';
import { openStore } from '../../src/cache/open-store.ts';
import type { Store, Table } from '../../src/cache/store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import { hashBytes } from '../../src/fingerprint/hash-bytes.ts';

/** Values of each sort, enough for trees with branches and for free pages. */
export const ENTRIES = 120;

const TABLES: readonly (Table | 'chunks')[] = [
  ...(['records', 'manifests', 'pointers', 'files'] as const),
  ...(['checkpoints', 'roots', 'chunks'] as const),
];

const bytesOf = (name: string, index: number): Buffer =>
  Buffer.alloc(
    // Each tenth lies on pages of its own.
    index % 10 === 0 ? 3000 + 20 * (index % 1000) : 60,
    `${name} ${index} `,
  );

/** The entry of a number; the same ones in every process. */
function entryOf(index: number) {
  const chunk = bytesOf('chunk', index);
  return {
    key: digest('Test', ['key', index]),
    record: bytesOf('record', index),
    content: digest('Test', ['content', index]),
    manifest: bytesOf('manifest', index),
    chunks: [{ digest: hashBytes(chunk), bytes: chunk }],
    pointers: new Map([
      [digest('Test', ['name', index]), bytesOf('pointer', index)],
    ]),
  };
}

const putAll = async (store: Store, from: number, to: number): Promise<void> =>
  store.put(
    ...Array.from({ length: to - from }, (_, index) => entryOf(from + index)),
  );

/** Makes a store with all sorts of pages in it. */
export async function makeStore(folder: string): Promise<void> {
  await using store = await openStore({ folder, readOnly: false });
  await putAll(store, 0, ENTRIES);
  await putAll(store, 1000, 1020);
  for (let index = 1000; index < 1020; index += 2) {
    const { key, content, chunks } = entryOf(index);
    await store.remove({
      records: [key],
      manifests: [content],
      chunks: chunks.map((one) => one.digest),
      checkpoints: [],
      roots: [],
      pointers: new Map(),
    });
    await store.keepCheckpoint(key, bytesOf('state', index));
  }
}

/**
 * Reads, writes, mends and removes in a store that may be damaged.
 *
 * @returns how many values were right, or how the store was refused.
 * @throws Error if a wrong value was handed out.
 */
export async function useStore(folder: string): Promise<number | string> {
  try {
    let right = 0;
    await using store = await openStore({ folder, readOnly: false });
    for (const table of TABLES) store.digests(table);
    for (let index = 0; index < ENTRIES; index++) {
      const { key, record, chunks } = entryOf(index);
      const found = store.read('records', key);
      if (found.state === 'present') {
        if (!record.equals(found.value)) throw new Error('a wrong record');
        right++;
      }
      for (const { digest: name, bytes } of chunks) {
        const chunk = store.readChunk(name, (read) => bytes.equals(read));
        if (chunk.state === 'present' && !chunk.value) {
          throw new Error('a wrong chunk');
        }
      }
    }
    await putAll(store, 100, ENTRIES + 10);
    const removed = store.digests('chunks').slice(0, 20);
    await store.remove({
      ...{ records: [], manifests: [], checkpoints: [], roots: [] },
      chunks: removed,
      pointers: new Map(),
    });
    await putAll(store, 0, ENTRIES);
    for (let index = 0; index < ENTRIES; index++) {
      const { key, chunks } = entryOf(index);
      const isThere =
        store.read('records', key).state === 'present' &&
        chunks.every(
          (one) => store.readChunk(one.digest, () => 0).state === 'present',
        );
      if (!isThere) throw new Error('what was written is not there');
    }
    return right;
  } catch (error) {
    if (error instanceof CacheError) return error.message;
    throw error;
  }
}

// As a process of its own: uses the folders that it is told, one after the other.
if (process.send !== undefined && process.argv[2] === 'use') {
  process.on('message', (folder: string) => {
    useStore(folder).then(
      (outcome) => process.send?.({ outcome }),
      (error: unknown) => process.send?.({ wrong: String(error) }),
    );
  });
}
