import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { NewArtifact } from '../../src/artifact/artifact.ts';
import { savedMetadata } from '../../src/artifact/array-files/saved-artifact.ts';
import { encodeSafetensors } from '../../src/artifact/safetensors.ts';
import { NodeError } from '../../src/kind/kind.ts';
import { features } from '../../src/nodes/features.ts';
import { ndArray } from '../../src/tensor/nd-array.ts';
import type { JsonObject } from '../../src/util/json.ts';
import {
  float32Bytes,
  float64Bytes,
  int64Bytes,
  npyBytes,
  zipBytes,
} from '../support/array-bytes.ts';
import { runKind, type Heard } from '../support/run-kind.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Ten examples: `pool` has two features, `conv` is [2, 2] for each. */
const POOL = Array.from({ length: 20 }, (_, i) => i / 4);
const CONV = Array.from({ length: 40 }, (_, i) => 100 + i);
const LABELS = [0, 1, 2, 0, 1, 2, 0, 1, 2, 1];
const SPLIT = [2, 0, 0, 1, 0, 2, 0, 1, 0, 0];

const matrix = (values: readonly number[], width: number): Uint8Array =>
  npyBytes({
    descriptor: '<f4',
    shape: [values.length / width, width],
    data: float32Bytes(values),
  });
const vector = (values: readonly number[]): Uint8Array =>
  npyBytes({
    descriptor: '<i8',
    shape: [values.length],
    data: int64Bytes(values),
  });
const conv = npyBytes({
  descriptor: '<f8',
  shape: [10, 2, 2],
  data: float64Bytes(CONV),
});
const MEMBERS = {
  'conv.npy': conv,
  'pool.npy': matrix(POOL, 2),
  'labels.npy': vector(LABELS),
};

/** Writes files and runs the kind on them; paths in `params` are `FOLDER/name`. */
async function run(
  context: TestContext,
  files: Readonly<Record<string, Uint8Array>>,
  params: JsonObject,
  heard?: Heard,
): Promise<{
  readonly value: NewArtifact<'features'>['value'];
  readonly labels: number[];
  readonly layers: Record<string, { shape: readonly number[]; data: number[] }>;
}> {
  const folder = temporaryFolder(context);
  for (const [name, bytes] of Object.entries(files)) {
    writeFileSync(join(folder, name), bytes);
  }
  const placed = JSON.parse(
    JSON.stringify(params).replaceAll('FOLDER', folder),
  ) as JsonObject;
  const made = await runKind(
    features,
    placed,
    {},
    heard === undefined ? {} : { heard },
  );
  const layers: Awaited<ReturnType<typeof run>>['layers'] = {};
  try {
    for (const [name, stream] of Object.entries(made.streams ?? {})) {
      const data: number[] = [];
      for await (const piece of stream.pieces()) data.push(...piece);
      layers[name] = { shape: stream.shape, data };
    }
  } finally {
    made.close?.();
  }
  return {
    value: made.value,
    labels: [...made.arrays['labels']!.data],
    layers,
  };
}
const archive = (
  context: TestContext,
  members: Readonly<Record<string, Uint8Array>>,
  params: JsonObject = {},
) =>
  run(
    context,
    { 'a.npz': zipBytes(members) },
    { source: { type: 'archive', file: 'FOLDER/a.npz' }, ...params },
  );
const refused = (
  attempt: Promise<unknown>,
  message: string | RegExp,
): Promise<void> =>
  assert.rejects(attempt, (error: unknown) => {
    assert.ok(error instanceof NodeError, String(error));
    const shown = error.message.replaceAll(/"[^"]*\/([\w.]+)"/g, '"$1"');
    if (typeof message === 'string') assert.equal(shown, message);
    else assert.match(shown, message);
    return true;
  });

