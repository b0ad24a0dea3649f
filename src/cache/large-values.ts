import type { Digest } from '../fingerprint/digest.ts';
import { Intake } from './intake.ts';
import type { LmdbEnvironment } from './lmdb-environment.ts';
import {
  describeValues,
  LmdbPlaces,
  type PlacedTable,
  type Settled,
  type ValueName,
} from './lmdb-places.ts';
import type { NewPack, Place } from './new-pack.ts';
import { PackFiles, type PackBytes } from './pack-files.ts';
import type { Found } from './store.ts';

/**
 * From this length on a value is in a file. A file costs its own wait for the disk; in the database each byte is copied once
 * more, and takes whole pages that later have to be used again.
 */
export const LARGE_BYTES = 256 << 10;

/** Values in files beside an environment, which become visible by its transactions. */
export class LargeValues {
  readonly #environment: LmdbEnvironment;
  readonly #places: LmdbPlaces;
  readonly #files: PackFiles;

  constructor(environment: LmdbEnvironment) {
    this.#environment = environment;
    this.#places = new LmdbPlaces({
      places: environment.table('places'),
      packs: environment.table('packs'),
    });
    this.#files = new PackFiles(environment.folder);
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
      partial = this.transact(() => {
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
   * Does something in a transaction, then removes the files that it has made useless.
   *
   * @returns the files that have bytes to which nothing refers any more.
   * @throws CacheError
   */
  transact(action: () => void): readonly string[] {
    let settled: Settled;
    try {
      settled = this.#environment.transact(() => {
        action();
        return this.#places.settle();
      });
    } catch (error) {
      this.#places.undo();
      throw error;
    }
    this.#files.remove(settled.gone);
    return settled.partial;
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
        this.transact(() => {
          this.#places.enter(copy, (_, known) => known?.pack === pack);
          // It goes even where no value lay in it.
          this.#places.review(pack);
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
    const copy = await this.#files.create(describeValues);
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
