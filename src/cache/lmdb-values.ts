import type { Digest } from '../fingerprint/digest.ts';
import { hashBytes } from '../fingerprint/hash-bytes.ts';
import { errorMessage } from '../util/error-message.ts';
import { CacheError, RESTORE } from './cache-error.ts';
import type { LargeValues } from './large-values.ts';
import type { LmdbEnvironment } from './lmdb-environment.ts';
import { keyOf, type Bytes, type PlacedTable } from './lmdb-places.ts';
import { unseal, unsealInPlace } from './seal.ts';
import type { Found, Table } from './store.ts';

/** The reading half of a store on disk: values of an environment and of the files beside it, checked before use. */
export class LmdbValues {
  readonly #environment: LmdbEnvironment;
  readonly #large: LargeValues;
  /**
   * Chunks whose bytes this handle has hashed and found right, with the transaction that had written their page, or with
   * the stamp of their file.
   */
  readonly #sound = new Map<Digest, number | string>();

  constructor(environment: LmdbEnvironment, large: LargeValues) {
    this.#environment = environment;
    this.#large = large;
  }

  /** Reads a value. The bytes are the caller's. */
  read(table: Table, digest: Digest): Found<Uint8Array> {
    if (table === 'checkpoints') {
      const placed = this.#placed(() => this.#large.read({ table, digest }));
      if (placed !== undefined) return openSeal(placed);
    }
    const found = this.#environment.get(table, digest);
    return found.state === 'present' ? unseal(found.value) : found;
  }

  /** Hands a chunk to `use`, and answers with what it made of it. */
  readChunk<T>(digest: Digest, use: (bytes: Uint8Array) => T): Found<T> {
    const found = this.#borrowChunk(digest);
    if (found.state !== 'present') return found;
    const { bytes, stamp } = found.value;
    // Hashing takes several times as long as reading. Whoever changes a chunk through LMDB writes its page anew.
    if (this.#sound.get(digest) !== stamp) {
      if (hashBytes(bytes) !== digest) {
        this.#sound.delete(digest);
        return { state: 'damaged', why: 'its bytes have changed' };
      }
      this.#sound.set(digest, stamp);
    }
    return { state: 'present', value: use(bytes) };
  }

  hasChunk(digest: Digest): boolean {
    return this.#environment.look(() => {
      try {
        return (
          this.#large.has({ table: 'chunks', digest }) ??
          hasKey(this.#environment.table('chunks'), keyOf(digest))
        );
      } catch {
        // A page that can't be walked: the chunk can't be had.
        return false;
      }
    });
  }

  /** @throws CacheError */
  digests(table: Table | 'chunks'): readonly Digest[] {
    return this.#environment.look(() => {
      try {
        const keys = this.#environment.table(table)?.getKeys() ?? [];
        // Written by `keyOf` of a digest.
        const small = [...keys].map((key) => key.toString('hex') as Digest);
        if (!isPlacedTable(table)) return small;
        const large = this.#large.digests(table);
        if (large.length === 0 || small.length === 0) {
          return [...small, ...large];
        }
        return [...new Set([...small, ...large])].sort();
      } catch (error) {
        throw new CacheError(
          this.#environment.folder,
          `can't be read: ${errorMessage(error)}`,
          RESTORE,
        );
      }
    });
  }

  /** Length of what is stored under a digest; 0 where nothing is. */
  sizeOf(table: Table | 'chunks', digest: Digest): number {
    const placed = isPlacedTable(table)
      ? this.#placed(() => this.#large.lengthOf({ table, digest }))
      : undefined;
    if (placed !== undefined) {
      return placed.state === 'present' ? placed.value : 0;
    }
    const found = this.#environment.get(table, digest);
    return found.state === 'present' ? found.value.length : 0;
  }

  /** Looks for a value in the files; a page of the database that can't be walked is a damaged value. */
  #placed<T>(look: () => Found<T> | undefined): Found<T> | undefined {
    return this.#environment.look(() => {
      try {
        return look();
      } catch (error) {
        return { state: 'damaged', why: errorMessage(error) };
      }
    });
  }

  /** The bytes of a chunk, valid until the next read, with what changes when somebody writes where they lie. */
  #borrowChunk(
    digest: Digest,
  ): Found<{ readonly bytes: Uint8Array; readonly stamp: number | string }> {
    const placed = this.#placed(() =>
      this.#large.borrow({ table: 'chunks', digest }),
    );
    if (placed !== undefined) return placed;
    const found = this.#environment.get('chunks', digest);
    if (found.state !== 'present') return found;
    const stamp = this.#environment.lastTransaction();
    return { state: 'present', value: { bytes: found.value, stamp } };
  }
}

/** Whether large values of a table are in files. */
export const isPlacedTable = (table: Table | 'chunks'): table is PlacedTable =>
  table === 'chunks' || table === 'checkpoints';

/** Whether a key is in a table. A cursor stops at it; a read would copy a megabyte to say yes. */
function hasKey(table: Bytes | undefined, key: Buffer): boolean {
  const keys = table?.getKeys({ start: key, limit: 1 });
  for (const found of keys ?? []) return found.equals(key);
  return false;
}

/** The bytes behind a seal, in place. */
function openSeal(found: Found<{ readonly bytes: Buffer }>): Found<Uint8Array> {
  if (found.state !== 'present') return found;
  const { buffer, byteOffset, length } = found.value.bytes;
  return unsealInPlace(new Uint8Array(buffer, byteOffset, length));
}
