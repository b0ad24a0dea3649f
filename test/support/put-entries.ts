import { openStore } from '../../src/cache/open-store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { hashBytes } from '../../src/fingerprint/hash-bytes.ts';

/** Names of the entries that a writing process puts. */
export const entryName = (
  what: 'key' | 'content',
  writer: string,
  index: number,
): Digest => digest('Entry', { what, writer, index });

/** The chunks of an entry: some are shared by all writers, some are large. */
export function entryChunks(writer: string, index: number): Uint8Array[] {
  const own = new Uint8Array(index % 3 === 0 ? 1 << 20 : 100);
  own.set(Buffer.from(`${writer} ${index}`));
  const shared = new Uint8Array(1 << 18).fill(index % 5);
  return [shared, own];
}

/** A process that puts entries and says after each that it is stored: `put-entries.js FOLDER WRITER COUNT`. */
async function putEntries(
  folder: string,
  writer: string,
  count: number,
): Promise<void> {
  await using store = await openStore({ folder, readOnly: false });
  for (let index = 0; index < count; index++) {
    const chunks = entryChunks(writer, index);
    await store.put({
      key: entryName('key', writer, index),
      record: Buffer.from(`record ${writer} ${index}`),
      content: entryName('content', writer, index),
      manifest: Buffer.from(JSON.stringify(chunks.map(hashBytes))),
      chunks: chunks.map((bytes) => ({ digest: hashBytes(bytes), bytes })),
      pointers: new Map(),
    });
    process.send?.(index);
  }
  process.disconnect();
}

const [, program = '', folder = '', writer = '', count = ''] = process.argv;
if (program.endsWith('put-entries.js')) {
  await putEntries(folder, writer, Number(count));
}
