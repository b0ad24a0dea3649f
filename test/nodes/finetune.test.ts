import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Artifact, NewArtifact } from '../../src/artifact/artifact.ts';
import { NodeError } from '../../src/kind/kind.ts';
import { finetune } from '../../src/nodes/finetune.ts';
import { train as trainKind } from '../../src/nodes/train.ts';
import { examplesOf } from '../../src/model/batches.ts';
import { buildNetwork } from '../../src/model/build-network.ts';
import { fineTuningMomentum } from '../../src/model/fine-tune.ts';
import { headSpecs } from '../../src/model/network.ts';
import { runTraining } from '../../src/model/run-training.ts';
import type { TrainingState } from '../../src/model/training-state.ts';
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

/** The same bars in two classes: the middle one, and the others; of the test split the other way round where asked. */
function inTwoClasses(
  counts: Readonly<Record<'train' | 'tune' | 'test', number>>,
  testLabels: 'straight' | 'turned' = 'straight',
): Artifact<'dataset'> {
  const { train, tune, test } = counts;
  const images = bars({ examples: train + tune + test, seed: 7 });
  const labels = images.labels.map((label, example) =>
    (label === 1) === (example < train + tune || testLabels === 'straight')
      ? 1
      : 0,
  );
  return datasetOf(
    { ...images, labels, classes: 2 },
    {
      train: [0, train],
      tune: [train, train + tune],
      test: [train + tune, train + tune + test],
    },
  );
}

const newTask = inTwoClasses({ train: 64, tune: 20, test: 46 });

