import type { Digest } from '../fingerprint/digest.ts';
import { hashBytes } from '../fingerprint/hash-bytes.ts';
import { CacheError } from './cache-error.ts';
import { seal, unseal } from './seal.ts';
import {
  REMOVABLE,
  type Chunk,
  type Found,
  type NameTable,
  type NewEntry,
  type Removal,
  type Store,
  type Table,
} from './store.ts';

/** What a memory store holds: sealed values and bare chunks. */
export type MemoryTables = Readonly<
  Record<Table | 'chunks', Map<Digest, Uint8Array>>
>;

/** Tables without anything in them. */
export const emptyTables = (): MemoryTables => ({
  records: new Map(),
  manifests: new Map(),
  pointers: new Map(),
  files: new Map(),
  checkpoints: new Map(),
  chunks: new Map(),
  roots: new Map(),
});

/** A store that is gone with its process: for tests, and in place of a cache that does not exist yet. */
export class MemoryStore implements Store {
  readonly #tables: MemoryTables;
  readonly #readOnly: boolean;

  /** @param options.tables shared with other stores, or a test's own. */
  constructor(
    options: {
      readonly tables?: MemoryTables;
      readonly readOnly?: boolean;
    } = {},
  ) {
    this.#tables = options.tables ?? emptyTables();
    this.#readOnly = options.readOnly ?? false;
  }

  atOneMoment<T>(action: () => T): T {
    return action();
  }

  read(table: Table, digest: Digest): Found<Uint8Array> {
    const sealed = this.#tables[table].get(digest);
    return sealed === undefined ? { state: 'absent' } : unseal(sealed);
  }

  readChunk<T>(digest: Digest, use: (bytes: Uint8Array) => T): Found<T> {
    const bytes = this.#tables.chunks.get(digest);
    if (bytes === undefined) return { state: 'absent' };
    if (hashBytes(bytes) !== digest) {
      return { state: 'damaged', why: 'its bytes have changed' };
    }
    return { state: 'present', value: use(bytes) };
  }

  hasChunk(digest: Digest): boolean {
    return this.#tables.chunks.has(digest);
  }

  async put(...entries: readonly NewEntry[]): Promise<void> {
    this.#checkWritable();
    for (const entry of entries) {
      await this.putChunks(entry.chunks);
      this.#tables.manifests.set(entry.content, seal(entry.manifest));
      this.#tables.records.set(entry.key, seal(entry.record));
      await this.point(entry.pointers);
      await (entry.checkpoint === undefined
        ? this.dropCheckpoint(entry.key)
        : this.keepCheckpoint(entry.key, entry.checkpoint));
    }
  }

  putChunks(added: Iterable<Chunk>): Promise<void> {
    return new Promise((resolve) => {
      this.#checkWritable();
      const { chunks } = this.#tables;
      for (const { digest, bytes } of added) {
        const known = chunks.get(digest);
        if (known === undefined || hashBytes(known) !== digest) {
          chunks.set(digest, new Uint8Array(bytes));
        }
      }
      resolve();
    });
  }

  point(
    pointers: ReadonlyMap<Digest, Uint8Array>,
    table: NameTable = 'pointers',
  ): Promise<void> {
    // A promise that fails, like a disk's, not an exception at the call.
    return new Promise((resolve) => {
      this.#checkWritable();
      for (const [name, bytes] of pointers) {
        this.#tables[table].set(name, seal(bytes));
      }
      resolve();
    });
  }

  keepCheckpoint(key: Digest, state: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#checkWritable();
      this.#tables.checkpoints.set(key, seal(state));
      resolve();
    });
  }

  dropCheckpoint(key: Digest): Promise<void> {
    return new Promise((resolve) => {
      this.#checkWritable();
      this.#tables.checkpoints.delete(key);
      resolve();
    });
  }

  digests(table: Table | 'chunks'): readonly Digest[] {
    return [...this.#tables[table].keys()].sort();
  }

  sizeOf(table: Table | 'chunks', digest: Digest): number {
    return this.#tables[table].get(digest)?.length ?? 0;
  }

  remove(removal: Removal | (() => Removal)): Promise<void> {
    return new Promise((resolve) => {
      this.#checkWritable();
      const { pointers, replaced, ...gone } =
        typeof removal === 'function' ? removal() : removal;
      for (const [key, record] of replaced ?? []) {
        this.#tables.records.set(key, seal(record));
      }
      for (const table of REMOVABLE) {
        for (const digest of gone[table]) this.#tables[table].delete(digest);
      }
      for (const [name, bytes] of pointers) {
        if (bytes === null) this.#tables.pointers.delete(name);
        else this.#tables.pointers.set(name, seal(bytes));
      }
      resolve();
    });
  }

  strays(): readonly string[] {
    return [];
  }

  #checkWritable(): void {
    if (this.#readOnly) {
      throw new CacheError(
        'memory',
        'is open for reading only',
        'Nothing was written.',
      );
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
