import type { Digest } from '../fingerprint/digest.ts';
import {
  describeValues,
  type LmdbPlaces,
  type ValueName,
} from './lmdb-places.ts';
import type { NewPack, Place } from './new-pack.ts';
import type { PackFiles } from './pack-files.ts';
import type { Chunk } from './store.ts';

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
      pack = await this.#files.create(describeValues);
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
