import type { Digest } from '../fingerprint/digest.ts';
import {
  LmdbPlaces,
  type Bytes,
  type PlacedTable,
  type ValueName,
} from './lmdb-places.ts';
import type { NewPack, Place } from './new-pack.ts';
import { PackFiles, type PackBytes } from './pack-files.ts';
import type { Chunk, Found } from './store.ts';

/**
 * From this length on a value is in a file. A file costs its own wait for the disk; in the database each byte is copied once
 * more, and takes whole pages that later have to be used again.
 */
export const LARGE_BYTES = 256 << 10;

/** What large values need of the environment that says where they lie. */
export interface Environment {
  readonly places: Bytes | undefined;
  readonly packs: Bytes | undefined;
  /** Lets go of the snapshot that is read from. */
  readonly refresh: () => void;
  /** Does something in a transaction, settles it, and answers with the files that have useless bytes then. */
  readonly transact: (action: () => void) => readonly string[];
}

/** Values in files beside an environment, which become visible by its transactions. */
export class LargeValues {
  readonly #environment: Environment;
  readonly #places: LmdbPlaces;
  readonly #files: PackFiles;

  /** @param folder of the cache. */
  constructor(folder: string, environment: Environment) {
    this.#environment = environment;
    this.#places = new LmdbPlaces(environment);
    this.#files = new PackFiles(folder);
  }

  /** The tables that say where values lie. */
  get places(): Bytes | undefined {
    return this.#environment.places;
  }

  get packs(): Bytes | undefined {
    return this.#environment.packs;
  }

  /** Whether a value has a place; whether it is there is another question. */
  isPlaced(name: ValueName): boolean {
    return this.#places.find(name) !== undefined;
  }

  /** Length of a value by its place; undefined where it has none. */
  lengthOf(name: ValueName): Found<number> | undefined {
    const place = this.#places.find(name);
    return place && { state: 'present', value: place.length };
  }

  digests(table: PlacedTable): readonly Digest[] {
    return this.#places.digests(table);
  }

  /** Whether a value's file is there, long enough to have the value in it; undefined where the value has no place. */
  has(name: ValueName): boolean | undefined {
    const place = this.#places.find(name);
    return place && this.#files.has(place);
  }

  /** Reads a value; undefined where it has no place. The bytes are the caller's. */
  read(name: ValueName): Found<PackBytes> | undefined {
    return this.#readAt(name, (place) => this.#files.read(place));
  }

  /** The same with bytes that are valid until the next read. */
  borrow(name: ValueName): Found<PackBytes> | undefined {
    return this.#readAt(name, (place) => this.#files.borrow(place));
  }

  #readAt(
    name: ValueName,
    read: (place: Place) => Found<PackBytes>,
  ): Found<PackBytes> | undefined {
    const place = this.#places.find(name);
    if (place === undefined) return undefined;
    const found = read(place);
    if (found.state !== 'absent') return found;
    // Since the snapshot its file may have been removed, or copied into another one.
    this.#environment.refresh();
    const now = this.#places.find(name);
    if (now === undefined) return undefined;
    return now.pack === place.pack
      ? { state: 'damaged', why: 'its file is missing' }
      : read(now);
  }

  /**
   * Writes files, then makes what is in them visible in a transaction that does more; a failure leaves neither.
   *
   * @param fill adds the values.
   * @param action is told in the transaction what has become visible by it.
   * @throws Error of the file system, or of the transaction.
   */
  async takeIn(
    fill: (intake: Intake) => Promise<void>,
    action: (entered: readonly ValueName[]) => void,
  ): Promise<void> {
    const intake = new Intake(this.#places, this.#files);
    let partial: readonly string[];
    try {
      await fill(intake);
      await intake.finish();
      partial = this.#environment.transact(() => {
        action(intake.enter());
      });
    } catch (error) {
      await intake.discard();
      throw error;
    }
    await this.repack(partial);
  }

  /** In a transaction: a value lies in no file any more. */
  forget(name: ValueName): void {
    this.#places.forget(name);
  }

  /**
   * At the end of a transaction: works out which files it has made useless. Once it is committed, the answer removes them, and
   * says which ones have bytes that nothing refers to.
   */
  settle(): () => readonly string[] {
    const { gone, partial } = this.#places.settle();
    return () => {
      this.#files.remove(gone);
      return partial;
    };
  }

  /** Forgets what a transaction did that came to nothing. */
  undo(): void {
    this.#places.undo();
  }

  /**
   * Copies what is left in files into new ones, so that the rest gives its room back. Where that can't be done, on a full
   * disk say, they stay as they are.
   */
  async repack(packs: readonly string[] = this.#partial()): Promise<void> {
    for (const pack of packs) {
      const copy = await this.#copyOf(pack).catch(() => null);
      if (copy === null) continue;
      try {
        await this.#files.finish([copy]);
        this.#environment.transact(() => {
          this.#places.enter(copy, (_, known) => known?.pack === pack);
        });
      } catch {
        await copy.discard();
      }
    }
  }

  #partial(): readonly string[] {
    return this.#places.packs.filter((pack) => this.#places.isPartial(pack));
  }

  async #copyOf(pack: string): Promise<NewPack<ValueName>> {
    const copy = await this.#files.create<ValueName>();
    try {
      const { values } = this.#places.valuesIn(pack);
      this.#environment.refresh();
      for (const { name, ...place } of values) {
        const found = this.#files.read(place);
        if (found.state !== 'present') throw new Error(`no ${pack}`);
        await copy.add(name, found.value.bytes);
      }
      return copy;
    } catch (error) {
      await copy.discard();
      throw error;
    }
  }

  /** Names of files that nothing refers to. */
  strays(names: readonly string[] = this.#files.names()): readonly string[] {
    const known = new Set(this.#places.packs);
    const unknown = names.filter((name) => !known.has(name));
    if (unknown.length === 0) return [];
    const used = this.#places.packsOfPlaces;
    return unknown.filter((name) => !used.has(name));
  }

  /**
   * Removes what killed programs have left.
   *
   * @param isAlone is asked once the files are listed: a file of before, which nothing refers to, is nobody's if no other
   * program is there after.
   */
  removeStrays(isAlone: () => boolean): void {
    const names = this.#files.names();
    if (names.length > 0 && isAlone()) this.#files.remove(this.strays(names));
  }

  close(): void {
    this.#files.forget();
  }
}

