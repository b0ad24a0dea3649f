import type { Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { CacheIndex, RecordFacts } from './cache-index.ts';
import { diskBytes, EMPTY_DISK_BYTES } from './disk-bytes.ts';

/** A value that others refer to. */
interface Shared {
  readonly bytes: number;
  users: number;
}

/**
 * The values of a cache with who uses whom: a manifest stays while a record has it, a chunk while a manifest has it. Records
 * are dropped one after the other, and what stays is known all along. Changes nothing in the store.
 */
export class StoredValues {
  /** Bytes on the disk of everything, estimated. */
  readonly totalBytes: number;
  readonly #index: CacheIndex;
  readonly #recordBytes = new Map<Digest, number>();
  readonly #checkpointBytes = new Map<Digest, number>();
  readonly #contents = new Map<Digest, Shared>();
  readonly #chunks = new Map<Digest, Shared>();
  readonly #kept: Map<Digest, RecordFacts>;
  #keptBytes = EMPTY_DISK_BYTES;

  constructor(store: Store, index: CacheIndex) {
    this.#index = index;
    this.#kept = new Map(index.records);
    let unusedBytes = 0;
    for (const key of store.digests('records')) {
      const bytes = diskBytes(store.sizeOf('records', key));
      if (this.#kept.has(key)) this.#recordBytes.set(key, bytes);
      else unusedBytes += bytes;
    }
    for (const { content } of index.records.values()) this.#use(store, content);
    for (const content of store.digests('manifests')) {
      if (this.#contents.has(content)) continue;
      unusedBytes += diskBytes(store.sizeOf('manifests', content));
    }
    for (const chunk of store.digests('chunks')) {
      if (this.#chunks.has(chunk)) continue;
      unusedBytes += diskBytes(store.sizeOf('chunks', chunk));
    }
    for (const key of store.digests('checkpoints')) {
      const bytes = diskBytes(store.sizeOf('checkpoints', key));
      this.#checkpointBytes.set(key, bytes);
      this.#keptBytes += bytes;
    }
    for (const name of store.digests('pointers')) {
      this.#keptBytes += diskBytes(store.sizeOf('pointers', name));
    }
    for (const name of store.digests('roots')) {
      this.#keptBytes += diskBytes(store.sizeOf('roots', name));
    }
    for (const bytes of this.#recordBytes.values()) this.#keptBytes += bytes;
    this.totalBytes = this.#keptBytes + unusedBytes;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  get keptRecords(): ReadonlyMap<Digest, RecordFacts> {
    return this.#kept;
  }

  keepsContent(content: Digest): boolean {
    return (this.#contents.get(content)?.users ?? 0) > 0;
  }

  keepsChunk(chunk: Digest): boolean {
    return (this.#chunks.get(chunk)?.users ?? 0) > 0;
  }

  /** Bytes of a record that stays and of what it refers to, divided among all that refer to it. */
  shareOf(key: Digest): number {
    const content = this.#kept.get(key)?.content;
    const manifest = this.#contents.get(content ?? key);
    let bytes = manifest?.bytes ?? 0;
    for (const chunk of this.#chunksOf(content)) {
      const shared = this.#chunks.get(chunk);
      if (shared !== undefined) bytes += shared.bytes / shared.users;
    }
    return (
      (this.#recordBytes.get(key) ?? 0) +
      bytes / Math.max(1, manifest?.users ?? 1)
    );
  }

  /** Lets a record go, and all that only it refers to. */
  drop(key: Digest): void {
    const record = this.#kept.get(key);
    if (record === undefined) return;
    this.#kept.delete(key);
    this.#keptBytes -= this.#recordBytes.get(key) ?? 0;
    if (!this.#release(this.#contents.get(record.content))) return;
    for (const chunk of this.#chunksOf(record.content)) {
      this.#release(this.#chunks.get(chunk));
    }
  }

  dropCheckpoint(key: Digest): void {
    this.#keptBytes -= this.#checkpointBytes.get(key) ?? 0;
    this.#checkpointBytes.delete(key);
  }

  #use(store: Store, content: Digest): void {
    const known = this.#contents.get(content);
    if (known !== undefined) {
      known.users++;
      return;
    }
    const bytes = diskBytes(store.sizeOf('manifests', content));
    this.#contents.set(content, { bytes, users: 1 });
    this.#keptBytes += bytes;
    for (const [chunk, length] of this.#index.contents.get(content) ?? []) {
      const shared = this.#chunks.get(chunk);
      if (shared !== undefined) {
        shared.users++;
        continue;
      }
      this.#chunks.set(chunk, { bytes: diskBytes(length), users: 1 });
      this.#keptBytes += diskBytes(length);
    }
  }

  #chunksOf(content: Digest | undefined): Iterable<Digest> {
    return content === undefined
      ? []
      : (this.#index.contents.get(content)?.keys() ?? []);
  }

  /** Takes one user away; answers whether that was the last. */
  #release(shared: Shared | undefined): boolean {
    if (shared === undefined) return false;
    shared.users--;
    if (shared.users > 0) return false;
    this.#keptBytes -= shared.bytes;
    return true;
  }
}
