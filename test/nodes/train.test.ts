import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { NewArtifact } from '../../src/artifact/artifact.ts';
import { NodeError, type Progress } from '../../src/kind/kind.ts';
import { train } from '../../src/nodes/train.ts';
import { openBackend } from '../../src/tensor/backend.ts';
import { tf } from '../../src/tensor/tf.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { bars } from '../model/tiny.ts';
import { datasetOf } from '../support/images.ts';
import { runKind, type Heard } from '../support/run-kind.ts';

before(() => openBackend('wasm'));

const TINY = {
  type: 'resnet',
  stem: { width: 3 },
  widths: [3, 4],
  strides: [1, 2],
  blocks: [1, 1],
};
/** Eight features, so that three classes fit on the sphere of the objectives that normalise. */
const WIDER = { ...TINY, widths: [4, 8], 'last-layer-deviation': 0.05 };
const data = datasetOf(bars({ examples: 90, seed: 2 }), {
  train: [0, 60],
  tune: [60, 60],
  test: [60, 90],
});
const PARAMS: JsonObject = {
  loss: { type: 'softmax' },
  model: TINY,
  epochs: 4,
  batch: 8,
};
const run = (
  params: JsonObject,
  options: { readonly heard?: Heard; readonly signal?: AbortSignal } = {},
): Promise<NewArtifact<'model'>> =>
  runKind(train, { ...PARAMS, ...params }, { data }, options);

