import type { RootDatabase } from 'lmdb';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../util/error-message.ts';
import { makeFolder } from '../util/make-folder.ts';
import { CacheError } from './cache-error.ts';
import { refuseFullDisk } from './free-space.ts';
import { DATABASE_FILE, inspectDatabase } from './inspect-database.ts';
import { otherProcesses, refuseReader } from './lmdb-readers.ts';
import { bootId } from './process-identity.ts';
import { countOpen, refuseTakenNumber } from './process-number.ts';
import type { Rows, SharedRows } from './shared-rows.ts';

/** Where a cache has what its programs say to each other: a folder for each start of the machine. */
const FOLDER = 'running';

/** A name that no row has. */
const NO_NAME = 'none';

/** The name of the folder on systems that don't tell one start from the next. */
const ANY_BOOT = 'any';

/** The rows can't be opened because of what is in their file, not of the disk. */
export class DamagedRows extends CacheError {}

/**
 * Rows in an LMDB environment of their own beside the cache's. Its transactions aren't flushed, so that one costs
 * microseconds, not the milliseconds of a disk. A process that is killed can't harm it: the locks are the kernel's, and what
 * was committed is in its memory. A machine that stops may, so that each start of it has a new environment.
 */
export class LmdbRows implements SharedRows {
  readonly #folder: string;
  readonly #root: RootDatabase<string, string>;
  readonly #uncount: () => void;

  private constructor(
    folder: string,
    root: RootDatabase<string, string>,
    uncount: () => void,
  ) {
    this.#folder = folder;
    this.#root = root;
    this.#uncount = uncount;
  }

  /**
   * Opens the rows of the cache in a folder; for reading only, null where no program has made any since the machine started.
   *
   * @throws DamagedRows if their file is damaged.
   * @throws CacheError if they can't be opened.
   */
  static async open(options: {
    readonly folder: string;
    readonly readOnly: boolean;
  }): Promise<LmdbRows | null> {
    const { folder, readOnly } = options;
    const boot = bootId();
    const above = join(folder, FOLDER);
    const path = join(above, boot ?? ANY_BOOT);
    const database = join(path, DATABASE_FILE);
    if (readOnly && !existsSync(database)) return null;
    try {
      const inspection = inspectDatabase(database);
      if (inspection.state === 'damaged') {
        throw new DamagedRows(
          folder,
          `can't be shared: the list of programs that work on it is damaged (${inspection.why})`,
          'When none does, "pipeline cache repair" makes a new one; what is stored is unharmed.',
        );
      }
      if (!readOnly) {
        makeFolder(path);
        clearOthers(above, boot ?? ANY_BOOT);
        if (inspection.state === 'missing') refuseFullDisk(folder, path);
      }
      const { open } = await import('lmdb');
      if (readOnly) await refuseReader(folder, path);
      const root = open<string, string>({
        path,
        noSubdir: false,
        readOnly,
        encoding: 'string',
        overlappingSync: false,
        noSync: boot !== null,
      });
      return await LmdbRows.#enter(folder, path, root);
    } catch (error) {
      if (error instanceof CacheError) throw error;
      throw new CacheError(
        folder,
        `can't be shared: ${errorMessage(error)}`,
        `Check the disk and the permissions of "${path}"; what is stored is unharmed.`,
      );
    }
  }

  /** Enters this process in the table of readers, where it stands until it closes the environment. */
  static async #enter(
    folder: string,
    path: string,
    root: RootDatabase<string, string>,
  ): Promise<LmdbRows> {
    try {
      refuseTakenNumber(folder, root.readerList(), path);
      const rows = new LmdbRows(folder, root, countOpen(path));
      rows.look((all) => all.get(NO_NAME));
      return rows;
    } catch (error) {
      await root.close();
      throw error;
    }
  }

  change<T>(action: (rows: Rows) => T): T {
    try {
      return this.#root.transactionSync(() => action(this.#rows()));
    } catch (error) {
      throw new CacheError(
        this.#folder,
        `can't be shared: ${errorMessage(error)}`,
        'Check the disk and the permissions of the folder; what was stored before is unharmed.',
      );
    }
  }

  look<T>(action: (rows: Omit<Rows, 'put' | 'remove'>) => T): T {
    try {
      // A snapshot of this moment, not of when the last look was.
      this.#root.resetReadTxn();
      return action(this.#rows());
    } finally {
      this.#root.resetReadTxn();
    }
  }

  /** The processes that have the rows open beside this one; those that were killed don't count. */
  get otherProcesses(): readonly number[] {
    return otherProcesses(this.#root);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#root.close();
    this.#uncount();
  }

  #rows(): Rows {
    return {
      get: (name) => this.#root.get(name),
      put: (name, value) => {
        this.#root.putSync(name, value);
      },
      remove: (name) => {
        this.#root.removeSync(name);
      },
      names: (prefix) => {
        const names: string[] = [];
        for (const name of this.#root.getKeys({ start: prefix })) {
          if (!name.startsWith(prefix)) break;
          names.push(name);
        }
        return names;
      },
    };
  }
}

/** Takes the environments of earlier starts of the machine away: who was named there has ended. */
function clearOthers(above: string, own: string): void {
  for (const name of readdirSync(above)) {
    if (name !== own)
      rmSync(join(above, name), { recursive: true, force: true });
  }
}
