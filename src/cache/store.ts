import type { Digest } from '../fingerprint/digest.ts';

/**
 * Values by digest. Small ones: `records` (run key -> what is kept of the run), `manifests` (content -> what an artifact
 * consists of), `pointers` (digest of a name -> where it leads), `roots` (digest of a name -> what keeps records from being removed).
 *
 * `files` (digest of a path -> what was in the file, and by what it is known again) spares reading data that hasn't changed.
 *
 * `checkpoints` (run key -> the state of a run that isn't finished, or from which a longer one goes on) may be megabytes. They are neither cut into chunks nor
 * addressed by content: no two states are equal and nothing else refers to one, so one can be removed at any time.
 */
export type Table =
  'records' | 'manifests' | 'pointers' | 'files' | 'checkpoints' | 'roots';

/** The tables whose values are found by the digest of a name, and change. */
export type NameTable = 'pointers' | 'files' | 'roots';

/** What was found under a digest. `damaged` is treated as absent, with a warning. */
export type Found<T> =
  | { readonly state: 'absent' }
  | { readonly state: 'damaged'; readonly why: string }
  | { readonly state: 'present'; readonly value: T };

/** A piece of an array, addressed by the SHA-256 of its bytes. */
export interface Chunk {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** A record and all that it refers to. */
export interface NewEntry {
  readonly key: Digest;
  readonly record: Uint8Array;
  readonly content: Digest;
  readonly manifest: Uint8Array;
  readonly chunks: Iterable<Chunk>;
  /** Names that lead to this entry from now on. */
  readonly pointers: ReadonlyMap<Digest, Uint8Array>;
  /** Takes the place of the checkpoint under the key; where it is not given, that one goes. */
  readonly checkpoint?: Uint8Array | undefined;
}

/** The tables of which values are taken away by their digests. */
export const REMOVABLE = [
  'records',
  'manifests',
  'checkpoints',
  'chunks',
  'roots',
] as const satisfies readonly (Table | 'chunks')[];

/** What is taken out of a store in one step. What isn't there is no error. */
export interface Removal extends Readonly<
  Record<(typeof REMOVABLE)[number], readonly Digest[]>
> {
  /** Where names lead from then on; null takes the name away. */
  readonly pointers: ReadonlyMap<Digest, Uint8Array | null>;
  /** Records that others take the place of. */
  readonly replaced?: ReadonlyMap<Digest, Uint8Array>;
}

/**
 * Bytes under digests. It does not know what a node is, nor who calls it. Several processes may hold the same store.
 *
 * Whatever is read has been checked against a digest; what fails the check is `damaged` and never handed out. A chunk may be
 * checked once for each handle, as long as nothing has been written where it lies.
 */
export interface Store extends AsyncDisposable {
  /** Does what reads many values, which are all of one moment and cost less together. Nothing is written meanwhile. */
  atOneMoment<T>(action: () => T): T;

  /** Reads a value. The bytes are the caller's. */
  read(table: Table, digest: Digest): Found<Uint8Array>;

  /**
   * Hands a chunk to `use` and answers with what it made of it. The bytes are borrowed: they are valid until `use`
   * returns, and must not be changed.
   */
  readChunk<T>(digest: Digest, use: (bytes: Uint8Array) => T): Found<T>;

  /** Whether a chunk is there; its bytes are not looked at. */
  hasChunk(digest: Digest): boolean;

  /**
   * Writes records, their manifests and their chunks; chunks that are there already are left alone if their bytes are right,
   * and mended if not. The records, the manifests, the pointers and the last chunks become visible together, and the
   * checkpoints under the records' keys are the entries' or go with them. Resolves once all of it is on the disk: several small entries wait for
   * the disk once.
   *
   * @throws CacheError if the store can't be written.
   */
  put(...entries: readonly NewEntry[]): Promise<void>;

  /**
   * Writes chunks ahead of the entry that will refer to them, for arrays that are not held whole. What is there already is
   * treated as by `put`. Resolves once all of them are on the disk.
   *
   * @throws CacheError if the store can't be written.
   */
  putChunks(chunks: readonly Chunk[]): Promise<void>;

  /**
   * Changes what stands under names: where they lead, unless another table is given. Durable once resolved.
   *
   * @throws CacheError if the store can't be written.
   */
  point(
    pointers: ReadonlyMap<Digest, Uint8Array>,
    table?: NameTable,
  ): Promise<void>;

  /**
   * Keeps the state of a run that isn't finished, in place of the one before: a reader sees the old one or the new one,
   * whole. Durable once resolved.
   *
   * @throws CacheError if the store can't be written.
   */
  keepCheckpoint(key: Digest, state: Uint8Array): Promise<void>;

  /**
   * Removes a checkpoint, if there is one; its space is used again by what is written next.
   *
   * @throws CacheError if the store can't be written.
   */
  dropCheckpoint(key: Digest): Promise<void>;

  /**
   * All digests of a table, in ascending order: those of one moment, whatever is written meanwhile.
   *
   * @throws CacheError if they can't be listed.
   */
  digests(table: Table | 'chunks'): readonly Digest[];

  /** Length of what is stored under a digest, with its seal; 0 where nothing is, or where it can't be had. */
  sizeOf(table: Table | 'chunks', digest: Digest): number;

  /**
   * Takes values away; what, may be worked out by looking at the store, to which nothing is written meanwhile. A reader sees all of it done or nothing. Durable once resolved. Whoever calls this knows that nothing
   * that stays refers to what goes.
   *
   * @throws CacheError if the store can't be written.
   */
  remove(removal: Removal | (() => Removal)): Promise<void>;

  /**
   * Names of files beside the store to which nothing in it refers: a killed program's, which the next one that is alone
   * removes, or somebody else's. None while other programs have the store open, which may be writing them.
   */
  strays(): readonly string[];
}
