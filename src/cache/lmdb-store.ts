import type { RootDatabase } from 'lmdb';
import { setImmediate } from 'node:timers/promises';
import type { Digest } from '../fingerprint/digest.ts';
import { hashBytes } from '../fingerprint/hash-bytes.ts';
import { errorMessage } from '../util/error-message.ts';
import { CacheError, RESTORE } from './cache-error.ts';
import { freeSpace } from './free-space.ts';
import { LARGE_BYTES, LargeValues, type Intake } from './large-values.ts';
import { keyOf, type Bytes, type PlacedTable } from './lmdb-places.ts';
import { otherProcesses, refuseReader } from './lmdb-readers.ts';
import { countOpen, isOpenTwice, refuseTakenNumber } from './process-number.ts';
import { seal, sealOf, unseal, unsealInPlace } from './seal.ts';
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

declare module 'lmdb' {
  /** The transaction that wrote the page in which the last read found its key; its own types leave it out. */
  export function getLastTxnId(): number;
}

/** Undefined in a database opened for reading whose tables were never made. */
type Tables = Readonly<Record<Table | 'chunks', Bytes | undefined>>;

/** Bytes of chunks in one transaction: what is written is held in memory until the commit, and others wait for it. */
const BATCH_BYTES = 32 << 20;

/** A key that nothing is stored under: it is shorter than a digest. */
const NO_KEY = Buffer.alloc(1);

/**
 * The cache on disk: one LMDB environment. Writers of all processes take turns; readers never wait.
 *
 * Each transaction is flushed before it counts as committed (no overlapping sync), so a power cut loses nothing either.
 * Everything runs synchronously inside a call: LMDB's commits are short, and an exception then belongs to its caller.
 */
export class LmdbStore implements Store {
  readonly #folder: string;
  readonly #root: RootDatabase<Buffer, Buffer>;
  readonly #tables: Tables;
  readonly #large: LargeValues;
  readonly #readOnly: boolean;
  readonly #lastTransaction: () => number;
  /**
   * Chunks whose bytes this handle has hashed and found right, with the transaction that had written their page, or with
   * the stamp of their file.
   */
  readonly #sound = new Map<Digest, number | string>();
  readonly #closed: () => void;
  #isOneMoment = false;