test('train yields a model with settings, metrics by epoch and accuracy by split', async () => {
  const heard: Heard = { progress: [], log: [] };
  const model = await run({ epochs: 8 }, { heard });
  const { value } = model;
  assert.deepEqual(value.architecture, {
    ...TINY,
    stem: { width: 3, stride: 2 },
    'zero-gamma': false,
    'last-layer-deviation': 0.01,
  });
  assert.deepEqual(value.objective, { type: 'softmax', 'rate-scale': 1 });
  assert.deepEqual(value.classNames, ['class 0', 'class 1', 'class 2']);
  assert.deepEqual(value.imageShape, [9, 9, 1]);
  assert.deepEqual(
    value.epochs.map(({ epoch }) => epoch),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
  // A split without examples has no accuracy.
  assert.deepEqual(Object.keys(value.accuracy), ['train', 'test']);
  assert.ok(value.accuracy['test']! > 0.9, String(value.accuracy['test']));
  assert.equal(heard.log.length, 10);
  assert.match(heard.log[0]!, /^epoch 1: loss \d\.\d+, accuracy 0\.\d{4}$/);
  assert.match(heard.log[9]!, /^accuracy on test: [01]\.\d{4}$/);
  const { done, total, unit, metrics } = heard.progress.at(-1) as Progress;
  assert.deepEqual([done, total, unit], [8, 8, 'epoch']);
  assert.equal(metrics?.['loss'], value.epochs[7]?.loss);
});

test('the artifact has every weight with its shape, and the count of those that are trained', async () => {
  const { value, arrays } = await run({ epochs: 1 });
  assert.deepEqual(arrays['weight:stem/conv/filter']?.shape, [3, 3, 1, 3]);
  assert.deepEqual(arrays['weight:logits/weights']?.shape, [4, 3]);
  assert.deepEqual(arrays['weight:block-2/shortcut-norm/variance']?.shape, [4]);
  const trained = Object.entries(arrays).filter(
    ([name]) => !/mean$|variance$/.test(name),
  );
  assert.equal(
    trained.reduce((total, [, { data: values }]) => total + values.length, 0),
    value.parameterCount,
  );
});

test('the same seed gives the same bytes, and no clock leaves a trace', async () => {
  const first = await run({ seed: 5 });
  assert.deepEqual(await run({ seed: 5 }), first);
  const other = await run({ seed: 6 });
  assert.notDeepEqual(other.arrays, first.arrays);
});

for (const loss of [
  { type: 'label-smoothing' },
  { type: 'dropout' },
  { type: 'extra-l2' },
  { type: 'logit-penalty' },
  { type: 'logit-normalization', temperature: 0.2, 'rate-scale': 2 },
  { type: 'cosine-softmax', temperature: 0.1, 'rate-scale': 2 },
  { type: 'sigmoid' },
  { type: 'squared-error', kappa: 4, target: 10, scale: 1 },
]) {
  test(`${loss.type} trains a network`, async () => {
    const { value } = await run({ loss, model: WIDER, rate: 0.05, epochs: 20 });
    const first = value.epochs[0]!.loss;
    assert.ok(value.epochs.at(-1)!.loss < first);
    assert.ok(value.accuracy['test']! > 0.8, String(value.accuracy['test']));
  });
}

test('untrained keeps the initial weights of its seed, whatever the epochs', async () => {
  const first = await run({ loss: { type: 'untrained' }, seed: 5 });
  const second = await run({
    loss: { type: 'untrained' },
    seed: 5,
    epochs: 9,
    batch: 1000,
  });
  assert.deepEqual(second.arrays, first.arrays);
  assert.deepEqual(first.value.epochs, []);
  assert.deepEqual(Object.keys(first.value.accuracy), ['train', 'test']);
  assert.deepEqual([...first.arrays['weight:stem/norm/mean']!.data], [0, 0, 0]);
});

test('untrained weights are those that training starts from, and the seed decides them', async () => {
  const untrained = await run({ loss: { type: 'untrained' }, seed: 5 });
  // A rate that moves nothing but zeros.
  const trained = await run({ seed: 5, epochs: 1, rate: 1e-30 });
  const other = await run({ loss: { type: 'untrained' }, seed: 6 });
  const drawn = Object.keys(untrained.arrays).filter((name) =>
    /filter$|logits\/weights$/.test(name),
  );
  assert.equal(drawn.length, 7);
  for (const name of drawn) {
    assert.deepEqual(trained.arrays[name], untrained.arrays[name]);
    assert.notDeepEqual(other.arrays[name], untrained.arrays[name]);
  }
});

test('each split is scored on its own examples', async () => {
  const source = bars({ examples: 90, seed: 2 });
  // In "test" every bar has another bar's label.
  const labels = source.labels.map(
    (label, i) => (label + (i < 60 ? 0 : 1)) % 3,
  );
  const turned = datasetOf(
    { ...source, labels },
    { train: [0, 60], test: [60, 90] },
  );
  const { value } = await runKind(
    train,
    { ...PARAMS, epochs: 8 },
    { data: turned },
  );
  assert.ok(value.accuracy['train']! > 0.9, String(value.accuracy['train']));
  assert.ok(value.accuracy['test']! < 0.1, String(value.accuracy['test']));
});

test('the weight decay is the one that is asked for', async () => {
  const norm = async (decay: number): Promise<number> => {
    const { arrays } = await run({ 'weight-decay': decay, rate: 0.01 });
    return Math.hypot(...arrays['weight:block-1/conv-1/filter']!.data);
  };
  assert.ok((await norm(1)) < 0.8 * (await norm(0)));
});

test('another split can be trained on, and only what is asked for is scored', async () => {
  const { value } = await run({
    split: 'test',
    evaluate: ['train'],
    epochs: 1,
  });
  assert.deepEqual(Object.keys(value.accuracy), ['train']);
  const none = await run({ evaluate: [], epochs: 1 });
  assert.deepEqual(none.value.accuracy, {});
});

test('what does not fit is said in terms of the pipeline', async () => {
  await assert.rejects(
    run({ split: 'trian' }),
    new NodeError(
      'There is no split "trian" in input "data", which has "train", "tune", "test". Did you mean "train"?',
    ),
  );
  await assert.rejects(
    run({ evaluate: ['tune'] }),
    new NodeError('Split "tune" of input "data" has no examples.'),
  );
  await assert.rejects(
    run({ batch: 61 }),
    new NodeError(
      '"batch" is 61, but split "train" of input "data" has only 60 examples.',
    ),
  );
  await assert.rejects(
    run({ model: { ...TINY, blocks: [1] } }),
    /^NodeError: "widths", "strides" and "blocks" of a resnet must be equally long/,
  );
});

test('a loss that is not finite fails the node with its step and rate, and the epochs before are in the log', async () => {
  const heard: Heard = { progress: [], log: [] };
  const schedule = { type: 'constant' };
  const params = { rate: 1e30, 'warm-up': 1e29, schedule, epochs: 9 };
  await assert.rejects(
    run(params, { heard }),
    /^NodeError: The loss is (NaN|Infinity) at step \d+ of 63 \(learning rate \S+\)\.$/,
  );
  assert.match(heard.log[0]!, /^epoch 1: loss/);
});

test('an abort ends the node and leaves no tensor', async () => {
  const before = tf.memory().numTensors;
  await assert.rejects(
    run({}, { signal: AbortSignal.abort(new Error('interrupted')) }),
    /interrupted/,
  );
  await run({ epochs: 1 });
  assert.equal(tf.memory().numTensors, before);
});

test('a training that is stopped early is the beginning of the whole one', async () => {
  const whole = await run({ epochs: 4 });
  const part = await run({ epochs: 4, 'stop-after': 2 });
  assert.deepEqual(part.value.epochs, whole.value.epochs.slice(0, 2));
  assert.notDeepEqual(part.arrays, whole.arrays);
  const same = await run({ epochs: 4, 'stop-after': 4 });
  assert.deepEqual(same.arrays, whole.arrays);
  await assert.rejects(run({ epochs: 4, 'stop-after': 5 }), {
    name: 'NodeError',
    message: '"stop-after" is 5, and there are only 4 "epochs".',
  });
});
