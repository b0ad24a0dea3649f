import type { Chunk, Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import { hashBytes } from '../fingerprint/hash-bytes.ts';
import {
  BYTES_PER_ELEMENT,
  ndArray,
  sizeOf,
  type DType,
  type ElementArrays,
  type NdArray,
  type NdArrayOf,
} from '../tensor/nd-array.ts';
import type {
  Artifact,
  ArtifactType,
  ArtifactValues,
  NewArtifact,
} from './artifact.ts';
import {
  checkFiniteElements,
  finiteValue,
  UnfitArtifactError,
} from './codec-finite.ts';
import {
  contentOf,
  encodeManifest,
  MANIFEST_VERSION,
  type ArrayEntry,
  type Manifest,
} from './codec-manifest.ts';
import { bytesOf } from './npy.ts';

/** Bytes of a chunk; the last of an array is shorter. */
export const CHUNK_BYTES = 1 << 20;

/** An artifact in the form in which a store takes it. */
export interface EncodedArtifact {
  readonly content: Digest;
  readonly manifest: Uint8Array;
  /** Views of the arrays, not copies. */
  readonly chunks: readonly Chunk[];
  /** Of all arrays. */
  readonly sizeBytes: number;
}

function cut(bytes: Uint8Array): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const piece = bytes.subarray(at, at + CHUNK_BYTES);
    chunks.push({ digest: hashBytes(piece), bytes: piece });
  }
  return chunks;
}

/**
 * Checks what a node returned and cuts its arrays into chunks. Those of its arrays that are streams are stored already.
 *
 * @param stored those arrays, by name.
 * @throws UnfitArtifactError if a number in the value or in a float array isn't finite, or if an array's shape doesn't
 * fit its data.
 */
export function encodeArtifact(
  artifact: NewArtifact,
  stored: Readonly<Record<string, ArrayEntry>> = {},
): EncodedArtifact {
  const value = finiteValue(artifact.value);
  const arrays: Record<string, ArrayEntry> = { ...stored };
  const chunks: Chunk[] = [];
  let sizeBytes = 0;
  for (const { dtype, shape } of Object.values(stored)) {
    sizeBytes += sizeOf(shape) * BYTES_PER_ELEMENT[dtype];
  }
  for (const [name, array] of Object.entries(artifact.arrays)) {
    checkShape(name, array);
    checkFiniteElements(name, array.data, array.shape);
    const bytes = bytesOf(array);
    const pieces = cut(bytes);
    arrays[name] = {
      dtype: array.dtype,
      shape: [...array.shape],
      // One piece is the whole: its hash is known.
      digest:
        pieces.length === 1 && pieces[0] !== undefined
          ? pieces[0].digest
          : hashBytes(bytes),
      chunks: pieces.map((piece) => piece.digest),
    };
    chunks.push(...pieces);
    sizeBytes += bytes.length;
  }
  const parts = { type: artifact.type, value, arrays };
  return {
    content: contentOf(parts),
    manifest: encodeManifest({ version: MANIFEST_VERSION, ...parts }),
    chunks,
    sizeBytes,
  };
}

function checkShape(name: string, array: NdArray): void {
  if (array.data.length !== sizeOf(array.shape)) {
    throw new UnfitArtifactError(
      `The array "${name}" of the result has ${array.data.length} elements and the shape [${array.shape.join(', ')}].`,
    );
  }
}

/** A chunk of a stored artifact is missing or damaged. The node that made it has to run again. */
export class DamagedArtifactError extends Error {
  override readonly name = 'DamagedArtifactError';
}

const RUN_AGAIN = 'Run again to compute it anew.';

const CONSTRUCTORS: {
  readonly [D in DType]: {
    readonly BYTES_PER_ELEMENT: number;
    new (buffer: ArrayBuffer, at?: number, length?: number): ElementArrays[D];
  };
} = {
  uint8: Uint8Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
};

