import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Artifact, NewArtifact } from '../../src/artifact/artifact.ts';
import { NodeError } from '../../src/kind/kind.ts';
import { finetune } from '../../src/nodes/finetune.ts';
import { train } from '../../src/nodes/train.ts';
import { examplesOf } from '../../src/model/batches.ts';
import { buildNetwork } from '../../src/model/build-network.ts';
import { headSpecs } from '../../src/model/network.ts';
import { runTraining } from '../../src/model/run-training.ts';
import { drawWeights } from '../../src/model/weights.ts';
import { readImages } from '../../src/nodes/images.ts';
import { restoreModel } from '../../src/nodes/model-artifact.ts';
import { bindObjective } from '../../src/ops/loss/bind-objective.ts';
import { openBackend } from '../../src/tensor/backend.ts';
import { tf } from '../../src/tensor/tf.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { bars } from '../model/tiny.ts';
import { datasetOf } from '../support/images.ts';
import { asInput, runKind, type Heard } from '../support/run-kind.ts';

const source = bars({ examples: 60, seed: 2 });
const data = datasetOf(source, { train: [0, 60] });

/** The same bars in two classes: the middle one, and the others. */
const newTask = (() => {
  const images = bars({ examples: 130, seed: 7 });
  const labels = images.labels.map((label) => (label === 1 ? 1 : 0));
  return datasetOf(
    { ...images, labels, classes: 2 },
    {
      train: [0, 64],
      tune: [64, 84],
      test: [84, 130],
    },
  );
})();

let model: Artifact<'model'>;
before(async () => {
  await openBackend('wasm');
  model = asInput(
    await runKind(
      train,
      {
        loss: { type: 'cosine-softmax', temperature: 0.1 },
        model: {
          type: 'resnet',
          stem: { width: 3 },
          widths: [3, 4],
          strides: [1, 2],
          blocks: [1, 1],
        },
        epochs: 4,
        batch: 8,
      },
      { data },
    ),
  );
});
const run = (
  params: JsonObject,
  inputs: Record<string, unknown> = {},
  heard?: Heard,
): Promise<NewArtifact<'score'>> =>
  runKind(
    finetune,
    { batch: 16, epochs: 6, ...params },
    { model, data: newTask, ...inputs },
    heard === undefined ? {} : { heard },
  );

test('finetune chooses on tune, refits on both and scores on test', async () => {
  const heard: Heard = { progress: [], log: [] };
  const { value } = await run(
    { rates: [1e-6, 0.1], 'weight-decays': [0, 1e-4] },
    {},
    heard,
  );
  const grid = value['grid'] as JsonObject[];
  assert.deepEqual(
    grid.map(({ rate, weightDecay }) => [rate, weightDecay]),
    [
      [1e-6, 0],
      [1e-6, 1e-4],
      [0.1, 0],
      [0.1, 1e-4],
    ],
  );
  assert.equal(value['rate'], 0.1);
  assert.equal(value['rateAtEdge'], true);
  const best = Math.max(...grid.map((point) => Number(point['tuneAccuracy'])));
  assert.equal(value['tuneAccuracy'], best);
  assert.ok(Number(grid[0]?.['tuneAccuracy']) < best);
  assert.ok(Number(value['accuracy']) > 0.85);
  assert.equal(value['classes'], 2);
  assert.deepEqual(value['examples'], { fit: 64, tune: 20, test: 46 });
  const { done, total, unit } = heard.progress.at(-1)!;
  assert.deepEqual([done, total, unit], [30, 30, 'epoch']);
  assert.deepEqual(
    heard.progress.map((one) => one.done),
    [...heard.progress.map((one) => one.done)].sort((a, b) => a - b),
  );
  assert.match(
    heard.log[0]!,
    /^rate 0\.000001, weight decay 0: accuracy 0\.\d{4} on tune$/,
  );
  assert.ok(
    heard.log.some((line) =>
      line.startsWith('The chosen rate 0.1 is at the edge'),
    ),
  );
});

test('a point is a training by half a cosine, without warm-up, from a new small last layer', async () => {
  const heard: Heard = { progress: [], log: [] };
  await run(
    { rates: [0.1], 'weight-decays': [0.05], epochs: 4, seed: 3 },
    {},
    heard,
  );
  const { layers } = await openBackend('wasm');
  const restored = await restoreModel(model);
  const network = buildNetwork(restored.architecture, {
    channels: 1,
    classes: 2,
  });
  const losses: (number | undefined)[] = [];
  await runTraining(
    {
      network,
      objective: bindObjective({ type: 'softmax', 'rate-scale': 1 }),
      source: readImages(newTask),
      examples: examplesOf({ start: 0, end: 64 }),
      seed: 3,
      purpose: 'finetune',
      epochs: 4,
      batch: 16,
      rate: 0.1,
      warmUp: 0,
      schedule: { type: 'cosine' },
      momentum: 0.9,
      weightDecay: 0.05,
      augmentation: { shift: 1, flip: false },
    },
    {
      ...restored.weights,
      ...drawWeights(headSpecs(4, 2, 0.01), 3, 'finetune'),
    },
    {
      layers,
      signal: new AbortController().signal,
      progress: ({ metrics }) => losses.push(metrics?.loss),
    },
  );
  assert.equal(losses.length, 16);
  assert.deepEqual(
    heard.progress.slice(0, 16).map(({ metrics }) => metrics?.['loss']),
    losses,
  );
});

