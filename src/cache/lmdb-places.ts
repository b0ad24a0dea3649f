import type { Database } from 'lmdb';
import type { Digest } from '../fingerprint/digest.ts';
import type { NewPack, PackedValue, Place } from './new-pack.ts';
import { seal, unseal } from './seal.ts';

/** A table of an environment. */
export type Bytes = Database<Buffer, Buffer>;

/** The tables whose large values are in files. */
export type PlacedTable = 'chunks' | 'checkpoints';

/** What a large value is found by. */
export interface ValueName {
  readonly table: PlacedTable;
  readonly digest: Digest;
}

const TAGS = { chunks: 0x63, checkpoints: 0x73 } as const;
const DIGEST_LENGTH = 32;
const NAME_LENGTH = 1 + DIGEST_LENGTH;
const PACK_LENGTH = 16;
const PLACE_LENGTH = PACK_LENGTH + 16;
const SIZE_LENGTH = 8;
const DESCRIBED_LENGTH = NAME_LENGTH + 2 * SIZE_LENGTH;

/** The key of what is stored under a digest. */
export const keyOf = (digest: Digest): Buffer => Buffer.from(digest, 'hex');

// Written by `keyOf` of a digest.
const digestOf = (key: Buffer): Digest => key.toString('hex') as Digest;

const nameKey = ({ table, digest }: ValueName): Buffer =>
  Buffer.concat([Buffer.of(TAGS[table]), keyOf(digest)]);

const packKey = (pack: string): Buffer => Buffer.from(pack, 'hex');

/** Packs that a transaction took values out of. */
export interface Settled {
  /** Nothing refers to them any more. */
  readonly gone: readonly string[];
  /** They have more bytes than are referred to. */
  readonly partial: readonly string[];
}

/**
 * Says in which file each large value lies (`places`), and what was put into each file (`packs`). What changes them is
 * called in a transaction of the environment, and its caller settles it there.
 */
export class LmdbPlaces {
  readonly #places: Bytes | undefined;
  readonly #packs: Bytes | undefined;
  readonly #touched = new Set<string>();

  /** @param tables undefined where an environment that is open for reading has none. */
  constructor(tables: {
    readonly places: Bytes | undefined;
    readonly packs: Bytes | undefined;
  }) {
    this.#places = tables.places;
    this.#packs = tables.packs;
  }

  find(name: ValueName): Place | undefined {
    const row = this.#places?.getBinaryFast(nameKey(name));
    if (row?.length !== PLACE_LENGTH) return undefined;
    return {
      pack: row.toString('hex', 0, PACK_LENGTH),
      at: Number(row.readBigUInt64LE(PACK_LENGTH)),
      length: Number(row.readBigUInt64LE(PACK_LENGTH + 8)),
    };
  }

