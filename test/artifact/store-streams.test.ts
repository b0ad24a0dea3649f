import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  NewArtifact,
  StreamedArray,
} from '../../src/artifact/artifact.ts';
import { CHUNK_BYTES, encodeArtifact } from '../../src/artifact/codec.ts';
import { UnfitArtifactError } from '../../src/artifact/codec-finite.ts';
import { storeStreams } from '../../src/artifact/store-streams.ts';
import { MemoryStore } from '../../src/cache/memory-store.ts';
import { ndArray } from '../../src/tensor/nd-array.ts';

const data = new Float32Array(2 * (CHUNK_BYTES / 4) + 1000).map((_, i) =>
  Math.fround(Math.sin(i)),
);
/** The same buffer again and again, in pieces of a length that divides nothing. */
const streamOf = (values: Float32Array): StreamedArray => ({
  dtype: 'float32',
  shape: [values.length / 4, 4],
  async *pieces() {
    const buffer = new Float32Array(12_345);
    for (let at = 0; at < values.length; at += buffer.length) {
      const piece = values.subarray(at, at + buffer.length);
      buffer.set(piece);
      await Promise.resolve();
      yield buffer.subarray(0, piece.length);
    }
  },
});

test('an artifact with a stream is, to the byte, the one with the whole array', async () => {
  const store = new MemoryStore();
  const made: NewArtifact = { type: 'score', value: { a: 1 }, arrays: {} };
  const small = ndArray('int32', [2], Int32Array.of(1, 2));
  const streamed = encodeArtifact(
    { ...made, arrays: { small } },
    await storeStreams({ streams: { large: streamOf(data) } }, store),
  );
  const whole = encodeArtifact({
    ...made,
    arrays: { small, large: ndArray('float32', [data.length / 4, 4], data) },
  });
  assert.equal(streamed.content, whole.content);
  assert.equal(streamed.sizeBytes, whole.sizeBytes);
  assert.equal(streamed.chunks.length, 1);
  assert.equal(store.digests('chunks').length, 3);
  for (const { digest } of whole.chunks.slice(1)) {
    assert.ok(store.hasChunk(digest));
  }
});

test('what is not finite is named by its place in the whole array, and the streams are closed', async () => {
  const broken = data.slice();
  broken[20_002] = NaN;
  const closed: string[] = [];
  await assert.rejects(
    storeStreams(
      { streams: { x: streamOf(broken) }, close: () => closed.push('x') },
      new MemoryStore(),
    ),
    new UnfitArtifactError(
      'The array "x" of the result holds NaN at [5000, 2].',
    ),
  );
  assert.deepEqual(closed, ['x']);
});

test('a stream of another length than its shape is a bug of the node', async () => {
  const shorter = { ...streamOf(data), shape: [3] };
  await assert.rejects(
    storeStreams({ streams: { x: shorter } }, new MemoryStore()),
    /Internal error: the stream "x" yielded \d+ elements for the shape \[3\]/,
  );
});
