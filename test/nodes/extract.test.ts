import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Artifact, NewArtifact } from '../../src/artifact/artifact.ts';
import { NodeError } from '../../src/kind/kind.ts';
import { extract } from '../../src/nodes/extract.ts';
import { train } from '../../src/nodes/train.ts';
import { openBackend } from '../../src/tensor/backend.ts';
import { ndArray } from '../../src/tensor/nd-array.ts';
import { tf } from '../../src/tensor/tf.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { logitLoops } from '../support/reference/objectives.ts';
import { resnetLoops } from '../support/reference/resnet.ts';
import { bars, mapsOf } from '../model/tiny.ts';
import { datasetOf } from '../support/images.ts';
import { asInput, runKind, type Heard } from '../support/run-kind.ts';

const SHAPE = {
  stem: { width: 3, stride: 2 },
  widths: [3, 4],
  strides: [1, 2],
  blocks: [1, 1],
};
const source = bars({ examples: 40, seed: 2 });
const data = datasetOf(source, {
  train: [0, 24],
  tune: [24, 31],
  test: [31, 40],
});

let made: NewArtifact<'model'>;
let model: Artifact<'model'>;
before(async () => {
  await openBackend('wasm');
  made = await runKind(
    train,
    {
      loss: { type: 'sigmoid' },
      model: { type: 'resnet', ...SHAPE },
      epochs: 1,
      batch: 8,
    },
    { data },
  );
  model = asInput(made);
});
const run = (
  params: JsonObject,
  inputs: JsonObject | Record<string, unknown> = {},
  heard?: Heard,
): Promise<NewArtifact<'features'>> =>
  runKind(
    extract,
    params,
    { model, data, ...inputs },
    heard === undefined ? {} : { heard },
  );
const layer = (features: NewArtifact<'features'>, name: string): number[] => [
  ...features.arrays[`layer:${name}`]!.data,
];

test('extract gives the pool of all splits by default, with labels', async () => {
  const features = await run({});
  assert.deepEqual(features.value, {
    layers: [{ name: 'pool', width: 4, pooling: 'none' }],
    classNames: ['class 0', 'class 1', 'class 2'],
    splits: {
      train: { start: 0, end: 24 },
      tune: { start: 24, end: 31 },
      test: { start: 31, end: 40 },
    },
  });
  assert.deepEqual(features.arrays['layer:pool']?.shape, [40, 4]);
  assert.deepEqual(features.arrays['labels']?.data, source.labels);
});

test('every layer is what float64 loops make of the model and its images', async () => {
  const all = ['outputs', 'logits', 'pool', 'block-2', 'block-1', 'stem'];
  const features = await run({ layers: all, pooling: 'none' });
  assert.deepEqual(
    features.value.layers.map(({ name, width }) => [name, width]),
    [
      ['stem', 75],
      ['block-1', 75],
      ['block-2', 36],
      ['pool', 4],
      ['logits', 3],
      ['outputs', 3],
    ],
  );
  const weights = Object.fromEntries(
    Object.entries(made.arrays).map(([name, array]) => [
      name.slice('weight:'.length),
      [...array.data],
    ]),
  );
  const seen = Array.from(source.images, (value) => (value / 255 - 0.2) / 0.25);
  const { maps, pool } = resnetLoops(
    SHAPE,
    weights,
    mapsOf(seen, [40, 9, 9, 1]),
    false,
  );
  const flat = weights['logits/weights']!;
  const logits = logitLoops({
    x: pool,
    W: [0, 3, 6, 9].map((at) => flat.slice(at, at + 3)),
    b: weights['logits/bias']!,
    labels: [],
  }).flat();
  const expected: Record<string, number[]> = {
    stem: maps['stem']!.flat(3),
    'block-1': maps['block-1']!.flat(3),
    'block-2': maps['block-2']!.flat(3),
    pool: pool.flat(),
    logits,
    outputs: logits.map((logit) => logit - Math.log(3)),
  };
  for (const [name, values] of Object.entries(expected)) {
    const actual = layer(features, name);
    assert.equal(actual.length, values.length);
    const largest = Math.max(...values.map(Math.abs));
    values.forEach((value, i) => {
      assert.ok(Math.abs(actual[i]! - value) < 1e-5 * largest, name);
    });
  }
});

test('spatial layers are averaged by default, and say so', async () => {
  const averaged = await run({ layers: ['pool', 'stem'] });
  assert.deepEqual(averaged.value.layers, [
    { name: 'stem', width: 3, pooling: 'average' },
    { name: 'pool', width: 4, pooling: 'none' },
  ]);
  const maps = layer(await run({ layers: ['stem'], pooling: 'none' }), 'stem');
  const mean = (example: number, channel: number): number => {
    let sum = 0;
    for (let place = 0; place < 25; place++)
      sum += maps[(example * 25 + place) * 3 + channel]!;
    return sum / 25;
  };
  layer(averaged, 'stem').forEach((value, i) => {
    assert.ok(Math.abs(value - mean(Math.floor(i / 3), i % 3)) < 1e-5);
  });
});