test('an archive has a layer for every array that is neither labels nor splits, further axes flattened', async (context) => {
  const { value, labels, layers } = await archive(context, MEMBERS);
  assert.deepEqual(value, {
    layers: [
      { name: 'conv', width: 4, pooling: 'none' },
      { name: 'pool', width: 2, pooling: 'none' },
    ],
    classNames: ['0', '1', '2'],
    splits: { all: { start: 0, end: 10 } },
  });
  assert.deepEqual(labels, LABELS);
  assert.deepEqual(layers, {
    'layer:conv': { shape: [10, 4], data: CONV },
    'layer:pool': { shape: [10, 2], data: POOL },
  });
});

test('an array of splits sorts the rows by split, in their order within each', async (context) => {
  const order = [1, 2, 4, 6, 8, 9, 3, 7, 0, 5];
  const { value, labels, layers } = await archive(context, {
    ...MEMBERS,
    'split.npy': vector(SPLIT),
  });
  assert.deepEqual(value.splits, {
    train: { start: 0, end: 6 },
    tune: { start: 6, end: 8 },
    test: { start: 8, end: 10 },
  });
  assert.deepEqual(
    labels,
    order.map((row) => LABELS[row]),
  );
  assert.deepEqual(
    layers['layer:pool']?.data,
    order.flatMap((row) => POOL.slice(2 * row, 2 * row + 2)),
  );
  assert.deepEqual(
    layers['layer:conv']?.data,
    order.flatMap((row) => CONV.slice(4 * row, 4 * row + 4)),
  );
});

test('splits may be counted, named by texts, or have names of their own', async (context) => {
  const counted = await archive(context, MEMBERS, {
    splits: [
      { name: 'test', examples: 3 },
      { name: 'train', examples: 7 },
    ],
  });
  assert.deepEqual(counted.value.splits, {
    test: { start: 0, end: 3 },
    train: { start: 3, end: 10 },
  });
  const texts = npyBytes({
    descriptor: '|S5',
    shape: [10],
    data: Buffer.from(
      SPLIT.map((code) => ['old', 'train', 'test'][code]!.padEnd(5, '\0')).join(
        '',
      ),
    ),
  });
  const named = await archive(
    context,
    { ...MEMBERS, 'part.npy': texts },
    { split: 'part' },
  );
  assert.deepEqual(named.value.splits, {
    train: { start: 0, end: 2 },
    test: { start: 2, end: 4 },
    old: { start: 4, end: 10 },
  });
  const own = await archive(
    context,
    { ...MEMBERS, 'split.npy': vector(SPLIT) },
    { 'split-names': ['seen', 'held-out', 'new'] },
  );
  assert.deepEqual(Object.keys(own.value.splits), ['seen', 'held-out', 'new']);
});

test('a file for each split is one layer after the other, with the same classes', async (context) => {
  const part = (from: number, to: number) => ({
    'pool.npy': matrix(POOL.slice(2 * from, 2 * to), 2),
    'labels.npy': vector(LABELS.slice(from, to)),
  });
  const files = {
    'x.npz': zipBytes(part(0, 6)),
    'y.npz': zipBytes(part(6, 10)),
  };
  const source = { train: 'FOLDER/x.npz', test: 'FOLDER/y.npz' };
  const { value, labels, layers } = await run(context, files, {
    source: { type: 'archives', files: source },
  });
  assert.deepEqual(value.splits, {
    test: { start: 0, end: 4 },
    train: { start: 4, end: 10 },
  });
  assert.deepEqual(labels, [...LABELS.slice(6), ...LABELS.slice(0, 6)]);
  assert.deepEqual(layers['layer:pool']?.data, [
    ...POOL.slice(12),
    ...POOL.slice(0, 12),
  ]);
  await refused(
    run(context, files, {
      source: { type: 'archives', files: source },
      splits: [{ name: 'train', examples: 10 }],
    }),
    '"splits" says which rows are which split, but "source" has a file for each split already.',
  );
});