  private constructor(
    folder: string,
    root: RootDatabase<Buffer, Buffer>,
    readOnly: boolean,
    lastTransaction: () => number,
    closed: () => void,
  ) {
    this.#folder = folder;
    this.#root = root;
    this.#readOnly = readOnly;
    this.#lastTransaction = lastTransaction;
    const uncount = countOpen(folder);
    this.#closed = () => {
      uncount();
      closed();
    };
    const table = (name: string): Bytes | undefined =>
      // Typed as always there; a database opened for reading answers undefined where a table was never made.
      root.openDB<Buffer, Buffer>({
        name,
        encoding: 'binary',
        keyEncoding: 'binary',
      });
    this.#tables = {
      records: table('records'),
      manifests: table('manifests'),
      pointers: table('pointers'),
      files: table('files'),
      checkpoints: table('checkpoints'),
      chunks: table('chunks'),
      roots: table('roots'),
    };
    this.#large = new LargeValues(folder, {
      places: table('places'),
      packs: table('packs'),
      refresh: () => {
        root.resetReadTxn();
      },
      transact: (action) => this.#write(action),
    });
  }

  /**
   * Opens the environment in a folder that exists; `openStore` is the way in that checks the file first.
   *
   * @param options.admit is told who else has the environment open, when this process counts among them and before it reads
   * or writes anything. What it throws is thrown.
   * @param options.closed is told when the environment has been closed.
   * @throws NumberTakenError, or Error as LMDB words it.
   */
  static async open(options: {
    readonly folder: string;
    readonly readOnly: boolean;
    readonly admit?: (others: readonly number[]) => void;
    readonly closed?: () => void;
  }): Promise<LmdbStore> {
    // Loaded here: a tenth of a second that a command without a cache does not spend.
    const { open, getLastTxnId } = await import('lmdb');
    if (options.readOnly) await refuseReader(options.folder, options.folder);
    const root = open<Buffer, Buffer>({
      path: options.folder,
      // A folder's name may have a dot in it, which would otherwise make it the name of the file.
      noSubdir: false,
      readOnly: options.readOnly,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
    });
    // A read enters this process in the table of readers, where it stands until it closes the environment.
    const enter = (): void => {
      root.getBinaryFast(NO_KEY);
      root.resetReadTxn();
      options.admit?.(otherProcesses(root));
    };
    try {
      refuseTakenNumber(options.folder, root.readerList());
      enter();
      const store = new LmdbStore(
        options.folder,
        root,
        options.readOnly,
        getLastTxnId,
        options.closed ?? (() => undefined),
      );
      // Opening tables takes the entry away.
      enter();
      if (!options.readOnly) store.#removeStrays();
      return store;
    } catch (error) {
      await root.close();
      throw error;
    }
  }

  atOneMoment<T>(action: () => T): T {
    this.#isOneMoment = true;
    try {
      return action();
    } finally {
      this.#isOneMoment = false;
      this.#endMoment();
    }
  }

  read(table: Table, digest: Digest): Found<Uint8Array> {
    if (table === 'checkpoints') {
      const placed = this.#placed(() => this.#large.read({ table, digest }));
      if (placed !== undefined) return openSeal(placed);
    }
    const found = this.#get(this.#tables[table], digest);
    return found.state === 'present' ? unseal(found.value) : found;
  }

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
    return this.#atEnd(() => {
      try {
        return (
          this.#large.has({ table: 'chunks', digest }) ??
          hasKey(this.#tables.chunks, keyOf(digest))
        );
      } catch {
        // A page that can't be walked: the chunk can't be had.
        return false;
      }
    });
  }

  put(...entries: readonly NewEntry[]): Promise<void> {
    return this.#take(
      entries.map(({ chunks }) => chunks),
      entries,
    );
  }

  putChunks(chunks: readonly Chunk[]): Promise<void> {
    return this.#take([chunks], []);
  }

  async point(
    pointers: ReadonlyMap<Digest, Uint8Array>,
    table: NameTable = 'pointers',
  ): Promise<void> {
    this.#checkWritable();
    if (pointers.size === 0) return;
    await setImmediate();
    this.#write(() => {
      for (const [name, value] of pointers) {
        this.#putSealed(table, name, value);
      }
    });
  }

  async keepCheckpoint(key: Digest, state: Uint8Array): Promise<void> {
    this.#checkWritable();
    await setImmediate();
    await this.#withIntake(
      (intake) => this.#takeCheckpoint(intake, key, state),
      () => {
        this.#keepCheckpoint(key, state);
      },
    );
  }

  async dropCheckpoint(key: Digest): Promise<void> {
    this.#checkWritable();
    await setImmediate();
    this.#write(() => {
      this.#drop('checkpoints', key);
    });
  }

  digests(table: Table | 'chunks'): readonly Digest[] {
    try {
      const small = [...(this.#tables[table]?.getKeys() ?? [])].map(
        // Written by `keyOf` of a digest.
        (key) => key.toString('hex') as Digest,
      );
      if (!isPlacedTable(table)) return small;
      const large = this.#large.digests(table);
      if (large.length === 0 || small.length === 0) return [...small, ...large];
      return [...new Set([...small, ...large])].sort();
    } catch (error) {
      throw new CacheError(
        this.#folder,
        `can't be read: ${errorMessage(error)}`,
        RESTORE,
      );
    } finally {
      this.#endMoment();
    }
  }

  sizeOf(table: Table | 'chunks', digest: Digest): number {
    const placed = isPlacedTable(table)
      ? this.#placed(() => this.#large.lengthOf({ table, digest }))
      : undefined;
    if (placed !== undefined) {
      return placed.state === 'present' ? placed.value : 0;
    }
    const found = this.#get(this.#tables[table], digest);
    return found.state === 'present' ? found.value.length : 0;
  }

  async remove(removal: Removal | (() => Removal)): Promise<void> {
    this.#checkWritable();
    await setImmediate();
    const partial = this.#write(() => {
      const { pointers, replaced, ...gone } =
        typeof removal === 'function' ? removal() : removal;
      for (const [key, record] of replaced ?? []) {
        this.#putSealed('records', key, record);
      }
      for (const name of REMOVABLE) {
        for (const digest of gone[name]) this.#drop(name, digest);
      }
      for (const [name, value] of pointers) {
        if (value === null) this.#writable('pointers').removeSync(keyOf(name));
        else this.#putSealed('pointers', name, value);
      }
    });
    await this.#large.repack(partial);
  }

  strays(): readonly string[] {
    if (this.otherProcesses.length > 0 || isOpenTwice(this.#folder)) return [];
    return this.#atEnd(() => this.#large.strays());
  }

  /** Gives back what files have taken for values that were removed, as far as that hasn't been done yet. */
  repack(): Promise<void> {
    return this.#large.repack();
  }

  /** The processes that have the environment open beside this one; those that were killed don't count. */
  get otherProcesses(): readonly number[] {
    return otherProcesses(this.#root);
  }

  /** Writes the environment as it is now into another folder, without the room that removed values have left. */
  async copyTo(folder: string): Promise<void> {
    await this.#root.backup(folder, true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#large.close();
    await this.#root.close();
    this.#closed();
  }

  /** The bytes under a digest, borrowed until the next read. */
  #get(table: Bytes | undefined, digest: Digest): Found<Buffer> {
    if (table === undefined) return { state: 'absent' };
    try {
      const bytes = table.getBinaryFast(keyOf(digest));
      if (bytes === undefined) return { state: 'absent' };
      // The buffer is larger than its `length` says, and native calls look at its true size.
      return { state: 'present', value: bytes.subarray(0, bytes.length) };
    } catch (error) {
      return { state: 'damaged', why: errorMessage(error) };
    } finally {
      this.#endMoment();
    }
  }

  /**
   * Lets go of the snapshot that was read from. One that stays open keeps freed pages from being used again, for as long as
   * a training runs. What was read has been copied out of the map.
   */
  #endMoment(): void {
    if (!this.#isOneMoment) this.#root.resetReadTxn();
  }

  /** Does something that reads, and lets go of the snapshot. */
  #atEnd<T>(action: () => T): T {
    try {
      return action();
    } finally {
      this.#endMoment();
    }
  }

  /** Looks for a value in the files; a page of the database that can't be walked is a damaged value. */
  #placed<T>(look: () => Found<T> | undefined): Found<T> | undefined {
    return this.#atEnd(() => {
      try {
        return look();
      } catch (error) {
        return { state: 'damaged', why: errorMessage(error) };
      }
    });
  }

  #removeStrays(): void {
    if (this.otherProcesses.length > 0) return;
    this.#large.removeStrays(
      () => this.otherProcesses.length === 0 && !isOpenTwice(this.#folder),
    );
    this.#endMoment();
  }

  /** The bytes of a chunk, valid until the next read, with what changes when somebody writes where they lie. */
  #borrowChunk(
    digest: Digest,
  ): Found<{ readonly bytes: Uint8Array; readonly stamp: number | string }> {
    const placed = this.#placed(() =>
      this.#large.borrow({ table: 'chunks', digest }),
    );
    if (placed !== undefined) return placed;
    const found = this.#get(this.#tables.chunks, digest);
    if (found.state !== 'present') return found;
    const stamp = this.#lastTransaction();
    return { state: 'present', value: { bytes: found.value, stamp } };
  }

  /** Stores chunks, those of each list by themselves, and then the entries that refer to them. */
  async #take(
    lists: readonly Iterable<Chunk>[],
    entries: readonly NewEntry[],
  ): Promise<void> {
    this.#checkWritable();
    await setImmediate();
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
              this.#write(() => {
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

  /** Writes files, then makes what is in them visible in a transaction that does more; a failure leaves neither. */
  async #withIntake(
    fill: (intake: Intake) => Promise<void>,
    action: () => void,
  ): Promise<void> {
    try {
      await this.#large.takeIn(fill, (entered) => {
        for (const { table, digest } of entered) {
          this.#writable(table).removeSync(keyOf(digest));
        }
        action();
      });
    } catch (error) {
      throw error instanceof CacheError ? error : this.#unwritable(error);
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
    return this.#atEnd(() => {
      if (intake.has(chunk)) return true;
      const found = this.#get(this.#tables.chunks, chunk.digest);
      return found.state === 'present' && found.value.equals(chunk.bytes);
    });
  }

  /** In a transaction: whether a chunk is stored. */
  #has({ digest }: Chunk): boolean {
    return (
      this.#large.isPlaced({ table: 'chunks', digest }) ||
      this.#writable('chunks').getBinaryFast(keyOf(digest)) !== undefined
    );
  }

  #putChunks(chunks: readonly Chunk[]): void {
    const table = this.#writable('chunks');
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
    else this.#keepCheckpoint(entry.key, entry.checkpoint);
  }

  /** In a transaction: keeps a state, unless it is large, and has been entered already. */
  #keepCheckpoint(digest: Digest, state: Uint8Array): void {
    if (state.length >= LARGE_BYTES) return;
    this.#large.forget({ table: 'checkpoints', digest });
    this.#putSealed('checkpoints', digest, state);
  }

  #drop(table: (typeof REMOVABLE)[number], digest: Digest): void {
    if (isPlacedTable(table)) this.#large.forget({ table, digest });
    this.#writable(table).removeSync(keyOf(digest));
  }

  #putSealed(table: Table, digest: Digest, bytes: Uint8Array): void {
    this.#writable(table).putSync(keyOf(digest), seal(bytes));
  }

  /** Answers with the files that have bytes to which nothing refers any more. */
  #write(action: () => void): readonly string[] {
    let removeFiles: () => readonly string[];
    try {
      removeFiles = this.#root.transactionSync(() => {
        action();
        return this.#large.settle();
      });
    } catch (error) {
      this.#large.undo();
      throw this.#unwritable(error);
    }
    return removeFiles();
  }

  #unwritable(error: unknown): CacheError {
    return new CacheError(
      this.#folder,
      `can't be written: ${errorMessage(error)}`,
      `Check the disk (${freeSpace(this.#folder)}) and the permissions of the folder; what was stored before is unharmed.`,
    );
  }

  #writable(table: Table | 'chunks'): Bytes {
    const database = this.#tables[table];
    if (database === undefined) {
      throw new Error(`Internal error: the table "${table}" is not open`);
    }
    return database;
  }

  #checkWritable(): void {
    if (this.#readOnly) {
      throw new Error('Internal error: the cache is open for reading only');
    }
  }
}

const isPlacedTable = (table: Table | 'chunks'): table is PlacedTable =>
  table === 'chunks' || table === 'checkpoints';

const chunkName = ({ digest }: Chunk) => ({ table: 'chunks', digest }) as const;

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

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
