import { setImmediate } from 'node:timers/promises';
import type { Digest } from '../fingerprint/digest.ts';
import { CacheError } from './cache-error.ts';
import type { Intake } from './intake.ts';
import { LARGE_BYTES, type LargeValues } from './large-values.ts';
import type { LmdbEnvironment } from './lmdb-environment.ts';
import { keyOf } from './lmdb-places.ts';
import { isPlacedTable } from './lmdb-values.ts';
import { seal, sealOf } from './seal.ts';
import {
  REMOVABLE,
  type Chunk,
  type NewEntry,
  type Removal,
  type Table,
} from './store.ts';

/** Bytes of chunks in one transaction: what is written is held in memory until the commit, and others wait for it. */
const BATCH_BYTES = 32 << 20;

/** The writing half of a store on disk: what is large goes into files, the rest and the places into an environment. */
export class LmdbWriter {
  readonly #environment: LmdbEnvironment;
  readonly #large: LargeValues;

  constructor(environment: LmdbEnvironment, large: LargeValues) {
    this.#environment = environment;
    this.#large = large;
  }

  /** Stores chunks, those of each list by themselves, and then the entries that refer to them. */
  async take(
    lists: readonly Iterable<Chunk>[],
    entries: readonly NewEntry[],
  ): Promise<void> {
    let small: Chunk[] = [];
    let bytes = 0;
    const known: Chunk[] = [];
    await this.#withIntake(
      async (intake) => {
        for (const chunks of lists) {
          intake.begin();
          for (const chunk of chunks) {
            if (chunk.bytes.length >= LARGE_BYTES) {
              if (this.#isRight(intake, chunk)) known.push(chunk);
              else await intake.add(chunkName(chunk), chunk.bytes);
              continue;
            }
            if (bytes > 0 && bytes + chunk.bytes.length > BATCH_BYTES) {
              const full = small;
              this.#large.transact(() => {
                this.#putChunks(full);
              });
              [small, bytes] = [[], 0];
              // Lets the process hear an interrupt between two batches.
              await setImmediate();
            }
            small.push(chunk);
            bytes += chunk.bytes.length;
          }
        }
        for (const { key, checkpoint } of entries) {
          await this.#takeCheckpoint(intake, key, checkpoint);
        }
      },
      () => {
        // What another program has removed meanwhile is stored here: its file is not there any more.
        this.#putChunks([...small, ...known.filter((one) => !this.#has(one))]);
        for (const entry of entries) this.#putRecord(entry);
      },
    );
  }

  /** Keeps the state of a run in place of the one before. */
  async keepCheckpoint(key: Digest, state: Uint8Array): Promise<void> {
    await this.#withIntake(
      (intake) => this.#takeCheckpoint(intake, key, state),
      () => {
        this.#putCheckpoint(key, state);
      },
    );
  }

  dropCheckpoint(key: Digest): void {
    this.#large.transact(() => {
      this.#drop('checkpoints', key);
    });
  }

  /** Puts small values with their seals. */
  putAll(table: Table, values: ReadonlyMap<Digest, Uint8Array>): void {
    this.#large.transact(() => {
      for (const [name, value] of values) this.#putSealed(table, name, value);
    });
  }

  /** Takes values away, in one transaction. */
  async remove(removal: Removal | (() => Removal)): Promise<void> {
    const partial = this.#large.transact(() => {
      const { pointers, replaced, ...gone } =
        typeof removal === 'function' ? removal() : removal;
      for (const [key, record] of replaced ?? []) {
        this.#putSealed('records', key, record);
      }
      for (const name of REMOVABLE) {
        for (const digest of gone[name]) this.#drop(name, digest);
      }
      const table = this.#environment.writable('pointers');
      for (const [name, value] of pointers) {
        if (value === null) table.removeSync(keyOf(name));
        else this.#putSealed('pointers', name, value);
      }
    });
    await this.#large.repack(partial);
  }

  /** Writes files, then makes what is in them visible in a transaction that does more; a failure leaves neither. */
  async #withIntake(
    fill: (intake: Intake) => Promise<void>,
    action: () => void,
  ): Promise<void> {
    try {
      await this.#large.takeIn(fill, (entered) => {
        for (const { table, digest } of entered) {
          this.#environment.writable(table).removeSync(keyOf(digest));
        }
        action();
      });
    } catch (error) {
      throw error instanceof CacheError
        ? error
        : this.#environment.unwritable(error);
    }
  }

  async #takeCheckpoint(
    intake: Intake,
    digest: Digest,
    state: Uint8Array | undefined,
  ): Promise<void> {
    if (state === undefined || state.length < LARGE_BYTES) return;
    intake.begin();
    await intake.add({ table: 'checkpoints', digest }, sealOf(state), state);
  }

  /** Whether a large chunk is there already, with the right bytes. */
  #isRight(intake: Intake, chunk: Chunk): boolean {
    return this.#environment.look(() => {
      if (intake.has(chunk)) return true;
      const found = this.#environment.get('chunks', chunk.digest);
      return found.state === 'present' && found.value.equals(chunk.bytes);
    });
  }

  /** In a transaction: whether a chunk is stored. */
  #has({ digest }: Chunk): boolean {
    const table = this.#environment.writable('chunks');
    return (
      this.#large.isPlaced({ table: 'chunks', digest }) ||
      table.getBinaryFast(keyOf(digest)) !== undefined
    );
  }

  #putChunks(chunks: readonly Chunk[]): void {
    const table = this.#environment.writable('chunks');
    for (const { digest, bytes } of chunks) {
      const key = keyOf(digest);
      const known = table.getBinaryFast(key);
      // Compared, not trusted: a chunk whose bits have flipped is mended here, when its node has run again.
      const isRight = known?.subarray(0, known.length).equals(bytes) ?? false;
      if (!isRight) table.putSync(key, asBuffer(bytes));
    }
  }

  #putRecord(entry: NewEntry): void {
    this.#putSealed('manifests', entry.content, entry.manifest);
    this.#putSealed('records', entry.key, entry.record);
    for (const [name, value] of entry.pointers) {
      this.#putSealed('pointers', name, value);
    }
    if (entry.checkpoint === undefined) this.#drop('checkpoints', entry.key);
    else this.#putCheckpoint(entry.key, entry.checkpoint);
  }

  /** In a transaction: keeps a state, unless it is large, and has been entered already. */
  #putCheckpoint(digest: Digest, state: Uint8Array): void {
    if (state.length >= LARGE_BYTES) return;
    this.#large.forget({ table: 'checkpoints', digest });
    this.#putSealed('checkpoints', digest, state);
  }

  #drop(table: (typeof REMOVABLE)[number], digest: Digest): void {
    if (isPlacedTable(table)) this.#large.forget({ table, digest });
    this.#environment.writable(table).removeSync(keyOf(digest));
  }

  #putSealed(table: Table, digest: Digest, bytes: Uint8Array): void {
    this.#environment.writable(table).putSync(keyOf(digest), seal(bytes));
  }
}

const chunkName = ({ digest }: Chunk) => ({ table: 'chunks', digest }) as const;

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
