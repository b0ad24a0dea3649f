import { setImmediate } from 'node:timers/promises';
import type { Digest } from '../fingerprint/digest.ts';
import { LargeValues } from './large-values.ts';
import {
  LmdbEnvironment,
  type EnvironmentOptions,
} from './lmdb-environment.ts';
import { LmdbValues } from './lmdb-values.ts';
import { LmdbWriter } from './lmdb-writer.ts';
import type {
  Chunk,
  Found,
  NameTable,
  NewEntry,
  Removal,
  Store,
  Table,
} from './store.ts';

/**
 * The cache on disk: one LMDB environment, and files beside it. Writers of all processes take turns; readers never wait.
 *
 * What LMDB does runs synchronously inside a call: its commits are short, and an exception then belongs to its caller.
 */
export class LmdbStore implements Store {
  readonly #environment: LmdbEnvironment;
  readonly #large: LargeValues;
  readonly #values: LmdbValues;
  readonly #writer: LmdbWriter;

  private constructor(environment: LmdbEnvironment) {
    this.#environment = environment;
    this.#large = new LargeValues(environment);
    this.#values = new LmdbValues(environment, this.#large);
    this.#writer = new LmdbWriter(environment, this.#large);
  }

  /**
   * Opens the store in a folder that exists; `openStore` is the way in that checks the file first.
   *
   * @throws NumberTakenError, Error as LMDB words it, or what `admit` throws.
   */
  static async open(options: EnvironmentOptions): Promise<LmdbStore> {
    const environment = await LmdbEnvironment.open(options);
    try {
      const store = new LmdbStore(environment);
      if (!options.readOnly) store.#removeStrays();
      return store;
    } catch (error) {
      await environment[Symbol.asyncDispose]();
      throw error;
    }
  }

  atOneMoment<T>(action: () => T): T {
    return this.#environment.atOneMoment(action);
  }

  read(table: Table, digest: Digest): Found<Uint8Array> {
    return this.#values.read(table, digest);
  }

  readChunk<T>(digest: Digest, use: (bytes: Uint8Array) => T): Found<T> {
    return this.#values.readChunk(digest, use);
  }

  hasChunk(digest: Digest): boolean {
    return this.#values.hasChunk(digest);
  }

  digests(table: Table | 'chunks'): readonly Digest[] {
    return this.#values.digests(table);
  }

  sizeOf(table: Table | 'chunks', digest: Digest): number {
    return this.#values.sizeOf(table, digest);
  }

  async put(...entries: readonly NewEntry[]): Promise<void> {
    await this.#willWrite();
    await this.#writer.take(
      entries.map(({ chunks }) => chunks),
      entries,
    );
  }

  async putChunks(chunks: readonly Chunk[]): Promise<void> {
    await this.#willWrite();
    await this.#writer.take([chunks], []);
  }

  async point(
    pointers: ReadonlyMap<Digest, Uint8Array>,
    table: NameTable = 'pointers',
  ): Promise<void> {
    this.#environment.checkWritable();
    if (pointers.size === 0) return;
    await setImmediate();
    this.#writer.putAll(table, pointers);
  }

  async keepCheckpoint(key: Digest, state: Uint8Array): Promise<void> {
    await this.#willWrite();
    await this.#writer.keepCheckpoint(key, state);
  }

  async dropCheckpoint(key: Digest): Promise<void> {
    await this.#willWrite();
    this.#writer.dropCheckpoint(key);
  }

  async remove(removal: Removal | (() => Removal)): Promise<void> {
    await this.#willWrite();
    await this.#writer.remove(removal);
  }

  strays(): readonly string[] {
    if (!this.#environment.isAlone) return [];
    return this.#environment.look(() => this.#large.strays());
  }

  /** Gives back what files have taken for values that were removed, as far as that hasn't been done yet. */
  repack(): Promise<void> {
    return this.#large.repack();
  }

  /** The processes that have the environment open beside this one; those that were killed don't count. */
  get otherProcesses(): readonly number[] {
    return this.#environment.otherProcesses;
  }

  /** Writes the environment as it is now into another folder, without the room that removed values have left. */
  copyTo(folder: string): Promise<void> {
    return this.#environment.copyTo(folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#large.close();
    await this.#environment[Symbol.asyncDispose]();
  }

  /** Lets the process hear an interrupt before it writes. */
  async #willWrite(): Promise<void> {
    this.#environment.checkWritable();
    await setImmediate();
  }

  #removeStrays(): void {
    if (this.otherProcesses.length > 0) return;
    this.#environment.look(() => {
      this.#large.removeStrays(() => this.#environment.isAlone);
    });
  }
}