test('.npy files are taken by the names that they are given', async (context) => {
  const files = {
    'p.npy': MEMBERS['pool.npy'],
    'l.npy': MEMBERS['labels.npy'],
  };
  const source = { pool: 'FOLDER/p.npy', labels: 'FOLDER/l.npy' };
  const one = await run(context, files, {
    source: { type: 'arrays', files: source },
  });
  assert.deepEqual(one.layers['layer:pool']?.data, POOL);
  const two = await run(context, files, {
    source: { type: 'split-arrays', files: { a: source, b: source } },
  });
  assert.deepEqual(two.value.splits, {
    a: { start: 0, end: 10 },
    b: { start: 10, end: 20 },
  });
  assert.deepEqual(two.layers['layer:pool']?.data, [...POOL, ...POOL]);
  await refused(
    run(context, files, { source: { type: 'archive', file: 'FOLDER/p.npy' } }),
    '"p.npy" is a .npy file, which holds one array: give such files by the source "arrays" or "split-arrays".',
  );
  await refused(
    run(
      context,
      { 'a.npz': zipBytes(MEMBERS) },
      { source: { type: 'arrays', files: { pool: 'FOLDER/a.npz' } } },
    ),
    '"a.npz" is not a .npy file: give it by the source "archive" or "archives".',
  );
});

test('classes are the numbers, or texts sorted, or in the order that is asked for', async (context) => {
  const words = ['cat', 'ant', 'dog'];
  const texts = npyBytes({
    descriptor: '|S3',
    shape: [10],
    data: Buffer.from(LABELS.map((label) => words[label]!).join('')),
  });
  const members = { ...MEMBERS, 'labels.npy': texts };
  const sorted = await archive(context, members);
  assert.deepEqual(sorted.value.classNames, ['ant', 'cat', 'dog']);
  assert.deepEqual(
    sorted.labels,
    LABELS.map((label) => [1, 0, 2][label]),
  );
  const asked = await archive(context, members, {
    'class-names': [...words, 'elk'],
  });
  assert.deepEqual(asked.value.classNames, [...words, 'elk']);
  assert.deepEqual(asked.labels, LABELS);
  const named = await archive(context, MEMBERS, { 'class-names': words });
  assert.deepEqual(named.value.classNames, words);
  await refused(
    archive(context, members, { 'class-names': ['cats', 'ant', 'dog'] }),
    '"a.npz": array "labels" is "cat" at example 0, which is none of "class-names". Did you mean "cats"?',
  );
  await refused(
    archive(context, MEMBERS, { 'class-names': ['a', 'b'] }),
    'Labels go up to 2, but there are 2 class names, for 0 to 1.',
  );
});

test('a file that this program wrote brings its splits, classes and layers along', async (context) => {
  const value = {
    layers: [
      { name: 'stem', width: 4, pooling: 'average' },
      { name: 'pool', width: 2, pooling: 'none' },
    ],
    classNames: ['a', 'b', 'c', 'never'],
    splits: { train: { start: 0, end: 7 }, test: { start: 7, end: 10 } },
  } as const;
  const arrays = {
    'layer:pool': ndArray('float32', [10, 2], Float32Array.from(POOL)),
    'layer:stem': ndArray('float32', [10, 4], Float32Array.from(CONV)),
    labels: ndArray('int32', [10], Int32Array.from(LABELS)),
  };
  const read = (metadata: Readonly<Record<string, string>>, params = {}) =>
    run(
      context,
      { 'o.safetensors': encodeSafetensors(arrays, metadata) },
      { source: { type: 'archive', file: 'FOLDER/o.safetensors' }, ...params },
    );
  const back = await read(savedMetadata('features', value));
  assert.deepEqual(back.value, value);
  assert.deepEqual(back.layers['layer:stem']?.data, CONV);
  const some = await read(savedMetadata('features', value), {
    layers: ['pool'],
    splits: [{ name: 'mine', examples: 10 }],
  });
  assert.deepEqual(Object.keys(some.layers), ['layer:pool']);
  assert.deepEqual(some.value.splits, { mine: { start: 0, end: 10 } });
  const bare = await read({});
  assert.deepEqual(
    bare.value.layers.map(({ name }) => name),
    ['pool', 'stem'],
  );
  for (const splits of [
    { train: { start: 0, end: 11 } },
    { train: { start: 0, end: 7 }, test: { start: 6, end: 10 } },
    { train: { start: 0.5, end: 10 } },
  ]) {
    await refused(
      read(savedMetadata('features', { ...value, splits })),
      /^What "o\.safetensors" says of its splits, classes and layers does not fit its arrays\./,
    );
  }
});