let model: Artifact<'model'>;
before(async () => {
  await openBackend('wasm');
  model = asInput(
    await runKind(
      trainKind,
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
const epochs = (count: number) => ({ type: 'epochs', count });
const steps = (count: number) => ({ type: 'steps', count });
const run = (
  params: JsonObject,
  inputs: Record<string, unknown> = {},
  heard?: Heard,
): Promise<NewArtifact<'score'>> =>
  runKind(
    finetune,
    { batch: 16, length: epochs(6), ...params },
    { model, data: newTask, ...inputs },
    heard === undefined ? {} : { heard },
  );

test('finetune trains on fit and scores on tune, and once settings are chosen trains on both and scores on test', async () => {
  const heard: Heard = { progress: [], log: [] };
  const { value } = await run({ rate: 0.1, 'weight-decay': 1e-5 }, {}, heard);
  const { tuneAccuracy, fitAccuracy, fitLoss, ...rest } = value;
  assert.ok(Number(tuneAccuracy) > 0.8);
  assert.deepEqual(rest, {
    rate: 0.1,
    weightDecay: 1e-5,
    steps: 24,
    stepsPerEpoch: 4,
    batchNormMomentum: 0.9,
    classes: 2,
    examples: { fit: 64, scored: 20 },
  });
  const { done, total, unit } = heard.progress.at(-1)!;
  assert.deepEqual([done, total, unit], [6, 6, 'epoch']);
  // Of the last epoch, while weights moved.
  const { metrics } = heard.progress.at(-1)!;
  assert.deepEqual(metrics, { loss: fitLoss, accuracy: fitAccuracy });
  const poor = await run({ rate: 1e-6 });
  assert.ok(Number(poor.value['tuneAccuracy']) < Number(tuneAccuracy));

  const refit = (await run({ rate: 0.1, refit: true })).value;
  assert.ok(Number(refit['accuracy']) > 0.85);
  assert.equal('tuneAccuracy' in refit, false);
  assert.deepEqual(refit['examples'], { fit: 84, scored: 46 });
  assert.equal(refit['steps'], 30);
});

/** Trains on split "train" by the loop of `train` what a fine-tuning is said to be. */
async function trainPlainly(
  task: Artifact<'dataset'>,
  settings: {
    readonly batch: number;
    readonly epochs: number;
    readonly weightDecay: number;
  },
): Promise<{ readonly losses: unknown[]; readonly state: TrainingState }> {
  const { layers } = await openBackend('wasm');
  const restored = await restoreModel(model);
  const losses: unknown[] = [];
  const state = await runTraining(
    {
      ...settings,
      network: buildNetwork(restored.architecture, { channels: 1, classes: 2 }),
      objective: bindObjective({ type: 'softmax', 'rate-scale': 1 }),
      source: readImages(task),
      examples: examplesOf(task.value.splits['train']!),
      seed: 3,
      purpose: 'finetune',
      rate: 0.1,
      warmUp: 0,
      schedule: { type: 'cosine' },
      momentum: 0.9,
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
  return { losses, state };
}

test('a fine-tuning is a training by half a cosine, without warm-up, from a new small last layer, its weight decay divided by the rate', async () => {
  const heard: Heard = { progress: [], log: [] };
  const settings = { rate: 0.1, 'weight-decay': 0.005, seed: 3 };
  await run({ ...settings, length: epochs(4) }, {}, heard);
  const told = heard.progress.map(({ metrics }) => metrics?.['loss']);
  assert.equal(told.length, 16);
  const withDecay = (weightDecay: number) =>
    trainPlainly(newTask, { batch: 16, epochs: 4, weightDecay });
  assert.deepEqual(told, (await withDecay(0.005 / 0.1)).losses);
  assert.notDeepEqual(told, (await withDecay(0.005)).losses);
});

test('running statistics of batch norm follow a batch the less the more steps an epoch has', async () => {
  assert.equal(fineTuningMomentum(1), 0.9);
  assert.equal(fineTuningMomentum(100), 0.9);
  assert.equal(fineTuningMomentum(200), 0.95);
  const long = inTwoClasses({ train: 240, tune: 10, test: 10 });
  let state: TrainingState | undefined;
  const { value } = await runKind(
    finetune,
    { batch: 2, length: steps(1), rate: 0.1, 'weight-decay': 0, seed: 3 },
    { model, data: long },
    {
      checkpoints: {
        load: () => Promise.resolve(null),
        leave: () => undefined,
        isDue: () => true,
        save: (saved) => {
          state = saved as TrainingState;
          return Promise.resolve();
        },
      },
    },
  );
  const slow = 1 - 10 / 120;
  assert.equal(value['batchNormMomentum'], slow);
  const usual = await trainPlainly(long, {
    ...{ batch: 2, epochs: 1 / 120, weightDecay: 0 },
  });
  const start = (await restoreModel(model)).weights;
  for (const part of ['mean', 'variance']) {
    const name = `stem/norm/${part}`;
    const [before, after] = [start[name]![0]!, usual.state.weights[name]![0]!];
    const ofBatch = (after - 0.9 * before) / 0.1;
    const found = state!.weights[name]![0]!;
    const expected = slow * before + (1 - slow) * ofBatch;
    assert.ok(Math.abs(found - expected) < 1e-5, `${found} ${expected}`);
    assert.ok(Math.abs(found - after) > 1e-4);
  }
});

test('steps may end within an epoch, and the rate falls to 0 at their end', async () => {
  const heard: Heard = { progress: [], log: [] };
  const settings = { rate: 0.1, 'weight-decay': 0, seed: 3 };
  const { value } = await run({ ...settings, length: steps(6) }, {}, heard);
  assert.equal(value['steps'], 6);
  assert.deepEqual(
    heard.progress.map(({ done, total, unit }) => [done, total, unit]),
    [1, 2, 3, 4, 5, 6].map((done) => [done, 6, 'step']),
  );
  const told = heard.progress.map(({ metrics }) => metrics?.['loss']);
  const ofEpochs = (count: number) =>
    trainPlainly(newTask, { batch: 16, epochs: count, weightDecay: 0 });
  assert.deepEqual(told, (await ofEpochs(1.5)).losses);
  const longer = (await ofEpochs(2)).losses.slice(0, 6);
  assert.notDeepEqual(told, longer);
  assert.equal(typeof value['fitLoss'], 'number');
  assert.equal((await run({ length: steps(3) })).value['fitLoss'], null);
  // Four steps an epoch: six epochs are 24 steps.
  assert.deepEqual(
    (await run({ length: steps(24) })).value,
    (await run({ length: epochs(6) })).value,
  );
});

test('the test split is not looked at before the refit, and never trained on', async () => {
  const turned = inTwoClasses({ train: 64, tune: 20, test: 46 }, 'turned');
  const score = async (data: Artifact<'dataset'>, refit: boolean) =>
    (await run({ rate: 0.1, refit }, { data })).value;
  assert.deepEqual(await score(turned, false), await score(newTask, false));
  const [straight, other] = [
    (await score(newTask, true))['accuracy'],
    (await score(turned, true))['accuracy'],
  ];
  assert.equal((Number(other) + Number(straight)).toFixed(9), '1.000000000');
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
  const settings = { rate: 0.1, length: epochs(10) };
  const { value } = await run(settings, { data: moved });
  assert.equal(value['tuneAccuracy'], 0);
  const refit = await run({ ...settings, refit: true }, { data: moved });
  assert.ok(Number(refit.value['accuracy']) > 0.8);
});

test('settings that diverge are none to choose; a refit that diverges is an error', async () => {
  const heard: Heard = { progress: [], log: [] };
  const settings = { rate: 1e38, length: epochs(4) };
  const { value } = await run(settings, {}, heard);
  assert.equal(value['tuneAccuracy'], null);
  assert.match(
    heard.log[0]!,
    /^diverged: .* is (NaN|-?Infinity) at step \d+ of 16 \(learning rate \d.*\)\.$/,
  );
  await assert.rejects(
    run({ ...settings, refit: true }),
    /^NodeError: .* at step \d+ of 20 \(learning rate /,
  );
});

test('the same seed gives the same score, and the last layer is drawn by the seed', async () => {
  const settings = { rate: 0.02, length: epochs(2) };
  const first = await run({ ...settings, seed: 1 });
  assert.deepEqual(await run({ ...settings, seed: 1 }), first);
  // A rate that moves nothing leaves what the new last layer says at the start.
  const starts = new Set<unknown>();
  for (let seed = 0; seed < 4; seed++) {
    const { value } = await run({
      ...{ rate: 1e-9, length: epochs(1), refit: true, seed },
    });
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
  await assert.rejects(
    run({ batch: 85, refit: true }),
    new NodeError(
      '"batch" is 85, but splits "train" and "tune" of input "data" have only 84 examples.',
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
  await run({ rate: 1e38, length: epochs(2) });
  await run({ rate: 0.1, length: epochs(2), refit: true });
  assert.equal(tf.memory().numTensors, before);
});
