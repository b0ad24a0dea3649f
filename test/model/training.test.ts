import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { LabelledImages } from '../../src/model/batches.ts';
import { BatchBuilder, examplesOf } from '../../src/model/batches.ts';
import { accuracyOf, Inference } from '../../src/model/inference.ts';
import { DivergedError, ModelError } from '../../src/model/model-error.ts';
import { runTraining } from '../../src/model/run-training.ts';
import {
  initialState,
  type TrainingPlan,
  type TrainingState,
} from '../../src/model/training-state.ts';
import { Training } from '../../src/model/training.ts';
import { drawWeights, type PlainWeights } from '../../src/model/weights.ts';
import { bindObjective } from '../../src/ops/loss/bind-objective.ts';
import { openBackend, type Backend } from '../../src/tensor/backend.ts';
import { tf } from '../../src/tensor/tf.ts';
import type { Arrays } from '../support/reference/resnet.ts';
import { trainLoops, type Mistakes } from '../support/reference/sgd.ts';
import {
  bars,
  mapsOf,
  plainArrays,
  TINY,
  tinyNetwork,
  unevenWeights,
} from './tiny.ts';

let backend: Backend;
before(async () => {
  backend = await openBackend('wasm');
});

const all = (source: LabelledImages): Int32Array =>
  examplesOf({ start: 0, end: source.labels.length });

function planOf(
  source: LabelledImages,
  settings: Partial<TrainingPlan> = {},
): TrainingPlan {
  return {
    network: tinyNetwork(),
    objective: bindObjective({ type: 'softmax', 'rate-scale': 1 }),
    source,
    examples: all(source),
    seed: 3,
    purpose: 'test',
    epochs: 3,
    batch: 8,
    rate: 0.1,
    warmUp: 1,
    schedule: { type: 'cosine' },
    momentum: 0.9,
    weightDecay: 1e-3,
    augmentation: { shift: 1, flip: true },
    ...settings,
  };
}

const initialWeights = (plan: TrainingPlan): PlainWeights =>
  drawWeights(plan.network.weights, plan.seed, plan.purpose);

/** Takes steps until the training has taken `steps` of them, and reads as a loop would. */
async function takeSteps(training: Training, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    training.advance();
    if (training.isBetweenEpochs) await training.read();
  }
}

async function finish(
  plan: TrainingPlan,
  state: TrainingState,
): Promise<TrainingState> {
  const training = new Training(plan, backend.layers, state);
  while (!training.isFinished) await takeSteps(training, 1);
  const end = await training.state();
  training.dispose();
  return end;
}

/** The largest difference of any weight, relative to the largest number of its array. */
function furthest(actual: PlainWeights, expected: Arrays): number {
  return Math.max(
    ...Object.entries(expected).map(([name, values]) => {
      const largest = Math.max(...values.map(Math.abs), 1e-3);
      return Math.max(
        ...values.map(
          (value, i) => Math.abs(actual[name]![i]! - value) / largest,
        ),
      );
    }),
  );
}

test('three steps are those of float64 loops, and of no near miss', async () => {
  const source = bars({ examples: 6, seed: 1, size: 6 });
  // One batch holds all examples, so its order does not matter to the loops.
  const plan = planOf(source, {
    batch: 6,
    augmentation: { shift: 0, flip: false },
    weightDecay: 0.05,
    momentum: 0.8,
    warmUp: 2,
  });
  const start = unevenWeights(initialWeights(plan), 3);
  const images = new BatchBuilder(source).images(all(source));
  const loops = (mistakes: Mistakes = {}) =>
    trainLoops(
      TINY,
      plainArrays(start),
      mapsOf(images, [6, ...source.imageShape]),
      [...source.labels],
      // Two steps of warm-up, then the cosine's first, which is the full rate.
      { rates: [0.05, 0.1, 0.1], momentum: 0.8, decay: 0.05, mistakes },
    );
  const expected = loops();
  const end = await finish(plan, initialState(plan, start));
  assert.ok(furthest(end.weights, expected.weights) < 2e-4);
  end.epochs.forEach(({ loss }, epoch) => {
    assert.ok(Math.abs(loss - expected.losses[epoch]!) < 1e-5);
  });
  assert.deepEqual(
    end.epochs.map(({ epoch, rate }) => [epoch, rate]),
    [
      [1, 0.05],
      [2, 0.1],
      [3, 0.1],
    ],
  );
  const mistakes: (keyof Mistakes)[] = [
    'decayAll',
    'heavyBall',
    'rateInVelocity',
    'biasedVariance',
    'swappedMomentum',
  ];
  for (const mistake of mistakes) {
    const other = loops({ [mistake]: true }).weights;
    assert.ok(furthest(end.weights, other) > 2e-3, mistake);
  }
});

