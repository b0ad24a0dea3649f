import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Artifact, NewArtifact } from '../../src/artifact/artifact.ts';
import { NodeError } from '../../src/kind/kind.ts';
import { extract } from '../../src/nodes/extract.ts';
import { sparsity } from '../../src/nodes/sparsity.ts';
import { spectrum } from '../../src/nodes/spectrum.ts';
import { train } from '../../src/nodes/train.ts';
import { openBackend } from '../../src/tensor/backend.ts';
import { Rng } from '../../src/tensor/rng.ts';
import { tf } from '../../src/tensor/tf.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { bars } from '../model/tiny.ts';
import { assertClose, assertFar } from '../support/assert-close.ts';
import { clusters, featuresOf, matrix, rowsOf } from '../support/features.ts';
import { datasetOf } from '../support/images.ts';
import {
  centredRows,
  singularValuesLoops,
} from '../support/reference/spectrum.ts';
import { asInput, runKind, type Heard } from '../support/run-kind.ts';
import { APART, FLOAT64 } from '../support/tolerances.ts';

const labels = Array.from({ length: 30 }, (_, i) => i % 3);
const pool = clusters(Rng.of(1, 'spectrum'), {
  labels,
  width: 5,
  apart: 2,
  offset: 3,
});
const features = featuresOf({
  layers: { pool },
  labels,
  splits: { train: [0, 20], test: [20, 30] },
  classes: 3,
});
const source = bars({ examples: 30, seed: 4 });
const data = datasetOf(source, {
  train: [0, 20],
  tune: [20, 25],
  test: [25, 30],
});
let made: NewArtifact<'model'>;
let model: Artifact<'model'>;
before(async () => {
  await openBackend('wasm');
  made = await runKind(
    train,
    {
      ...{ loss: { type: 'softmax' }, epochs: 1, batch: 8 },
      model: {
        type: 'resnet',
        stem: { width: 3, stride: 2 },
        widths: [3, 4],
        strides: [1, 2],
        blocks: [1, 1],
      },
    },
    { data },
  );
  model = asInput(made);
});
const measure = (input: unknown, params: JsonObject = {}, heard?: Heard) =>
  runKind(
    spectrum,
    params,
    { matrix: input },
    heard === undefined ? {} : { heard },
  );

test('spectrum measures the centred training split of the pool by default', async () => {
  const rows = rowsOf(pool).slice(0, 20);
  const { value, arrays } = await measure(features);
  const expected = singularValuesLoops(centredRows(rows));
  assertClose(arrays['singularValues']!.data, expected, FLOAT64);
  const squares = expected.reduce((sum, one) => sum + one * one, 0);
  assertClose(
    [value['stableRank'], value['leadingShare']].map(Number),
    [
      squares / expected[0]! ** 2,
      expected.slice(0, 3).reduce((sum, one) => sum + one * one, 0) / squares,
    ],
    FLOAT64,
  );
  assert.deepEqual(
    [
      value['of'],
      value['layer'],
      value['split'],
      value['centered'],
      value['rows'],
      value['columns'],
      value['leading'],
    ],
    ['features', 'pool', 'train', true, 20, 5, 3],
  );
  const raw = await measure(features, { center: false, split: 'test' });
  assertClose(
    raw.arrays['singularValues']!.data,
    singularValuesLoops(rowsOf(pool).slice(20)),
    FLOAT64,
  );
});

