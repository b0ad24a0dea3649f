import type { Database, RootDatabase } from 'lmdb';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Digest } from '../fingerprint/digest.ts';
import { hashBytes } from '../fingerprint/hash-bytes.ts';
import { errorMessage } from '../util/error-message.ts';
import { CacheError, RESTORE } from './cache-error.ts';
import { freeSpace } from './free-space.ts';
import { countOpen, refuseTakenNumber } from './process-number.ts';
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

declare module 'lmdb' {
  /** The transaction that wrote the page in which the last read found its key; its own types leave it out. */
  export function getLastTxnId(): number;
}

type Bytes = Database<Buffer, Buffer>;
/** Undefined in a database opened for reading whose tables were never made. */
type Tables = Readonly<Record<Table | 'chunks', Bytes | undefined>>;

/** Bytes of chunks in one transaction: what is written is held in memory until the commit, and others wait for it. */
const BATCH_BYTES = 32 << 20;

/** A key that nothing is stored under: it is shorter than a digest. */
const NO_KEY = Buffer.alloc(1);

const keyOf = (digest: Digest): Buffer => Buffer.from(digest, 'hex');

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
  readonly #readOnly: boolean;
  readonly #lastTransaction: () => number;
  /** Chunks whose bytes this handle has hashed and found right, with the transaction that had written their page. */
  readonly #sound = new Map<Digest, number>();
  readonly #uncount: () => void;
  #isOneMoment = false;

  private constructor(
    folder: string,
    root: RootDatabase<Buffer, Buffer>,
    readOnly: boolean,
    lastTransaction: () => number,
  ) {
    this.#folder = folder;
    this.#root = root;
    this.#readOnly = readOnly;
    this.#lastTransaction = lastTransaction;
    this.#uncount = countOpen(folder);
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
  }

  /**
   * Opens the environment in a folder that exists; `openStore` is the way in that checks the file first.
   *
   * @param options.admit is told who else has the environment open, when this process counts among them and before it reads
   * or writes anything. What it throws is thrown.
   * @throws NumberTakenError, or Error as LMDB words it.
   */
  static async open(options: {
    readonly folder: string;
    readonly readOnly: boolean;
    readonly admit?: (others: readonly number[]) => void;
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
      );
      // Opening tables takes the entry away.
      enter();
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
    const found = this.#get(this.#tables[table], digest);
    return found.state === 'present' ? unseal(found.value) : found;
  }

  readChunk<T>(digest: Digest, use: (bytes: Uint8Array) => T): Found<T> {
    const found = this.#get(this.#tables.chunks, digest);
    if (found.state !== 'present') return found;
    // Hashing takes ten times as long as reading. Whoever changes a chunk through LMDB writes its page anew.
    const written = this.#lastTransaction();
    if (this.#sound.get(digest) !== written) {
      if (hashBytes(found.value) !== digest) {
        this.#sound.delete(digest);
        return { state: 'damaged', why: 'its bytes have changed' };
      }
      this.#sound.set(digest, written);
    }
    return { state: 'present', value: use(found.value) };
  }

  hasChunk(digest: Digest): boolean {
    const key = keyOf(digest);
    try {
      // A cursor stops at the key; a read would copy a megabyte to say yes.
      const keys = this.#tables.chunks?.getKeys({ start: key, limit: 1 });
      for (const found of keys ?? []) return found.equals(key);
      return false;
    } catch {
      // A page that can't be walked: the chunk can't be had.
      return false;
    } finally {
      this.#endMoment();
    }
  }

  async put(...entries: readonly NewEntry[]): Promise<void> {
    this.#checkWritable();
    let batch: Chunk[] = [];
    let bytes = 0;
    for (const chunk of chunksOf(entries)) {
      if (bytes > 0 && bytes + chunk.bytes.length > BATCH_BYTES) {
        const full = batch;
        this.#write(() => {
          this.#putChunks(full);
        });
        [batch, bytes] = [[], 0];
        // Lets the process hear an interrupt between two batches.
        await setImmediate();
      }
      batch.push(chunk);
      bytes += chunk.bytes.length;
    }
    this.#write(() => {
      this.#putChunks(batch);
      for (const entry of entries) this.#putRecord(entry);
    });
  }

  async putChunks(chunks: readonly Chunk[]): Promise<void> {
    this.#checkWritable();
    await setImmediate();
    this.#write(() => {
      this.#putChunks(chunks);
    });
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
    this.#write(() => {
      this.#putSealed('checkpoints', key, state);
    });
  }

  async dropCheckpoint(key: Digest): Promise<void> {
    this.#checkWritable();
    await setImmediate();
    this.#write(() => {
      this.#writable('checkpoints').removeSync(keyOf(key));
    });
  }

  digests(table: Table | 'chunks'): readonly Digest[] {
    try {
      return [...(this.#tables[table]?.getKeys() ?? [])].map(
        // Written by `keyOf` of a digest.
        (key) => key.toString('hex') as Digest,
      );
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
    const found = this.#get(this.#tables[table], digest);
    return found.state === 'present' ? found.value.length : 0;
  }

  async remove(removal: Removal | (() => Removal)): Promise<void> {
    this.#checkWritable();
    await setImmediate();
    this.#write(() => {
      const { pointers, replaced, ...gone } =
        typeof removal === 'function' ? removal() : removal;
      for (const [key, record] of replaced ?? []) {
        this.#putSealed('records', key, record);
      }
      for (const name of REMOVABLE) {
        const table = this.#writable(name);
        for (const digest of gone[name]) table.removeSync(keyOf(digest));
      }
      for (const [name, value] of pointers) {
        if (value === null) this.#writable('pointers').removeSync(keyOf(name));
        else this.#putSealed('pointers', name, value);
      }
    });
  }

  /** The processes that have the environment open beside this one; those that were killed don't count. */
  get otherProcesses(): readonly number[] {
    return otherProcesses(this.#root);
  }

  /** Writes the environment as it is now into another folder, without the room that removed values have left. */
  async copyTo(folder: string): Promise<void> {
    await this.#root.backup(folder, true);
  }

  /** Touches every page of every value, to see whether that can be done at all. */
  readEverything(): void {
    for (const table of Object.values(this.#tables)) {
      for (const key of table?.getKeys() ?? []) table?.getBinaryFast(key);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#root.close();
    this.#uncount();
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
    if (entry.checkpoint === undefined) {
      this.#writable('checkpoints').removeSync(keyOf(entry.key));
    } else this.#putSealed('checkpoints', entry.key, entry.checkpoint);
  }

  #putSealed(table: Table, digest: Digest, bytes: Uint8Array): void {
    this.#writable(table).putSync(keyOf(digest), seal(bytes));
  }

  #write(action: () => void): void {
    try {
      this.#root.transactionSync(action);
    } catch (error) {
      throw new CacheError(
        this.#folder,
        `can't be written: ${errorMessage(error)}`,
        `Check the disk (${freeSpace(this.#folder)}) and the permissions of the folder; what was stored before is unharmed.`,
      );
    }
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

/**
 * Does for whoever opens an environment to read what `refuseTakenNumber` does for others: opened for reading, LMDB enters the
 * process at once, and waits for ten seconds where it can't.
 *
 * @param path of the environment.
 * @throws NumberTakenError
 */
export async function refuseReader(
  folder: string,
  path: string,
): Promise<void> {
  // Nobody has it open, or nobody may say so.
  if (!existsSync(join(path, 'lock.mdb')) || !isWritable(path)) return;
  const { open } = await import('lmdb');
  const root = open({ path, noSubdir: false, overlappingSync: false });
  try {
    refuseTakenNumber(folder, root.readerList());
  } finally {
    await root.close();
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    accessSync(join(folder, 'data.mdb'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Read from LMDB's table of readers. Whether a process in it still runs is told by its lock on a byte of the lock file, so
 * that this holds for processes in containers too, whose numbers say nothing here.
 */
function otherProcesses(root: RootDatabase<Buffer, Buffer>): number[] {
  root.readerCheck();
  const readers = [...root.readerList().matchAll(/^ *(\d+) /gm)].map(
    ([, pid]) => Number(pid),
  );
  // One entry is this process's own; another with its number is a process of another container.
  const own = readers.indexOf(process.pid);
  return readers.filter((_, index) => index !== own);
}

/** One at a time: whoever makes an entry may make its chunks as they are asked for. */
function* chunksOf(entries: readonly NewEntry[]): Iterable<Chunk> {
  for (const { chunks } of entries) yield* chunks;
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
