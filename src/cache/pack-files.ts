import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { errorCode, errorMessage } from '../util/error-message.ts';
import { makeFolder } from '../util/make-folder.ts';
import { NewPack, type PackedValue, type Place } from './new-pack.ts';
import { readPackIndex } from './pack-index.ts';
import type { Found } from './store.ts';

/** The folder in a cache's. */
const FOLDER = 'packs';

/** What this program calls its files; others are not its own. */
const NAME = /^[0-9a-f]{32}$/;

/** Files that are held open at once. */
const MOST_OPEN = 8;

interface OpenPack {
  readonly file: number;
  readonly size: number;
  /** Changes whenever the file is written to. */
  readonly stamp: string;
}

/** Bytes from a file, with what changes when the file does. */
export interface PackBytes {
  readonly bytes: Buffer;
  readonly stamp: string;
}

/**
 * The files beside the database: each has large values one after the other, was written once, and never changes. What lies
 * where, is known to the database.
 *
 * A file is kept open while code runs without a pause, so that reading many values of it opens it once, and one that was
 * removed gives its room back.
 */
export class PackFiles {
  readonly #cache: string;
  readonly #folder: string;
  readonly #open = new Map<string, OpenPack>();
  readonly #sizes = new Map<string, number>();
  #willForget = false;
  #buffer = Buffer.alloc(0);

  /** @param cache the folder of the cache. */
  constructor(cache: string) {
    this.#cache = cache;
    this.#folder = join(cache, FOLDER);
  }

  /**
   * Begins a file, in a folder that is made where it is missing.
   *
   * @param describe answers with what the file says of its values (`index`).
   * @throws Error of the file system.
   */
  async create<N>(
    describe: (values: readonly PackedValue<N>[]) => Uint8Array,
  ): Promise<NewPack<N>> {
    const id = randomBytes(16).toString('hex');
    try {
      return new NewPack<N>(id, this.#path(id), describe);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      makeFolder(this.#folder);
      await flushFolder(this.#cache);
      return new NewPack<N>(id, this.#path(id), describe);
    }
  }

  /**
   * Resolves once files and their names are on the disk, for which they wait together.
   *
   * @throws Error of the file system, when nothing is under way any more.
   */
  async finish(
    packs: readonly Pick<NewPack<unknown>, 'finish'>[],
  ): Promise<void> {
    if (packs.length === 0) return;
    const ends = await Promise.allSettled([
      ...packs.map((pack) => pack.finish()),
      flushFolder(this.#folder),
    ]);
    for (const end of ends) {
      if (end.status === 'rejected') throw end.reason;
    }
  }

  /** Reads a value into memory of its own, or of the caller's. */
  read(place: Place, into?: Buffer): Found<PackBytes> {
    const bytes = into ?? Buffer.allocUnsafeSlow(place.length);
    let opened: OpenPack;
    try {
      opened = this.#opened(place.pack);
    } catch (error) {
      return errorCode(error) === 'ENOENT'
        ? { state: 'absent' }
        : { state: 'damaged', why: errorMessage(error) };
    }
    try {
      let done = 0;
      while (done < bytes.length) {
        const count = readSync(
          opened.file,
          bytes,
          done,
          bytes.length - done,
          place.at + done,
        );
        if (count === 0) return { state: 'damaged', why: CUT_SHORT };
        done += count;
      }
    } catch (error) {
      return { state: 'damaged', why: errorMessage(error) };
    }
    return { state: 'present', value: { bytes, stamp: opened.stamp } };
  }

  /** Reads a value into memory that the next such read uses again. */
  borrow(place: Place): Found<PackBytes> {
    if (this.#buffer.length < place.length) {
      this.#buffer = Buffer.allocUnsafeSlow(place.length);
    }
    return this.read(place, this.#buffer.subarray(0, place.length));
  }

  /** What a file says of its values, and how many bytes of them it has; null where it says nothing, or isn't whole. */
  index(pack: string): { readonly said: Buffer; readonly size: number } | null {
    if (!NAME.test(pack)) return null;
    try {
      const { file, size } = this.#opened(pack);
      return readPackIndex(file, size);
    } catch {
      return null;
    }
  }

  /** Whether a file is long enough to have a value in it; its bytes are not looked at. */
  has({ pack, at, length }: Place): boolean {
    let size = this.#open.get(pack)?.size ?? this.#sizes.get(pack);
    if (size === undefined) {
      try {
        size = statSync(this.#path(pack), { throwIfNoEntry: false })?.size ?? 0;
      } catch {
        size = 0;
      }
      this.#sizes.set(pack, size);
      this.#forgetSoon();
    }
    return at + length <= size;
  }

  /** Names in the folder, whoever made them. */
  names(): readonly string[] {
    try {
      return readdirSync(this.#folder);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** Takes files away. What can't be taken away stays, and is found by the next program. */
  remove(packs: Iterable<string>): void {
    for (const pack of packs) {
      try {
        if (NAME.test(pack)) rmSync(this.#path(pack), { force: true });
      } catch {
        // Nothing refers to it.
      }
    }
  }

  /** Closes what is open. */
  forget(): void {
    for (const { file } of this.#open.values()) closeSync(file);
    this.#open.clear();
    this.#sizes.clear();
  }

  #path(pack: string): string {
    return join(this.#folder, pack);
  }

  #opened(pack: string): OpenPack {
    const known = this.#open.get(pack);
    if (known !== undefined) return known;
    if (this.#open.size === MOST_OPEN) this.forget();
    const file = openSync(this.#path(pack), 'r');
    const status = fstatSync(file, { bigint: true });
    const opened = {
      file,
      size: Number(status.size),
      stamp: `${pack} ${status.size} ${status.mtimeNs} ${status.ctimeNs}`,
    };
    this.#open.set(pack, opened);
    this.#forgetSoon();
    return opened;
  }

  #forgetSoon(): void {
    if (this.#willForget) return;
    this.#willForget = true;
    queueMicrotask(() => {
      this.#willForget = false;
      this.forget();
    });
  }
}

const CUT_SHORT = 'its file was cut short';

/** Size of all files beside a cache's database, whether it refers to them or not. */
export const packBytesOf = (cache: string): number =>
  new PackFiles(cache)
    .names()
    .filter((name) => NAME.test(name))
    .map((name) => statSync(join(cache, FOLDER, name), NO_THROW)?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);

const NO_THROW = { throwIfNoEntry: false } as const;

const flush = promisify(fsync);

/** Waits until the names in a folder are on the disk. */
async function flushFolder(path: string): Promise<void> {
  const folder = openSync(path, 'r');
  try {
    await flush(folder);
  } finally {
    closeSync(folder);
  }
}
