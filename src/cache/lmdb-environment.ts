import type { RootDatabase } from 'lmdb';
import type { Digest } from '../fingerprint/digest.ts';
import { errorMessage } from '../util/error-message.ts';
import { CacheError } from './cache-error.ts';
import { freeSpace } from './free-space.ts';
import { keyOf, type Bytes } from './lmdb-places.ts';
import { otherProcesses, refuseReader } from './lmdb-readers.ts';
import { countOpen, isOpenTwice, refuseTakenNumber } from './process-number.ts';
import type { Found, Table } from './store.ts';

declare module 'lmdb' {
  /** The transaction that wrote the page in which the last read found its key; its own types leave it out. */
  export function getLastTxnId(): number;
}

const TABLES = [
  ...(['records', 'manifests', 'pointers', 'files', 'checkpoints'] as const),
  ...(['chunks', 'roots'] as const),
  // Where large values lie.
  ...(['places', 'packs'] as const),
] satisfies readonly (Table | 'chunks' | 'places' | 'packs')[];

/** A table of the environment. */
export type TableName = (typeof TABLES)[number];

/** A key that nothing is stored under: it is shorter than a digest. */
const NO_KEY = Buffer.alloc(1);

/** How an environment is opened. */
export interface EnvironmentOptions {
  readonly folder: string;
  readonly readOnly: boolean;
  /** Told who else has the environment open, when this process counts among them and before it reads or writes anything. */
  readonly admit?: (others: readonly number[]) => void;
  /** Told when the environment has been closed. */
  readonly closed?: () => void;
}

/**
 * The LMDB environment of a cache: its tables, snapshots and transactions. It does not know what is stored in it.
 *
 * Each transaction is flushed before it counts as committed (no overlapping sync), so a power cut loses nothing either.
 */
export class LmdbEnvironment implements AsyncDisposable {
  readonly folder: string;
  readonly #root: RootDatabase<Buffer, Buffer>;
  /** Undefined in a database opened for reading whose tables were never made. */
  readonly #tables: ReadonlyMap<TableName, Bytes | undefined>;
  readonly #readOnly: boolean;
  readonly #lastTransaction: () => number;
  #closed: () => void = () => undefined;
  #isOneMoment = false;

  private constructor(
    { folder, readOnly }: EnvironmentOptions,
    root: RootDatabase<Buffer, Buffer>,
    lastTransaction: () => number,
  ) {
    this.folder = folder;
    this.#root = root;
    this.#readOnly = readOnly;
    this.#lastTransaction = lastTransaction;
    this.#tables = new Map(
      TABLES.map((name): [TableName, Bytes | undefined] => [
        name,
        // Typed as always there; a database opened for reading answers undefined where a table was never made.
        root.openDB<Buffer, Buffer>({
          ...{ name, encoding: 'binary', keyEncoding: 'binary' },
        }),
      ]),
    );
  }

  /**
   * Opens the environment in a folder that exists.
   *
   * @throws NumberTakenError, Error as LMDB words it, or what `admit` throws.
   */
  static async open(options: EnvironmentOptions): Promise<LmdbEnvironment> {
    const { folder, readOnly, admit, closed } = options;
    // Loaded here: a tenth of a second that a command without a cache does not spend.
    const { open, getLastTxnId } = await import('lmdb');
    if (readOnly) await refuseReader(folder, folder);
    const root = open<Buffer, Buffer>({
      path: folder,
      // A folder's name may have a dot in it, which would otherwise make it the name of the file.
      noSubdir: false,
      readOnly,
      encoding: 'binary',
      keyEncoding: 'binary',
      overlappingSync: false,
    });
    // A read enters this process in the table of readers, where it stands until it closes the environment.
    const enter = (): void => {
      root.getBinaryFast(NO_KEY);
      root.resetReadTxn();
      admit?.(otherProcesses(root));
    };
    try {
      refuseTakenNumber(folder, root.readerList());
      enter();
      const environment = new LmdbEnvironment(options, root, getLastTxnId);
      // Opening tables takes the entry away.
      enter();
      const uncount = countOpen(folder);
      environment.#closed = () => {
        uncount();
        closed?.();
      };
      return environment;
    } catch (error) {
      await root.close();
      throw error;
    }
  }

  /** Undefined in a database opened for reading where the table was never made. */
  table(name: TableName): Bytes | undefined {
    return this.#tables.get(name);
  }

  /** A table of an environment that is open for writing. */
  writable(name: TableName): Bytes {
    const table = this.#tables.get(name);
    if (table === undefined) {
      throw new Error(`Internal error: the table "${name}" is not open`);
    }
    return table;
  }

  checkWritable(): void {
    if (this.#readOnly) {
      throw new Error('Internal error: the cache is open for reading only');
    }
  }

  /** Does what reads many values, which are all of one snapshot. */
  atOneMoment<T>(action: () => T): T {
    this.#isOneMoment = true;
    try {
      return action();
    } finally {
      this.#isOneMoment = false;
      this.refresh();
    }
  }

  /**
   * Does something that reads, and lets go of the snapshot. One that stays open keeps freed pages from being used again, for
   * as long as a training runs. What was read has been copied out of the map.
   */
  look<T>(action: () => T): T {
    try {
      return action();
    } finally {
      if (!this.#isOneMoment) this.refresh();
    }
  }

  /** Lets go of the snapshot that is read from, whatever reads from it. */
  refresh(): void {
    this.#root.resetReadTxn();
  }

  /** The bytes under a digest, borrowed until the next read. */
  get(name: TableName, digest: Digest): Found<Buffer> {
    const table = this.#tables.get(name);
    if (table === undefined) return { state: 'absent' };
    return this.look(() => {
      try {
        const bytes = table.getBinaryFast(keyOf(digest));
        if (bytes === undefined) return { state: 'absent' };
        // The buffer is larger than its `length` says, and native calls look at its true size.
        return { state: 'present', value: bytes.subarray(0, bytes.length) };
      } catch (error) {
        return { state: 'damaged', why: errorMessage(error) };
      }
    });
  }

  /** The transaction that wrote the page in which the last read found its key. */
  lastTransaction(): number {
    return this.#lastTransaction();
  }

  /**
   * Does something in a transaction; what it throws undoes it.
   *
   * @throws CacheError
   */
  transact<T>(action: () => T): T {
    try {
      return this.#root.transactionSync(action);
    } catch (error) {
      throw this.unwritable(error);
    }
  }

  /** What to say when the environment, or a file beside it, can't be written. */
  unwritable(error: unknown): CacheError {
    return new CacheError(
      this.folder,
      `can't be written: ${errorMessage(error)}`,
      `Check the disk (${freeSpace(this.folder)}) and the permissions of the folder; what was stored before is unharmed.`,
    );
  }

  /** The processes that have the environment open beside this one; those that were killed don't count. */
  get otherProcesses(): readonly number[] {
    return otherProcesses(this.#root);
  }

  /** Whether nobody else has it open, in this process or another. */
  get isAlone(): boolean {
    return this.otherProcesses.length === 0 && !isOpenTwice(this.folder);
  }

  /** Writes the environment as it is now into another folder, without the room that removed values have left. */
  async copyTo(folder: string): Promise<void> {
    await this.#root.backup(folder, true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#root.close();
    this.#closed();
  }
}
