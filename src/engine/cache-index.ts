import { setImmediate } from 'node:timers/promises';
import { CHUNK_BYTES } from '../artifact/codec.ts';
import { readManifest, type Manifest } from '../artifact/codec-manifest.ts';
import type { Found, Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import { settingsDigest } from '../fingerprint/node-key.ts';
import { BYTES_PER_ELEMENT, sizeOf } from '../tensor/nd-array.ts';
import { readRecord } from '../worker/record.ts';

/** What is said of a record without the record at hand: a cache holds tens of thousands. */
export interface RecordFacts {
  readonly pipeline: string;
  readonly kind: string;
  /** The digest under which its settings have a pointer. */
  readonly settings: Digest;
  /** The digest under which its end has a pointer, for runs that go further. */
  readonly course: Digest | undefined;
  readonly content: Digest;
  /** Of its arrays, before equal chunks are stored once. */
  readonly sizeBytes: number;
  readonly seconds: number;
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
}

/** Records and artifacts of a cache, without the arrays' bytes. */
export interface CacheIndex {
  readonly records: ReadonlyMap<Digest, RecordFacts>;
  /** Content -> its chunks and their lengths, as the manifest has them; none where they were removed to make room. */
  readonly contents: ReadonlyMap<Digest, ReadonlyMap<Digest, number>>;
  /** Records and manifests whose bytes are damaged: nothing can be had from them. */
  readonly damaged: number;
  /** Records and manifests that are whole, but in a form that this program doesn't read. */
  readonly foreign: number;
}

/** Records that are read before others get a turn. */
const SLICE = 256;

/** Reads what a cache holds. */
export async function indexCache(store: Store): Promise<CacheIndex> {
  const records = new Map<Digest, RecordFacts>();
  const contents = new Map<Digest, ReadonlyMap<Digest, number>>();
  /** Contents whose arrays were removed to make room, and those that a record still has whole. */
  const evicted = new Set<Digest>();
  const kept = new Set<Digest>();
  const unread = { damaged: 0, foreign: 0 };
  const count = (table: 'records' | 'manifests', digest: Digest): void => {
    const isWhole = store.read(table, digest).state === 'present';
    unread[isWhole ? 'foreign' : 'damaged']++;
  };
  let visited = 0;
  const each = async <T>(
    table: 'records' | 'manifests',
    read: (store: Store, digest: Digest) => Found<T>,
    use: (digest: Digest, value: T) => void,
  ): Promise<void> => {
    for (const digest of store.digests(table)) {
      const found = read(store, digest);
      if (found.state === 'present') use(digest, found.value);
      else count(table, digest);
      if (++visited % SLICE === 0) await setImmediate();
    }
  };
  await each('records', readRecord, (key, record) => {
    (record.evicted === true ? evicted : kept).add(record.content);
    records.set(key, {
      pipeline: record.pipeline,
      kind: record.parts.kind,
      settings: settingsDigest(record.parts),
      course: record.course,
      content: record.content,
      sizeBytes: record.sizeBytes,
      seconds: record.seconds,
      finishedAt: record.finishedAt,
    });
  });
  await each('manifests', readManifest, (content, manifest) => {
    const isKept = kept.has(content) || !evicted.has(content);
    contents.set(content, isKept ? chunkLengths(manifest) : new Map());
  });
  return { records, contents, ...unread };
}

/** The chunks of an artifact and their lengths, which follow from the arrays' shapes. */
export function chunkLengths(manifest: Manifest): ReadonlyMap<Digest, number> {
  const lengths = new Map<Digest, number>();
  for (const { dtype, shape, chunks } of Object.values(manifest.arrays)) {
    const bytes = sizeOf(shape) * BYTES_PER_ELEMENT[dtype];
    for (const [index, chunk] of chunks.entries()) {
      const length = Math.min(CHUNK_BYTES, bytes - index * CHUNK_BYTES);
      lengths.set(chunk, Math.max(0, length));
    }
  }
  return lengths;
}