test('of equally good points the first in the order of the grid is chosen', async () => {
  // Rates that move nothing: all points have the accuracy of the start.
  const { value } = await run({
    rates: [1e-9, 1e-10, 1e-11],
    'weight-decays': [1e-4, 0, 1e-3],
    epochs: 1,
  });
  const grid = value['grid'] as JsonObject[];
  assert.equal(new Set(grid.map((point) => point['tuneAccuracy'])).size, 1);
  assert.equal(value['rate'], 1e-9);
  assert.equal(value['weightDecay'], 1e-4);
  assert.equal(value['rateAtEdge'], true);
  assert.equal(value['weightDecayAtEdge'], false);
});

test('the test split is not looked at when the point is chosen, nor trained on', async () => {
  const images = bars({ examples: 130, seed: 7 });
  const labels = images.labels.map((label, i) =>
    i < 84 ? (label === 1 ? 1 : 0) : label === 1 ? 0 : 1,
  );
  const turned = datasetOf(
    { ...images, labels, classes: 2 },
    {
      train: [0, 64],
      tune: [64, 84],
      test: [84, 130],
    },
  );
  const straight = (await run({ rates: [0.05, 0.1] })).value;
  const other = (await run({ rates: [0.05, 0.1] }, { data: turned })).value;
  assert.deepEqual(other['grid'], straight['grid']);
  assert.equal(
    (Number(other['accuracy']) + Number(straight['accuracy'])).toFixed(9),
    '1.000000000',
  );
});

test('the refit sees the examples of tune as well', async () => {
  // All of class 1 is in tune: without the refit nothing of it could be known.
  const images = bars({ examples: 130, seed: 7 });
  const order = Array.from(images.labels, (_, i) => i);
  const isMiddle = (i: number): boolean => images.labels[i] === 1;
  const sorted = [
    ...order.filter((i) => !isMiddle(i)).slice(0, 48),
    ...order.filter(isMiddle).slice(0, 30),
    ...order.filter(isMiddle).slice(30),
    ...order.filter((i) => !isMiddle(i)).slice(48),
  ];
  const size = 81;
  const moved = datasetOf(
    {
      ...images,
      classes: 2,
      images: Uint8Array.from(
        sorted.flatMap((i) => [
          ...images.images.subarray(i * size, (i + 1) * size),
        ]),
      ),
      labels: Int32Array.from(sorted, (i) => (isMiddle(i) ? 1 : 0)),
    },
    { train: [0, 48], tune: [48, 78], test: [78, 91] },
  );
  const { value } = await run({ rates: [0.1], epochs: 10 }, { data: moved });
  assert.equal(value['tuneAccuracy'], 0);
  assert.ok(Number(value['accuracy']) > 0.8);
  assert.equal(value['rateAtEdge'], false);
});

test('a point that diverges is recorded as such, and the others go on', async () => {
  const heard: Heard = { progress: [], log: [] };
  const { value } = await run({ rates: [1e38, 0.1], epochs: 4 }, {}, heard);
  const grid = value['grid'] as JsonObject[];
  assert.equal(grid[0]?.['tuneAccuracy'], null);
  assert.equal(value['rate'], 0.1);
  assert.equal(heard.log[0], 'rate 1e+38, weight decay 0.0001: diverged');
  await assert.rejects(
    run({ rates: [1e38] }),
    new NodeError(
      'Fine-tuning diverged at every point of the grid: the rates are too high.',
    ),
  );
});

test('the same seed gives the same score, and the last layer is drawn by the seed', async () => {
  const settings = { rates: [0.02], epochs: 2 };
  const first = await run({ ...settings, seed: 1 });
  assert.deepEqual(await run({ ...settings, seed: 1 }), first);
  // A rate that moves nothing leaves what the new last layer says at the start.
  const starts = new Set<unknown>();
  for (let seed = 0; seed < 4; seed++) {
    const { value } = await run({ rates: [1e-9], epochs: 1, seed });
    starts.add(value['accuracy']);
  }
  assert.ok(starts.size > 1);
});

test('splits that are missing, empty or the same are refused', async () => {
  await assert.rejects(
    run({ tune: 'tun' }),
    /^NodeError: There is no split "tun" in input "data".* Did you mean "tune"\?$/,
  );
  await assert.rejects(
    run({ tune: 'test' }),
    new NodeError(
      '"fit", "tune" and "test" must be three splits, but are "train", "test" and "test": what is scored on must not be trained on.',
    ),
  );
  await assert.rejects(
    run({ batch: 65 }),
    new NodeError(
      '"batch" is 65, but split "train" of input "data" has only 64 examples.',
    ),
  );
  const other = datasetOf(bars({ examples: 9, seed: 1, size: 8 }), {
    train: [0, 3],
    tune: [3, 6],
    test: [6, 9],
  });
  await assert.rejects(run({}, { data: other }), /\[9, 9, 1\].*\[8, 8, 1\]/);
});

test('no tensor is left, whether points diverge or not', async () => {
  const before = tf.memory().numTensors;
  await run({ rates: [1e38, 0.1], epochs: 2 });
  assert.equal(tf.memory().numTensors, before);
});
