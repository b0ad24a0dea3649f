import { createHash } from 'node:crypto';
import type { Chunk, Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import { hashBytes } from '../fingerprint/hash-bytes.ts';
import { sizeOf } from '../tensor/nd-array.ts';
import type { NewArtifact, StreamedArray } from './artifact.ts';
import { CHUNK_BYTES } from './codec.ts';
import { checkFiniteElements } from './codec-finite.ts';
import type { ArrayEntry } from './codec-manifest.ts';

/** Chunks that are written in one transaction, and all that is held of a stream. */
const CHUNKS_AT_ONCE = 16;

/**
 * Stores the streams of an artifact as they are made, one after the other, without ever holding one whole, and closes them.
 * The chunks are in the store before anything refers to them.
 *
 * @throws UnfitArtifactError if a number isn't finite.
 * @throws Error if a stream yields more or fewer elements than its shape says: a bug of the node.
 */
export async function storeStreams(
  made: Pick<NewArtifact, 'streams' | 'close'>,
  store: Pick<Store, 'putChunks'>,
): Promise<Readonly<Record<string, ArrayEntry>>> {
  const stored: Record<string, ArrayEntry> = {};
  try {
    for (const [name, stream] of Object.entries(made.streams ?? {})) {
      stored[name] = await storeStream(name, stream, store);
    }
    return stored;
  } finally {
    made.close?.();
  }
}

async function storeStream(
  name: string,
  stream: StreamedArray,
  store: Pick<Store, 'putChunks'>,
): Promise<ArrayEntry> {
  const { dtype, shape } = stream;
  const whole = createHash('sha256');
  const digests: Digest[] = [];
  let waiting: Chunk[] = [];
  let chunk = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  let elements = 0;

  const endChunk = async (): Promise<void> => {
    if (filled === 0) return;
    const bytes = chunk.subarray(0, filled);
    whole.update(bytes);
    const digest = hashBytes(bytes);
    digests.push(digest);
    waiting.push({ digest, bytes });
    chunk = new Uint8Array(CHUNK_BYTES);
    filled = 0;
    if (waiting.length === CHUNKS_AT_ONCE) await endBatch();
  };
  const endBatch = async (): Promise<void> => {
    if (waiting.length > 0) await store.putChunks(waiting);
    waiting = [];
  };

  for await (const piece of stream.pieces()) {
    checkFiniteElements(name, piece, shape, elements);
    elements += piece.length;
    const bytes = new Uint8Array(
      piece.buffer,
      piece.byteOffset,
      piece.byteLength,
    );
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + CHUNK_BYTES - filled);
      chunk.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === CHUNK_BYTES) await endChunk();
    }
  }
  await endChunk();
  await endBatch();
  if (elements !== sizeOf(shape)) {
    throw new Error(
      `Internal error: the stream "${name}" yielded ${elements} elements for the shape [${shape.join(', ')}]`,
    );
  }
  return {
    dtype,
    shape: [...shape],
    digest: whole.digest('hex') as Digest,
    chunks: digests,
  };
}