test('a training learns what is there to learn, and generalises', async () => {
  const source = bars({ examples: 96, seed: 2 });
  const plan = planOf(source, {
    epochs: 8,
    augmentation: { shift: 0, flip: true },
  });
  const { weights, epochs } = await runTraining(plan, initialWeights(plan), {
    layers: backend.layers,
    signal: new AbortController().signal,
    progress: () => undefined,
  });
  assert.ok(epochs.at(-1)!.loss < 0.2 && epochs[0]!.loss > 0.5);
  assert.ok(epochs.at(-1)!.accuracy > 0.95);
  const other = bars({ examples: 60, seed: 99 });
  const inference = new Inference({ ...plan, layers: backend.layers, weights });
  const accuracy = await accuracyOf(
    inference,
    other,
    { start: 0, end: 60 },
    () => Promise.resolve(),
  );
  inference.dispose();
  assert.ok(accuracy > 0.95, String(accuracy));
});

test('of classes with equal outputs the first is predicted', async () => {
  const source = bars({ examples: 4, seed: 2 });
  const plan = planOf(source);
  const start = initialWeights(plan);
  const head = start['logits/weights']!;
  const weights = { ...start, 'logits/weights': head.map(() => 0) };
  const inference = new Inference({ ...plan, layers: backend.layers, weights });
  const range = { start: 0, end: 4 };
  const accuracy = await accuracyOf(inference, source, range, () =>
    Promise.resolve(),
  );
  inference.dispose();
  assert.deepEqual([...source.labels], [0, 1, 2, 0]);
  assert.equal(accuracy, 2 / 4);
});

test('the same plan gives the same bytes, and another seed gives others', async () => {
  const source = bars({ examples: 26, seed: 2 });
  const run = async (seed: number): Promise<TrainingState> => {
    const plan = planOf(source, { seed });
    return finish(plan, initialState(plan, initialWeights(planOf(source))));
  };
  const first = await run(3);
  assert.deepEqual(await run(3), first);
  assert.notDeepEqual((await run(4)).weights, first.weights);
});

test('a training resumed in the middle of an epoch gives the same bytes as one never stopped', async () => {
  const source = bars({ examples: 26, seed: 2 });
  const plan = planOf(source, {
    objective: bindObjective({ type: 'dropout', keep: 0.7, 'rate-scale': 1 }),
    augmentation: {
      ...{ shift: 1, flip: true, cutout: 2, mixup: 0.5 },
      'auto-augment': 'cifar-10',
    },
  });
  const start = initialState(plan, initialWeights(plan));
  const expected = await finish(plan, start);
  assert.equal(expected.step, 9);
  for (const steps of [1, 3, 4, 8, 9]) {
    const training = new Training(plan, backend.layers, start);
    await takeSteps(training, steps);
    const saved = structuredClone(await training.state());
    training.dispose();
    assert.equal(saved.step, steps);
    assert.deepEqual(await finish(plan, saved), expected);
  }
});

test('a state of an earlier version, which had fewer generators, goes on to the same bytes', async () => {
  const source = bars({ examples: 26, seed: 2 });
  const plan = planOf(source);
  const start = initialState(plan, initialWeights(plan));
  const expected = await finish(plan, start);
  const { shuffle, augmentation, dropout } = start.streams;
  assert.ok(shuffle && augmentation && dropout);
  const earlier = { ...start, streams: { shuffle, augmentation, dropout } };
  assert.deepEqual(await finish(plan, earlier), expected);
});

test('each way of changing images gives other weights, and mixup a larger loss', async () => {
  const source = bars({ examples: 26, seed: 2 });
  const run = async (
    augmentation: Partial<TrainingPlan['augmentation']>,
  ): Promise<TrainingState> => {
    const plan = planOf(source, {
      augmentation: { shift: 1, flip: true, ...augmentation },
      epochs: 8,
    });
    return finish(plan, initialState(plan, initialWeights(plan)));
  };
  const plain = await run({});
  const changed = [
    await run({ 'auto-augment': 'imagenet' }),
    await run({ cutout: 2 }),
    await run({ mixup: 2 }),
  ];
  for (const { weights } of changed) {
    assert.notDeepEqual(weights, plain.weights);
  }
  const lossOf = ({ epochs }: TrainingState): number => epochs.at(-1)!.loss;
  // Of halves and halves the loss is at least log 2 where both labels are known.
  assert.ok(lossOf(changed[2]!) > lossOf(plain) + 0.2);
});

