import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Artifact, NewArtifact } from '../../src/artifact/artifact.ts';
import {
  CHUNK_BYTES,
  DamagedArtifactError,
  encodeArtifact,
  openArtifact,
} from '../../src/artifact/codec.ts';
import { UnfitArtifactError } from '../../src/artifact/codec-finite.ts';
import { readManifest } from '../../src/artifact/codec-manifest.ts';
import {
  emptyTables,
  MemoryStore,
  type MemoryTables,
} from '../../src/cache/memory-store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import { ndArray, type NdArray } from '../../src/tensor/nd-array.ts';

const score = (
  value: NewArtifact<'score'>['value'],
  arrays: Readonly<Record<string, NdArray>> = {},
): NewArtifact<'score'> => ({ type: 'score', value, arrays });

const ARRAYS: Readonly<Record<string, NdArray>> = {
  bytes: ndArray('uint8', [2, 3], Uint8Array.of(0, 1, 2, 253, 254, 255)),
  whole: ndArray('int32', [2], Int32Array.of(-5, 2_000_000_000)),
  single: ndArray('float32', [2, 2], Float32Array.of(1.5, -0, 3e38, 1e-40)),
  double: ndArray('float64', [1], Float64Array.of(Math.PI)),
  none: ndArray('float32', [0, 7], new Float32Array(0)),
  scalar: ndArray('float64', [], Float64Array.of(2)),
};

/** Stores an artifact in memory and opens it again. */
async function stored(
  made: NewArtifact,
  tables: MemoryTables = emptyTables(),
): Promise<Artifact<'score'>> {
  const store = new MemoryStore({ tables });
  const encoded = encodeArtifact(made);
  await store.put({
    key: digest('Test', 'key'),
    record: new Uint8Array(0),
    pointers: new Map(),
    ...encoded,
  });
  const manifest = readManifest(store, encoded.content);
  assert.ok(manifest.state === 'present');
  return openArtifact(store, manifest.value);
}

test('value and arrays come back as they were', async () => {
  const value = { accuracy: 0.1 + 0.2, names: ['ä', ''], deep: { none: null } };
  const artifact = await stored(score(value, ARRAYS));
  assert.equal(artifact.type, 'score');
  assert.deepEqual(artifact.value, value);
  assert.deepEqual(artifact.arrayNames, Object.keys(ARRAYS).sort());
  for (const [name, array] of Object.entries(ARRAYS)) {
    assert.deepEqual(artifact.array(name, array.dtype), array);
  }
});

test('an array may be a part of a larger buffer, and what is read is a copy', async () => {
  const buffer = new Float32Array(10).map((_, index) => index);
  const made = ndArray('float32', [3], buffer.subarray(4, 7));
  const artifact = await stored(score({}, { part: made }));
  const { data } = artifact.array('part', 'float32');
  assert.deepEqual(data, Float32Array.of(4, 5, 6));
  data[0] = 100;
  assert.deepEqual(
    artifact.array('part', 'float32').data,
    Float32Array.of(4, 5, 6),
  );
});

test('arrays around the size of a chunk are cut and joined at the right byte', async () => {
  for (const length of [
    CHUNK_BYTES - 1,
    CHUNK_BYTES,
    CHUNK_BYTES + 1,
    3 * CHUNK_BYTES + 5,
  ]) {
    const data = new Uint8Array(length).map((_, index) => (index * 31) % 251);
    const made = score({}, { data: ndArray('uint8', [length], data) });
    assert.equal(
      encodeArtifact(made).chunks.length,
      Math.ceil(length / CHUNK_BYTES),
    );
    const artifact = await stored(made);
    assert.deepEqual(artifact.array('data', 'uint8').data, data);
  }
});

test('a part of an array comes in pieces, from and to anywhere, without the rest being read', async () => {
  const length = (3 * CHUNK_BYTES) / 4 + 5;
  const each = CHUNK_BYTES / 4;
  const data = new Float32Array(length).map((_, index) => index);
  const tables = emptyTables();
  const made = score({}, { data: ndArray('float32', [length], data) });
  const artifact = await stored(made, tables);
  const read = (from: number, to: number): number[] =>
    Array.from(artifact.pieces('data', 'float32', from, to), (piece) => [
      ...piece,
    ]).flat();
  for (const [from, to] of [
    [0, 3],
    [each - 1, each + 1],
    [each, 2 * each],
    [2 * each + 7, length],
    [5, 5],
  ] as const) {
    assert.deepEqual(read(from, to), [...data.subarray(from, to)]);
  }
  tables.chunks.delete(encodeArtifact(made).chunks[0]!.digest);
  assert.deepEqual(read(each, each + 2), [each, each + 1]);
  assert.throws(() => read(0, 1), DamagedArtifactError);
});

test('equal chunks are stored once', async () => {
  const tables = emptyTables();
  const zeros = ndArray(
    'uint8',
    [4 * CHUNK_BYTES],
    new Uint8Array(4 * CHUNK_BYTES),
  );
  const artifact = await stored(score({}, { a: zeros, b: zeros }), tables);
  assert.equal(tables.chunks.size, 1);
  assert.deepEqual(artifact.array('b', 'uint8'), zeros);
});