/** Large values on their way into files, until the transaction that makes them visible. */
export class Intake {
  readonly #places: LmdbPlaces;
  readonly #files: PackFiles;
  readonly #packs: NewPack<ValueName>[] = [];
  readonly #taken = new Set<Digest>();
  /** Where values lie whose bytes there are wrong. */
  readonly #wrong = new Map<Digest, Place>();
  #isNextApart = true;

  constructor(places: LmdbPlaces, files: PackFiles) {
    this.#places = places;
    this.#files = files;
  }

  /** What comes next goes into a file of its own: it will be removed together. */
  begin(): void {
    this.#isNextApart = true;
  }

  /** Whether a chunk lies in a file, with the right bytes. */
  has({ digest, bytes }: Chunk): boolean {
    const place = this.#places.find({ table: 'chunks', digest });
    if (place === undefined) return false;
    const found = this.#files.borrow(place);
    // Compared, not trusted: a chunk whose bits have flipped is mended, when its node has run again.
    const isRight =
      found.state === 'present' && found.value.bytes.equals(bytes);
    if (!isRight) this.#wrong.set(digest, place);
    return isRight;
  }

  /**
   * Writes a value, unless this has done so already.
   *
   * @param parts of the value, one behind the other.
   * @throws Error of the file system.
   */
  async add(name: ValueName, ...parts: readonly Uint8Array[]): Promise<void> {
    if (this.#taken.has(name.digest)) return;
    this.#taken.add(name.digest);
    let pack = this.#packs.at(-1);
    if (pack === undefined || pack.isFull || this.#isNextApart) {
      pack = await this.#files.create<ValueName>();
      this.#packs.push(pack);
      this.#isNextApart = false;
    }
    await pack.add(name, ...parts);
  }

  /**
   * Resolves once all of it is on the disk.
   *
   * @throws Error of the file system.
   */
  finish(): Promise<void> {
    return this.#files.finish(this.#packs);
  }

  /**
   * In a transaction: makes the values visible, except for chunks that somebody else has stored meanwhile.
   *
   * @returns the names of those that are visible now.
   */
  enter(): readonly ValueName[] {
    return this.#packs.flatMap((pack) =>
      this.#places
        .enter(pack, ({ name }, known) => {
          if (known === undefined || name.table === 'checkpoints') return true;
          const wrong = this.#wrong.get(name.digest);
          return wrong?.pack === known.pack && wrong.at === known.at;
        })
        .map(({ name }) => name),
    );
  }

  /** Takes the files away again. */
  async discard(): Promise<void> {
    await Promise.all(this.#packs.map((pack) => pack.discard()));
  }
}