test('a state is a copy: going on does not change it', async () => {
  const source = bars({ examples: 16, seed: 2 });
  const plan = planOf(source);
  const start = initialState(plan, initialWeights(plan));
  const before = structuredClone(start);
  const training = new Training(plan, backend.layers, start);
  await takeSteps(training, 1);
  const saved = await training.state();
  const copy = structuredClone(saved);
  await takeSteps(training, 3);
  training.dispose();
  assert.deepEqual(start, before);
  assert.deepEqual(saved, copy);
});

test('an epoch takes every example at most once, in an order of its own, and leaves the remainder out', async () => {
  const source = bars({ examples: 26, seed: 2 });
  const plan = planOf(source, { examples: examplesOf({ start: 2, end: 23 }) });
  const training = new Training(
    plan,
    backend.layers,
    initialState(plan, initialWeights(plan)),
  );
  assert.equal(training.steps, 6);
  const orders: number[][] = [];
  for (let epoch = 0; epoch < 2; epoch++) {
    await takeSteps(training, 1);
    orders.push([...(await training.state()).order]);
    await takeSteps(training, 1);
  }
  training.dispose();
  const sorted = orders.map((order) => [...order].sort((a, b) => a - b));
  assert.deepEqual(sorted[0], [...plan.examples]);
  assert.deepEqual(sorted[1], [...plan.examples]);
  assert.notDeepEqual(orders[0], orders[1]);
  assert.notDeepEqual(orders[0], sorted[0]);
});

test('the accuracy of an epoch is a share of the examples that it took', async () => {
  const source = bars({ examples: 26, seed: 2 });
  const plan = planOf(source);
  const { epochs } = await finish(
    plan,
    initialState(plan, initialWeights(plan)),
  );
  // Three batches of eight: a share of all 26 would be a whole number of 24 only for none, half and all.
  const correct = epochs.map(({ accuracy }) => accuracy * 24);
  for (const one of correct) {
    assert.ok(Math.abs(one - Math.round(one)) < 1e-9, `${one}`);
  }
  assert.ok(correct.some((one) => Math.round(one) % 12 !== 0));
});

test('the scale of the rate is the same as another rate', async () => {
  const source = bars({ examples: 16, seed: 2 });
  const run = async (rate: number, rateScale: number) => {
    const plan = planOf(source, {
      rate,
      objective: bindObjective({ type: 'softmax', 'rate-scale': rateScale }),
    });
    return finish(plan, initialState(plan, initialWeights(plan)));
  };
  const scaled = await run(0.05, 2);
  assert.deepEqual(scaled, await run(0.1, 1));
  assert.notDeepEqual(scaled.weights, (await run(0.05, 1)).weights);
});

test('a cosine head without a bias leaves the bias at zero, and weight decay too', async () => {
  const source = bars({ examples: 16, seed: 2 });
  const plan = planOf(source, {
    objective: bindObjective({
      type: 'cosine-softmax',
      temperature: 0.1,
      'normalize-features': true,
      bias: false,
      'rate-scale': 1,
    }),
  });
  const start = initialWeights(plan);
  const { weights } = await finish(plan, initialState(plan, start));
  assert.deepEqual([...weights['logits/bias']!], [0, 0, 0]);
  assert.notDeepEqual(weights['logits/weights'], start['logits/weights']);
});

test('the penalty of an objective is part of the loss that is told', async () => {
  const source = bars({ examples: 8, seed: 2 });
  const run = async (lambda: number) => {
    const plan = planOf(source, {
      epochs: 1,
      objective: bindObjective({ type: 'extra-l2', lambda, 'rate-scale': 1 }),
    });
    const start = initialWeights(plan);
    const { epochs } = await finish(plan, initialState(plan, start));
    const squares = start['logits/weights']!.reduce(
      (total, w) => total + w * w,
      0,
    );
    return { loss: epochs[0]!.loss, squares };
  };
  const [without, withPenalty] = [await run(0), await run(0.4)];
  const difference = withPenalty.loss - without.loss;
  assert.ok(Math.abs(difference - 0.2 * without.squares) < 1e-5);
});