test('of a model the last layer is measured, a row a class, centred over classes', async () => {
  const weights = made.arrays['weight:logits/weights']!;
  assert.deepEqual(weights.shape, [4, 3]);
  const rows = [0, 1, 2].map((k) =>
    [0, 1, 2, 3].map((j) => weights.data[3 * j + k]!),
  );
  const { value, arrays } = await measure(model);
  const expected = singularValuesLoops(centredRows(rows));
  assertClose(arrays['singularValues']!.data, expected, 1e-7);
  // The nearest mistake: centred over features.
  const other = [0, 1, 2, 3].map((j) => rows.map((row) => row[j]!));
  assertFar(singularValuesLoops(centredRows(other)), expected, APART);
  assert.deepEqual(
    [value['of'], value['layer'], value['rows'], value['columns']],
    ['last-layer', null, 3, 4],
  );
  await assert.rejects(
    measure(model, { layer: 'pool' }),
    new NodeError(
      '"layer" and "split" are of features, but input "matrix" is a model: its last layer is what is measured.',
    ),
  );
});

test('equal examples have no directions once they are centred, and the log says so', async () => {
  const equal = featuresOf({
    layers: { pool: matrix(labels.map(() => [1, 2])) },
    labels,
    splits: { train: [0, 30] },
    classes: 3,
  });
  const heard: Heard = { progress: [], log: [] };
  const { value } = await measure(equal, {}, heard);
  assert.equal(value['rank'], 0);
  assert.equal(value['effectiveRank'], null);
  assert.equal(value['outcome'], 'no-directions');
  assert.deepEqual(heard.log, [
    'All 30 rows are equal: there are no directions.',
  ]);
});

test('sparsity counts every activation of every layer behind a ReLU', async () => {
  const tensors = tf.memory().numTensors;
  const { value } = await runKind(sparsity, { batch: 2 }, { model, data });
  assert.equal(tf.memory().numTensors, tensors);
  const whole = await runKind(
    extract,
    {
      layers: ['stem', 'block-1', 'block-2', 'pool'],
      splits: ['test'],
      pooling: 'none',
    },
    { model, data },
  );
  const share = (values: ArrayLike<number>): number => {
    const list = Array.from(values);
    return list.filter((one) => one !== 0).length / list.length;
  };
  const expected = Object.fromEntries(
    ['stem', 'block-1', 'block-2', 'pool'].map((layer) => [
      layer,
      share(whole.arrays[`layer:${layer}`]!.data),
    ]),
  );
  assert.deepEqual(value['layers'], expected);
  assert.deepEqual(value['activations'], {
    ...{ stem: 75, 'block-1': 75, 'block-2': 36, pool: 4 },
  });
  // The nearest mistake: the share of channels that are not zero on average.
  const averaged = await runKind(
    extract,
    { layers: ['stem'], splits: ['test'] },
    { model, data },
  );
  assertFar(
    [share(averaged.arrays['layer:stem']!.data)],
    [expected['stem']!],
    APART,
  );
});

test('sparsity takes other layers, in the order of depth, and names an unknown one', async () => {
  const { value } = await runKind(
    sparsity,
    { layers: ['logits', 'stem'], split: 'train' },
    { model, data },
  );
  assert.deepEqual(Object.keys(value['layers'] as JsonObject), [
    'stem',
    'logits',
  ]);
  assert.equal((value['layers'] as JsonObject)['logits'], 1);
  assert.equal(value['examples'], 20);
  await assert.rejects(
    runKind(sparsity, { layers: ['block1'] }, { model, data }),
    /^NodeError: There is no layer "block1" in input "model".* Did you mean "block-1"\?$/,
  );
});

test('a broken network is refused by both', async () => {
  const { shape, data: weights } = made.arrays['weight:logits/weights']!;
  const broken = Float32Array.from(weights);
  broken[2] = NaN;
  const bad = asInput({
    ...made,
    arrays: {
      ...made.arrays,
      'weight:logits/weights': { dtype: 'float32', shape, data: broken },
    },
  });
  await assert.rejects(
    measure(bad),
    /^NodeError: Weights of the last layer of input "matrix" are NaN for class 2: the network is broken\.$/,
  );
  await assert.rejects(
    runKind(sparsity, { layers: ['logits'] }, { model: bad, data }),
    /^NodeError: Layer "logits" of input "model" is NaN for some images: the network is broken\.$/,
  );
});