test('what does not fit together is said with file, array and shape', async (context) => {
  const wrong = (
    members: Readonly<Record<string, Uint8Array>>,
    message: string | RegExp,
    params: JsonObject = {},
  ) => refused(archive(context, { ...MEMBERS, ...members }, params), message);
  await wrong(
    { 'pool.npy': matrix(POOL.slice(2), 2) },
    '"a.npz": array "pool" is [9, 2] of float32, but there are 10 labels: a layer must have a row for each.',
  );
  await wrong(
    { 'mean.npy': vector(LABELS) },
    '"a.npz": array "mean" is [10] of int64; a layer must be [examples, features]. Arrays that are no layers are left out by "layers".',
  );
  await wrong(
    { 'labels.npy': matrix(POOL, 2) },
    '"a.npz": array "labels" is [10, 2] of float32; labels must be [examples].',
  );
  await wrong(
    { 'labels.npy': vector([0, 1, -1, ...LABELS.slice(3)]) },
    '"a.npz": array "labels", [10] of int64, is -1 at example 2: labels must be whole numbers from 0, below 1000000.',
  );
  await wrong(
    {},
    '"labels": there is no array "label" in "a.npz", which has "conv", "pool", "labels". Did you mean "labels"?',
    { labels: 'label' },
  );
  await wrong(
    {},
    '"layers": there is no array "pol" in "a.npz", which has "conv", "pool", "labels". Did you mean "pool"?',
    { layers: ['pol'] },
  );
  await wrong({}, /^"split": there is no array "part" in "a\.npz"/, {
    split: 'part',
  });
  await wrong(
    { 'split.npy': vector([0, 1, 3, ...SPLIT.slice(3)]) },
    '"a.npz": array "split" is 3 at example 2, but "split-names" has 3 names, for 0 to 2.',
  );
  await wrong(
    {},
    '"splits" has 9 examples in all, but the files have 10 rows.',
    { splits: [{ name: 'train', examples: 9 }] },
  );
  await refused(
    archive(context, { 'labels.npy': vector(LABELS) }),
    'There are no layers in "a.npz", which has "labels".',
  );
  await refused(
    run(context, {}, { source: { type: 'archive', file: 'FOLDER/none.npz' } }),
    '"none.npz" could not be read: there is no such file.',
  );
});

test('a number that is not finite, or too large for float32, is named by its place', async (context) => {
  const broken = [...CONV];
  broken[4 * 6 + 3] = NaN;
  const member = (values: readonly number[]) => ({
    ...MEMBERS,
    'conv.npy': npyBytes({
      descriptor: '<f8',
      shape: [10, 2, 2],
      data: float64Bytes(values),
    }),
  });
  await refused(
    archive(context, { ...member(broken), 'split.npy': vector(SPLIT) }),
    '"a.npz": array "conv", [10, 2, 2] of float64, is NaN at example 6, feature 3.',
  );
  broken[4 * 6 + 3] = 1e39;
  await refused(
    archive(context, member(broken)),
    /is 1e\+39 at example 6, feature 3, which is beyond float32\.$/,
  );
});

test('progress counts the rows of all layers', async (context) => {
  const heard: Heard = { progress: [], log: [] };
  await run(
    context,
    { 'a.npz': zipBytes(MEMBERS) },
    { source: { type: 'archive', file: 'FOLDER/a.npz' } },
    heard,
  );
  assert.deepEqual(
    heard.progress.map(({ done, total }) => [done, total]),
    [
      [10, 20],
      [20, 20],
    ],
  );
  assert.deepEqual(heard.log, ['10 examples of split "all"']);
});