  /** In ascending order. */
  digests(table: PlacedTable): readonly Digest[] {
    const range = {
      start: Buffer.of(TAGS[table]),
      end: Buffer.of(TAGS[table] + 1),
    };
    return [...(this.#places?.getKeys(range) ?? [])].map((key) =>
      digestOf(key.subarray(1)),
    );
  }

  /** The names of all files that are referred to. */
  get packs(): readonly string[] {
    return [...(this.#packs?.getKeys() ?? [])].map((key) =>
      key.toString('hex'),
    );
  }

  /** The files in which values lie, by their places alone: `packs` may have lost a row that a repair could not read. */
  get packsOfPlaces(): ReadonlySet<string> {
    const names = [...(this.#places?.getKeys() ?? [])].map(nameOf);
    return new Set(names.flatMap((name) => this.find(name)?.pack ?? []));
  }

  /**
   * Says of the values of a finished file where they lie.
   *
   * @param mayEnter is asked of each, with the place that it has at the moment.
   * @returns the values of which that was said.
   */
  enter(
    pack: Pick<NewPack<ValueName>, 'id' | 'size' | 'values'>,
    mayEnter: (
      value: PackedValue<ValueName>,
      known: Place | undefined,
    ) => boolean,
  ): readonly PackedValue<ValueName>[] {
    const entered = pack.values.filter((value) => {
      const known = this.find(value.name);
      if (!mayEnter(value, known)) return false;
      if (known !== undefined) this.#touched.add(known.pack);
      const row = Buffer.alloc(PLACE_LENGTH, packKey(value.pack));
      row.writeBigUInt64LE(BigInt(value.at), PACK_LENGTH);
      row.writeBigUInt64LE(BigInt(value.length), PACK_LENGTH + 8);
      this.#places?.putSync(nameKey(value.name), row);
      return true;
    });
    const size = Buffer.alloc(SIZE_LENGTH);
    size.writeBigUInt64LE(BigInt(pack.size));
    const names = entered.map(({ name }) => nameKey(name));
    this.#packs?.putSync(
      packKey(pack.id),
      seal(Buffer.concat([size, ...names])),
    );
    if (entered.length === 0 || entered.length < pack.values.length) {
      this.#touched.add(pack.id);
    }
    return entered;
  }

  /** Has `settle` look at a file as well. */
  review(pack: string): void {
    this.#touched.add(pack);
  }

  /** Says of a value that it lies nowhere. */
  forget(name: ValueName): void {
    const known = this.find(name);
    if (known === undefined) return;
    this.#touched.add(known.pack);
    this.#places?.removeSync(nameKey(name));
  }

  /** The values that lie in a file, with its size; where that isn't known, all places are looked at. */
  valuesIn(pack: string): {
    readonly size: number;
    readonly values: readonly PackedValue<ValueName>[];
  } {
    const row = this.#packs?.getBinaryFast(packKey(pack));
    const found = row && unseal(row.subarray(0, row.length));
    const isKnown = found?.state === 'present';
    const bytes = Buffer.from(isKnown ? found.value : []);
    const names = isKnown
      ? namesIn(bytes.subarray(SIZE_LENGTH))
      : [...(this.#places?.getKeys() ?? [])].map(nameOf);
    const values = names.flatMap((name) => {
      const place = this.find(name);
      return place?.pack === pack ? [{ name, ...place }] : [];
    });
    return {
      size: isKnown ? Number(bytes.readBigUInt64LE()) : Infinity,
      values,
    };
  }

  /** Whether a file has more bytes than are referred to. */
  isPartial(pack: string): boolean {
    const { size, values } = this.valuesIn(pack);
    return values.reduce((sum, { length }) => sum + length, 0) < size;
  }

  /** Works out what became of the files that lost values since the last time, and forgets those that nothing refers to. */
  settle(): Settled {
    const gone: string[] = [];
    const partial: string[] = [];
    for (const pack of this.#touched) {
      if (this.valuesIn(pack).values.length === 0) {
        this.#packs?.removeSync(packKey(pack));
        gone.push(pack);
      } else if (this.isPartial(pack)) partial.push(pack);
    }
    this.#touched.clear();
    return { gone, partial };
  }

  /** Forgets what a transaction did that came to nothing. */
  undo(): void {
    this.#touched.clear();
  }
}

const nameOf = (key: Buffer): ValueName => ({
  table: key[0] === TAGS.chunks ? 'chunks' : 'checkpoints',
  digest: digestOf(key.subarray(1)),
});

/** What a file says of its values: for each a name, where it begins, and how long it is. */
export const describeValues = (
  values: readonly PackedValue<ValueName>[],
): Buffer =>
  Buffer.concat(
    values.flatMap(({ name, at, length }) => {
      const numbers = Buffer.alloc(2 * SIZE_LENGTH);
      numbers.writeBigUInt64LE(BigInt(at));
      numbers.writeBigUInt64LE(BigInt(length), SIZE_LENGTH);
      return [nameKey(name), numbers];
    }),
  );

/** What `describeValues` has written. */
export const valuesOf = (
  said: Buffer,
  pack: string,
): readonly PackedValue<ValueName>[] =>
  Array.from({ length: said.length / DESCRIBED_LENGTH }, (_, index) => {
    const start = index * DESCRIBED_LENGTH;
    const at = start + NAME_LENGTH;
    return {
      name: nameOf(said.subarray(start, at)),
      pack,
      at: Number(said.readBigUInt64LE(at)),
      length: Number(said.readBigUInt64LE(at + SIZE_LENGTH)),
    };
  });

const namesIn = (keys: Buffer): readonly ValueName[] =>
  Array.from({ length: keys.length / NAME_LENGTH }, (_, index) =>
    nameOf(keys.subarray(index * NAME_LENGTH, (index + 1) * NAME_LENGTH)),
  );