test('the content covers type, value, names, element types, shapes and bytes', () => {
  const array = (shape: readonly number[], ...numbers: number[]): NdArray =>
    ndArray('int32', shape, Int32Array.of(...numbers));
  const artifacts: readonly NewArtifact[] = [
    score({ a: 1 }, { x: array([2], 1, 2) }),
    score({ a: 2 }, { x: array([2], 1, 2) }),
    score({ a: 1 }, { y: array([2], 1, 2) }),
    score({ a: 1 }, { x: array([2, 1], 1, 2) }),
    score({ a: 1 }, { x: array([2], 1, 3) }),
    score({ a: 1 }, { x: array([2], 1, 2), y: array([0]) }),
    score(
      { a: 1 },
      {
        x: ndArray(
          'float32',
          [2],
          new Float32Array(Int32Array.of(1, 2).buffer),
        ),
      },
    ),
    {
      type: 'dataset',
      value: { a: 1 },
      arrays: { x: array([2], 1, 2) },
    },
  ];
  const contents = artifacts.map((made) => encodeArtifact(made).content);
  assert.equal(new Set(contents).size, artifacts.length);
});

test('the content does not depend on the order of names, nor on what is undefined', () => {
  const x = ARRAYS['bytes']!;
  const y = ARRAYS['whole']!;
  assert.equal(
    encodeArtifact(score({ a: 1, b: 2 }, { x, y })).content,
    encodeArtifact(score({ b: 2, c: undefined, a: 1 } as never, { y, x }))
      .content,
  );
});

test('the content of a known artifact never changes', () => {
  const made = score({ accuracy: 0.5 }, { x: ARRAYS['bytes']! });
  assert.equal(
    encodeArtifact(made).content,
    '6cdc105f4155526e91939e18decbed20d0fdcdb449a3ba9f19db0521ddc1377e',
  );
});

test('numbers that are not finite are refused by place', () => {
  for (const [value, message] of [
    [{ a: { b: [1, NaN] } }, '"a.b[1]" of the result is NaN.'],
    [{ loss: -Infinity }, '"loss" of the result is -Infinity.'],
  ] as const) {
    assert.throws(() => encodeArtifact(score(value)), {
      name: 'UnfitArtifactError',
      message,
    });
  }
});

test('float arrays with NaN or infinities are refused by name and place', () => {
  const data = new Float32Array(12);
  for (const bad of [NaN, Infinity, -Infinity]) {
    data.fill(1);
    data[7] = bad;
    assert.throws(
      () =>
        encodeArtifact(
          score({}, { 'layer:pool': ndArray('float32', [3, 4], data) }),
        ),
      {
        name: 'UnfitArtifactError',
        message: `The array "layer:pool" of the result holds ${bad} at [1, 3].`,
      },
    );
  }
  const opposite = Float64Array.of(Infinity, -Infinity);
  assert.throws(
    () => encodeArtifact(score({}, { x: ndArray('float64', [2], opposite) })),
    UnfitArtifactError,
  );
  // Large, and far from overflowing the check.
  const large = Float32Array.of(3.4e38, 3.4e38, -3.4e38);
  encodeArtifact(score({}, { x: ndArray('float32', [3], large) }));
});

test('an array whose shape does not fit its data is refused', () => {
  const wrong = {
    dtype: 'uint8',
    shape: [3],
    data: new Uint8Array(2),
  } as const;
  assert.throws(() => encodeArtifact(score({}, { x: wrong })), {
    message: 'The array "x" of the result has 2 elements and the shape [3].',
  });
});

test('an array that is missing, or of another type, is a bug of the kind', async () => {
  const artifact = await stored(score({}, ARRAYS));
  assert.throws(() => artifact.array('other', 'uint8'), /Internal error/);
  assert.throws(() => artifact.array('constructor', 'uint8'), /Internal error/);
  assert.throws(() => artifact.array('single', 'float64'), /Internal error/);
});

test('a damaged or missing chunk is an error when the array is read, and no other', async () => {
  const long = ndArray(
    'uint8',
    [2 * CHUNK_BYTES],
    new Uint8Array(2 * CHUNK_BYTES).map((_, index) => index >> 13),
  );
  const made = score({}, { long, bytes: ARRAYS['bytes']! });
  const second = encodeArtifact(made).chunks[1]!.digest;
  const damages: readonly ((tables: MemoryTables) => void)[] = [
    (tables) => {
      tables.chunks.delete(second);
    },
    (tables) => {
      tables.chunks.get(second)![5]! ^= 4;
    },
  ];
  for (const damage of damages) {
    const tables = emptyTables();
    const artifact = await stored(made, tables);
    damage(tables);
    assert.throws(() => artifact.array('long', 'uint8'), DamagedArtifactError);
    assert.deepEqual(artifact.array('bytes', 'uint8'), ARRAYS['bytes']);
  }
});
