import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inference } from '../../../src/model/inference.ts';
import { Training } from '../../../src/model/training.ts';
import { openBackend } from '../../../src/tensor/backend.ts';
import { uncompiled } from '../../../src/tensor/compiled-step.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { tf, type Scalar, type Tensor1D } from '../../../src/tensor/tf.ts';
import { assertClose, assertFar } from '../../support/assert-close.ts';
import { withNative } from '../../support/native.ts';
import { tinyNetwork } from '../tiny.ts';
import {
  finish,
  numbersIn,
  planOf,
  startOf,
  STEPS,
  trainedObjectives,
} from './objective-steps.ts';

/** Relative to the largest number: a replayed graph orders its sums as the ops do one by one. */
const SAME_OPS = 1e-6;

await withNative('training on the native backend', async (installation) => {
  const { layers } = await openBackend('tensorflow', { installation });
  const eager = { ...layers, compile: uncompiled };
  const binding = (
    tf.backend() as unknown as {
      binding: { getNumOfTensors(): number; getNumOfSavedModels(): number };
    }
  ).binding;

  for (const name of trainedObjectives) {
    test(`${name}: a replayed graph trains as its ops do one by one`, async () => {
      const end = await finish(planOf(name), layers);
      const oneByOne = numbersIn(await finish(planOf(name), eager));
      assertClose(numbersIn(end), oneByOne, SAME_OPS);
      assertFar(
        numbersIn({ ...startOf(planOf(name)), velocities: {} }),
        numbersIn({ ...end, velocities: {} }),
        1e-3,
        'weights before and after',
      );
    });
  }

  test('what changes from step to step is fed, not frozen: rate, mask, images, labels', () => {
    const step = layers.compile(
      ({ x, rate }: { x: Tensor1D; rate: Scalar }) => ({
        y: tf.tidy(() => x.mul(rate).add(tf.scalar(0.5))),
      }),
      [],
    );
    for (const [value, rate] of [
      [1, 2],
      [3, 4],
      [5, 0.25],
    ] as const) {
      tf.tidy(() => {
        const { y } = step.run({
          x: tf.tensor1d([value, -value]),
          rate: tf.scalar(rate),
        });
        assert.deepEqual(
          [...y.dataSync()],
          [value * rate + 0.5, 0.5 - value * rate],
        );
      });
    }
    step.dispose();
  });

  test('a training that goes on from any of its states comes to the same bytes', async () => {
    const plan = planOf('dropout');
    const whole = await finish(plan, layers);
    for (const steps of [1, STEPS / 2, STEPS - 1]) {
      const training = new Training(plan, layers, startOf(plan));
      for (let step = 0; step < steps; step++) training.advance();
      const state = await training.snapshot();
      training.dispose();
      assert.deepEqual(await finish(plan, layers, state), whole);
    }
  });

  test('reading a state in between changes nothing', async () => {
    const plan = planOf('softmax');
    const training = new Training(plan, layers, startOf(plan));
    while (!training.isFinished) {
      training.advance();
      await training.snapshot();
    }
    assert.deepEqual(await training.state(), await finish(plan, layers));
    training.dispose();
  });

  test('another batch size is another graph that goes on with the same weights', () => {
    const weight = tf.variable(tf.tensor1d([1, 2, 3]));
    const step = layers.compile(
      ({ x }: { x: Tensor1D }) =>
        tf.tidy(() => {
          weight.assign(weight.add(x.sum()));
          return { sum: weight.sum() };
        }),
      [weight],
    );
    const sums = [[1], [1, 1], [1], [2, 2], [1]].map((values) =>
      tf.tidy(() => step.run({ x: tf.tensor1d(values) }).sum.dataSync()[0]),
    );
    assert.deepEqual(sums, [9, 15, 18, 30, 33]);
    step.settle();
    assert.deepEqual([...weight.dataSync()], [10, 11, 12]);
    step.dispose();
    weight.dispose();
  });

  test('an input that is left out is another graph', () => {
    const step = layers.compile(
      ({ x, y }: { x: Tensor1D; y?: Tensor1D }) => ({
        sum: tf.tidy(() => (y ? x.add(y) : x.clone()).sum()),
      }),
      [],
    );
    const x = tf.tensor1d([1, 2]);
    assert.equal(step.run({ x }).sum.dataSync()[0], 3);
    assert.equal(step.run({ x, y: x }).sum.dataSync()[0], 6);
    assert.equal(step.run({ x }).sum.dataSync()[0], 3);
    step.dispose();
  });

  test('a step that reads a value says so, and leaves the state as it was', () => {
    const weight = tf.variable(tf.tensor1d([1]));
    const step = layers.compile(
      ({ x }: { x: Tensor1D }) => {
        weight.assign(weight.add(x));
        return { y: weight.mul(weight.sum().dataSync()[0]!) };
      },
      [weight],
    );
    assert.throws(
      () => step.run({ x: tf.tensor1d([1]) }),
      /A value was read inside of a compiled step/,
    );
    assert.deepEqual([...weight.dataSync()], [1]);
    assert.deepEqual([...tf.tensor1d([1]).add(1).dataSync()], [2]);
    step.dispose();
    weight.dispose();
  });

  test('activations of a compiled network are those of its ops, for any number of images', async () => {
    const plan = planOf('softmax');
    const { weights } = await finish(plan, layers);
    const wanted = new Set(['stem', 'block-2', 'pool', 'logits', 'outputs']);
    const rng = Rng.of(1, 'images');
    const [compiled, plain] = [layers, eager].map(
      (ops) => new Inference({ ...plan, layers: ops, weights }),
    );
    for (const images of [4, 7, 4]) {
      const values = Float32Array.from({ length: images * 81 }, () =>
        rng.normal(),
      );
      const shape = [images, 9, 9, 1] as const;
      const [one, other] = await Promise.all(
        [compiled!, plain!].map((inference) =>
          inference.activations(values, shape, wanted, 'average'),
        ),
      );
      for (const layer of wanted) {
        assertClose(one![layer]!, other![layer]!, SAME_OPS, layer);
      }
    }
    compiled!.dispose();
    plain!.dispose();
  });

  test('3,000 steps leave no tensors, no graphs and no memory behind', async () => {
    const plan = planOf('softmax', {
      network: tinyNetwork({ widths: [3], strides: [1], blocks: [1] }),
      epochs: 1000,
    });
    const training = new Training(plan, layers, startOf(plan));
    const measure = () => ({
      tensors: tf.memory().numTensors,
      native: binding.getNumOfTensors(),
      graphs: binding.getNumOfSavedModels(),
    });
    const take = async (epochs: number): Promise<number> => {
      for (let step = 0; step < 3 * epochs; step++) {
        training.advance();
        if (training.isBetweenEpochs) await training.read();
      }
      return process.memoryUsage().rss / 2 ** 20;
    };
    const early = await take(200);
    const before = measure();
    const late = await take(800);
    assert.deepEqual(measure(), before);
    // Garbage of JavaScript comes and goes; 2,400 lost tensors of a batch would be 6 MiB each hundred.
    assert.ok(late - early < 60, `${early} MiB, then ${late} MiB`);
    assert.ok(training.isFinished);
    training.dispose();
    assert.equal(binding.getNumOfSavedModels(), before.graphs - 1);
  });
});
