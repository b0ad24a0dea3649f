import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  LayerOps,
  TrainedVariable,
} from '../../../src/tensor/layer-ops.ts';
import {
  tf,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '../../../src/tensor/tf.ts';
import { assertClose, assertFar } from '../../support/assert-close.ts';
import { checkGradient } from '../../support/check-gradient.ts';
import { inScope } from '../../support/in-scope.ts';
import { APART, FLOAT32 } from '../../support/tolerances.ts';
import type { Pace } from './pace.ts';
import { normals, normalTensor, numbersOf } from './random.ts';

/** Three steps of Nesterov momentum in plain loops; each option is a way to get it wrong. */
function nesterovLoops(
  start: readonly number[],
  gradients: readonly (readonly number[])[],
  {
    rate = 0.1,
    momentum = 0.9,
    decay = 0.01,
    isPlain = false,
    isLate = false,
  } = {},
): { readonly weight: number[]; readonly velocity: number[] } {
  const weight = [...start];
  const velocity = start.map(() => 0);
  for (const gradient of gradients) {
    weight.forEach((w, i) => {
      const g = gradient[i]! + (isLate ? 0 : decay * w);
      velocity[i] = momentum * velocity[i]! + g;
      const step = isPlain ? velocity[i] : g + momentum * velocity[i];
      weight[i] = w - rate * (step + (isLate ? decay * w : 0));
    });
  }
  return { weight, velocity };
}

/** A network of every block, small enough for difference quotients. */
function network(layers: LayerOps) {
  return (...parts: Tensor[]): Tensor => {
    const [x, first, gamma, beta, second, shortcut, head] = parts as [
      ...[Tensor4D, Tensor4D, Tensor1D, Tensor1D],
      ...[Tensor4D, Tensor4D, Tensor2D],
    ];
    const normalise = (input: Tensor4D, residual?: Tensor4D): Tensor4D =>
      layers.batchNormTraining(input, gamma, beta, 1e-3, {
        relu: false,
        residual,
      }).output;
    const hidden = tf.tanh(normalise(layers.conv2d(x, first, 2, 1)));
    const side = layers.conv2d(hidden, shortcut, 1, 0);
    const sum = normalise(layers.conv2d(hidden, second, 1, 1), side);
    const pooled = layers.globalAveragePool(tf.tanh(sum));
    return tf
      .logSoftmax(layers.matMul(pooled, head, false, true))
      .mul(
        tf.oneHot(
          tf.range(0, pooled.shape[0], 1, 'int32').mod(tf.scalar(3, 'int32')),
          3,
        ),
      )
      .sum();
  };
}

/** Whole steps on the opened backend: optimizer, chain rule, memory, repeatability. */
export function trainingSuite(layers: LayerOps, pace: Pace = 'full'): void {
  const [many, some] = pace === 'brief' ? [40, 5] : [300, 20];

  test('three steps of Nesterov momentum equal the loops', async () => {
    for (const length of [1, 4, 7, 33]) {
      const start = normals(length, 'start');
      const gradients = [1, 2, 3].map((step) =>
        normals(length, `step ${step}`),
      );
      const variable: TrainedVariable = {
        weight: tf.variable(tf.tensor1d(start)),
        velocity: tf.variable(tf.zeros([length])),
        decay: 0.01,
      };
      for (const gradient of gradients) {
        tf.tidy(() => {
          layers.nesterovStep(
            [variable],
            [tf.tensor1d(gradient)],
            tf.scalar(0.1),
            0.9,
          );
        });
      }
      const weights = await numbersOf(variable.weight);
      const expected = nesterovLoops(start, gradients);
      assertClose(weights, expected.weight, FLOAT32);
      assertClose(
        await numbersOf(variable.velocity),
        expected.velocity,
        FLOAT32,
      );
      for (const wrong of [{ isPlain: true }, { isLate: true }]) {
        assertFar(
          weights,
          nesterovLoops(start, gradients, wrong).weight,
          APART / 10,
        );
      }
      tf.dispose([variable.weight, variable.velocity]);
    }
  });

  test('as many gradients as variables are asked for', () => {
    assert.throws(() => {
      layers.nesterovStep([], [tf.scalar(1)], tf.scalar(0.1), 0.9);
    }, /Internal error: 1 gradients for 0 variables/);
  });

  const shapes = [
    ...[[6, 5, 5, 3], [3, 3, 3, 6], [6], [6], [3, 3, 6, 6], [1, 1, 6, 6]],
    [3, 6],
  ];
  const parts = (): Tensor[] =>
    shapes.map((shape, index) => normalTensor(shape, `part ${index}`));

  test('the gradient of a network of all blocks is that of difference quotients', async () => {
    await inScope(async () => {
      await checkGradient(network(layers), parts(), { epsilon: 0.01 });
    });
  });

  test('steps leave no tensors and no memory behind, and repeat to the last bit', async () => {
    const train = async (
      steps: number,
    ): Promise<{
      weights: Float32Array[];
      tensors: number;
      bytes: number;
    }> => {
      const [x, ...weights] = parts() as [Tensor, ...Tensor[]];
      const variables = weights.map((weight) => ({
        weight: tf.variable(weight),
        velocity: tf.variable(tf.zerosLike(weight)),
        decay: 1e-4,
      }));
      tf.dispose(weights);
      const step = (): void => {
        tf.tidy(() => {
          const gradients = tf.grads((...inputs: Tensor[]) =>
            network(layers)(x, ...inputs),
          )(variables.map(({ weight }) => weight));
          layers.nesterovStep(variables, gradients, tf.scalar(-0.001), 0.9);
        });
      };
      step();
      const before = tf.memory();
      const heap = heapBytes();
      for (let count = 1; count < steps; count++) step();
      const after = tf.memory();
      const result = {
        weights: await Promise.all(
          variables.map(({ weight }) => numbersOf(weight)),
        ),
        tensors: after.numTensors - before.numTensors,
        bytes: heapBytes() - heap + (after.numBytes - before.numBytes),
      };
      tf.dispose([
        x,
        ...variables.flatMap(({ weight, velocity }) => [weight, velocity]),
      ]);
      return result;
    };
    const long = await train(many);
    assert.equal(long.tensors, 0);
    assert.equal(long.bytes, 0);
    const [once, again] = [await train(some), await train(some)];
    assert.deepEqual(once.weights, again.weights);
    assert.ok(once.weights.every((values) => values.every(Number.isFinite)));
    assert.notDeepEqual(once.weights, long.weights);
  });
}

/** Size of the WebAssembly memory, which can only grow; 0 on other backends. */
const heapBytes = (): number =>
  (tf.backend() as unknown as { wasm?: { HEAPU8: Uint8Array } }).wasm?.HEAPU8
    .length ?? 0;