test('a training that leaves the finite numbers says at which step and rate', async () => {
  const source = bars({ examples: 24, seed: 2 });
  const plan = planOf(source, {
    objective: bindObjective({
      type: 'squared-error',
      kappa: 1,
      target: 1000,
      scale: 1e6,
      'rate-scale': 1,
    }),
    rate: 1e4,
    warmUp: 0,
  });
  const before = tf.memory().numTensors;
  await assert.rejects(
    runTraining(plan, initialWeights(plan), {
      layers: backend.layers,
      signal: new AbortController().signal,
      progress: () => undefined,
    }),
    (error) => {
      assert.ok(error instanceof DivergedError);
      assert.match(
        error.message,
        /^The loss is (NaN|Infinity) at step [234] of 9 \(learning rate (10000|\d+)\)\.$/,
      );
      return true;
    },
  );
  assert.equal(tf.memory().numTensors, before);
});

test('weights that are not finite after the last step are named', async () => {
  const source = bars({ examples: 8, seed: 2 });
  const plan = planOf(source, {
    epochs: 1,
    warmUp: 0,
    rate: 3e38,
    weightDecay: 1e10,
  });
  const training = new Training(
    plan,
    backend.layers,
    initialState(plan, initialWeights(plan)),
  );
  training.advance();
  await assert.rejects(
    training.state(),
    /^DivergedError: Weight ".*" is -?(NaN|Infinity) at step 1 of 1 \(learning rate 3e\+38\)\.$/,
  );
  training.dispose();
});

test('fewer examples than a batch are refused', () => {
  const source = bars({ examples: 7, seed: 2 });
  const plan = planOf(source);
  assert.throws(
    () =>
      new Training(
        plan,
        backend.layers,
        initialState(plan, initialWeights(plan)),
      ),
    new ModelError(
      'There are 7 examples to train on, fewer than one batch of 8.',
    ),
  );
});

test('no tensor outlives a training, step by step or as a whole', async () => {
  const source = bars({ examples: 16, seed: 2 });
  const plan = planOf(source, {
    objective: bindObjective({ type: 'dropout', keep: 0.5, 'rate-scale': 1 }),
  });
  const outside = tf.memory().numTensors;
  const training = new Training(
    plan,
    backend.layers,
    initialState(plan, initialWeights(plan)),
  );
  await takeSteps(training, 2);
  const inside = tf.memory().numTensors;
  await takeSteps(training, 2);
  assert.equal(tf.memory().numTensors, inside);
  training.advance();
  training.dispose();
  assert.equal(tf.memory().numTensors, outside);
});

test('an abort ends a training between two steps, without a tensor left', async () => {
  const source = bars({ examples: 24, seed: 2 });
  const plan = planOf(source);
  const before = tf.memory().numTensors;
  const abort = new AbortController();
  const heard: number[] = [];
  await assert.rejects(
    runTraining(plan, initialWeights(plan), {
      layers: backend.layers,
      signal: abort.signal,
      progress: ({ epochs }) => {
        heard.push(epochs);
        if (heard.length === 2) abort.abort(new Error('interrupted'));
      },
    }),
    /interrupted/,
  );
  assert.deepEqual(heard, [1 / 3, 2 / 3]);
  assert.equal(tf.memory().numTensors, before);
});

test('progress counts parts of epochs and tells the mean loss so far', async () => {
  const source = bars({ examples: 80, seed: 2 });
  const plan = planOf(source, { epochs: 2 });
  const heard: { epochs: number; loss: number | undefined }[] = [];
  const { epochs } = await runTraining(plan, initialWeights(plan), {
    layers: backend.layers,
    signal: new AbortController().signal,
    progress: ({ epochs: done, metrics }) => {
      heard.push({ epochs: done, loss: metrics?.loss });
    },
  });
  assert.deepEqual(
    heard.map(({ epochs: done }) => done),
    Array.from({ length: 20 }, (_, step) => (step + 1) / 10),
  );
  assert.equal(heard[0]?.loss, undefined);
  assert.ok(Number.isFinite(heard[7]?.loss));
  assert.equal(heard[9]?.loss, epochs[0]?.loss);
  assert.equal(heard[19]?.loss, epochs[1]?.loss);
});

test('an objective that trains nothing gives the weights back', async () => {
  const plan = planOf(bars({ examples: 3, seed: 2 }), {
    objective: bindObjective({ type: 'untrained' }),
  });
  const weights = initialWeights(plan);
  const result = await runTraining(plan, weights, {
    layers: backend.layers,
    signal: new AbortController().signal,
    progress: () => assert.fail('there is no step to tell of'),
  });
  assert.deepEqual(result, initialState(plan, weights));
});