/** Reads one array into memory of its own, so that whoever gets it may keep and change it. */
function readArray<D extends DType>(
  store: Store,
  name: string,
  entry: ArrayEntry,
  dtype: D,
): NdArrayOf<D> {
  const Elements = CONSTRUCTORS[dtype];
  const bytes = new Uint8Array(
    sizeOf(entry.shape) * Elements.BYTES_PER_ELEMENT,
  );
  let at = 0;
  for (const chunk of entry.chunks) {
    const length = Math.min(CHUNK_BYTES, bytes.length - at);
    readChunk(store, name, chunk, bytes.subarray(at, at + length));
    at += length;
  }
  if (at !== bytes.length) throw missingChunks(name);
  return ndArray(dtype, entry.shape, new Elements(bytes.buffer));
}

/** Reads elements in order, a chunk at a time, into memory that the next chunk is read into too. */
function* readPieces<D extends DType>(
  store: Store,
  name: string,
  entry: ArrayEntry,
  dtype: D,
  range: { readonly from: number; readonly to: number },
): Generator<ElementArrays[D]> {
  const Elements = CONSTRUCTORS[dtype];
  const bytesEach = Elements.BYTES_PER_ELEMENT;
  const total = sizeOf(entry.shape) * bytesEach;
  const buffer = new ArrayBuffer(Math.min(CHUNK_BYTES, total));
  const end = range.to * bytesEach;
  let at = range.from * bytesEach;
  while (at < end) {
    const index = Math.floor(at / CHUNK_BYTES);
    const start = index * CHUNK_BYTES;
    const length = Math.min(CHUNK_BYTES, total - start);
    const chunk = entry.chunks[index];
    if (chunk === undefined) throw missingChunks(name);
    readChunk(store, name, chunk, new Uint8Array(buffer, 0, length));
    const until = Math.min(end, start + length);
    yield new Elements(buffer, at - start, (until - at) / bytesEach);
    at = until;
  }
}

function readChunk(
  store: Store,
  name: string,
  chunk: Digest,
  into: Uint8Array,
): void {
  const found = store.readChunk(chunk, (piece) => {
    if (piece.length !== into.length) return false;
    into.set(piece);
    return true;
  });
  if (found.state !== 'present' || !found.value) {
    throw new DamagedArtifactError(
      `A chunk of the array "${name}" in the cache is ${found.state === 'absent' ? 'missing' : 'damaged'}. ${RUN_AGAIN}`,
    );
  }
}

const missingChunks = (name: string): DamagedArtifactError =>
  new DamagedArtifactError(
    `Chunks of the array "${name}" in the cache are missing. ${RUN_AGAIN}`,
  );

/** An artifact in a store. Its value is at hand; each array is read, and checked, when it is asked for. */
export function openArtifact<T extends ArtifactType>(
  store: Store,
  manifest: Manifest,
): Artifact<T> {
  const entryOf = (name: string, dtype: DType): ArrayEntry => {
    const entry = Object.hasOwn(manifest.arrays, name)
      ? manifest.arrays[name]
      : undefined;
    if (entry === undefined) {
      throw new Error(
        `Internal error: a ${manifest.type} without an array "${name}"`,
      );
    }
    if (entry.dtype !== dtype) {
      throw new Error(
        `Internal error: the array "${name}" is ${entry.dtype}, not ${dtype}`,
      );
    }
    return entry;
  };
  return {
    // The plan was checked against the slots' types, and the manifest was written from an artifact of this type.
    type: manifest.type as T,
    value: manifest.value as unknown as ArtifactValues[T],
    arrayNames: Object.keys(manifest.arrays).sort(),
    array: (name, dtype) => readArray(store, name, entryOf(name, dtype), dtype),
    pieces: (name, dtype, from, to) =>
      readPieces(store, name, entryOf(name, dtype), dtype, { from, to }),
  };
}