test('splits and a limit choose examples, in the order of the data', async () => {
  const everything = await run({});
  const some = await run({ splits: ['test', 'train'], limit: 8 });
  assert.deepEqual(some.value.splits, {
    train: { start: 0, end: 8 },
    test: { start: 8, end: 16 },
  });
  const whole = layer(everything, 'pool');
  assert.deepEqual(layer(some, 'pool'), [
    ...whole.slice(0, 8 * 4),
    ...whole.slice(31 * 4, 39 * 4),
  ]);
  assert.deepEqual(
    [...some.arrays['labels']!.data],
    [...source.labels.subarray(0, 8), ...source.labels.subarray(31, 39)],
  );
  const more = await run({ splits: ['tune'], limit: 100 });
  assert.deepEqual(more.value.splits, { tune: { start: 0, end: 7 } });
});

test('the batch changes no number, and progress counts images', async () => {
  const heard: Heard = { progress: [], log: [] };
  const small = await run(
    { batch: 7, layers: ['stem', 'pool', 'logits'] },
    {},
    heard,
  );
  const large = await run({ batch: 250, layers: ['stem', 'pool', 'logits'] });
  assert.deepEqual(small, large);
  assert.deepEqual(
    heard.progress.map(({ done, total, unit }) => [done, total, unit]),
    [7, 14, 21, 28, 35, 40].map((done) => [done, 40, 'image']),
  );
});

test('the data are normalised as they say, not as the training data were', async () => {
  const shifted = datasetOf(
    { ...source, normalization: { mean: [0.5], deviation: [0.25] } },
    { train: [0, 24] },
  );
  const features = await run({ splits: ['train'] }, { data: shifted });
  assert.notDeepEqual(
    layer(features, 'pool'),
    layer(await run({ splits: ['train'] }), 'pool'),
  );
});

test('an unknown layer or split is named with the nearest one', async () => {
  await assert.rejects(
    run({ layers: ['pool', 'blok-1'] }),
    new NodeError(
      'There is no layer "blok-1" in input "model", which has "stem", "block-1", "block-2", "pool", "logits", "outputs". Did you mean "block-1"?',
    ),
  );
  await assert.rejects(
    run({ splits: ['tests'] }),
    new NodeError(
      'There is no split "tests" in input "data", which has "train", "tune", "test". Did you mean "test"?',
    ),
  );
});

test('images of another shape are refused with both shapes', async () => {
  const other = datasetOf(bars({ examples: 4, seed: 1, size: 8 }), {
    train: [0, 4],
  });
  await assert.rejects(
    run({}, { data: other }),
    new NodeError(
      'Input "model" was trained on images of [9, 9, 1] (rows, columns, channels), but those of input "data" are [8, 8, 1].',
    ),
  );
});

test('a model that this version does not understand is refused', async () => {
  const changed = (value: object, arrays: object = {}): Artifact<'model'> =>
    asInput({
      ...made,
      value: { ...made.value, ...value },
      arrays: { ...made.arrays, ...arrays },
    });
  await assert.rejects(
    run({}, { model: changed({ architecture: { type: 'vit' } }) }),
    new NodeError(
      'The architecture of input "model" is not one that this version knows: {"type":"vit"}.',
    ),
  );
  await assert.rejects(
    run(
      {},
      {
        model: changed({
          architecture: { ...made.value.architecture, widths: [1e9] },
        }),
      },
    ),
    /^NodeError: The architecture of input "model"/,
  );
  await assert.rejects(
    run({}, { model: changed({ objective: { type: 'toString' } }) }),
    /^NodeError: The objective of input "model"/,
  );
  await assert.rejects(
    run(
      {},
      {
        model: changed(
          {},
          {
            'weight:stem/conv/filter': ndArray(
              'float32',
              [2],
              new Float32Array(2),
            ),
          },
        ),
      },
    ),
    new NodeError(
      'Weight "stem/conv/filter" of input "model" is [2], but its architecture asks for [3, 3, 1, 3].',
    ),
  );
  const { 'weight:logits/bias': bias, ...others } = made.arrays;
  assert.ok(bias);
  await assert.rejects(
    run({}, { model: asInput({ ...made, arrays: others }) }),
    new NodeError(
      'Input "model" has no weight "logits/bias", which its architecture asks for.',
    ),
  );
});

test('an abort ends the node and leaves no tensor', async () => {
  const before = tf.memory().numTensors;
  await assert.rejects(
    runKind(
      extract,
      {},
      { model, data },
      { signal: AbortSignal.abort(new Error('interrupted')) },
    ),
    /interrupted/,
  );
  await run({ layers: ['stem', 'outputs'] });
  assert.equal(tf.memory().numTensors, before);
});
