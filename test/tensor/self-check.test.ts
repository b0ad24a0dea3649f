import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBackend } from '../../src/tensor/backend.ts';
import { KNOWN, selfCheck } from '../../src/tensor/self-check.ts';
import { tf, type Tensor1D } from '../../src/tensor/tf.ts';
import { batchNormLoops } from '../support/reference/batch-norm.ts';
import { centralDifferences } from '../support/reference/central-differences.ts';
import { convolutionLoops } from '../support/reference/convolution.ts';

/** The known problem in float64, and before its ReLU. */
function lossLoops(
  filter: readonly number[],
  options: { readonly unbiased?: boolean } = {},
): number {
  const [batch, rows, columns, channels] = KNOWN.inputShape;
  const { y } = convolutionLoops(KNOWN.input, filter, {
    ...{ batch, rows, columns, channels, filters: 3 },
    ...{ filterRows: 3, filterColumns: 3, strides: [2, 2] },
    padding: [1, 1, 1, 1],
  });
  const { output } = batchNormLoops(
    {
      x: [...y],
      gamma: KNOWN.gamma,
      beta: KNOWN.beta,
      epsilon: KNOWN.epsilon,
      relu: true,
    },
    options,
  );
  return output.reduce((sum, value, i) => sum + value * KNOWN.slope[i]!, 0);
}

const assertSame = (
  found: readonly number[],
  expected: readonly number[],
  tolerance: number,
): boolean =>
  found.every((value, i) => Math.abs(value - expected[i]!) < tolerance);

test('the known gradient is that of plain loops, and of no formula near it', () => {
  const loops = centralDifferences((w) => lossLoops(w), KNOWN.filter);
  assert.ok(assertSame(KNOWN.gradient, loops, 1e-6));
  const unbiased = centralDifferences(
    (w) => lossLoops(w, { unbiased: true }),
    KNOWN.filter,
  );
  assert.ok(!assertSame(KNOWN.gradient, unbiased, 1e-2));
});

test('a backend that computes right passes, with its speed', async () => {
  const check = await selfCheck(await openBackend('wasm'));
  assert.ok(check.deviation < 1e-5, String(check.deviation));
  assert.ok(check.gigaflops > 0.1);
});

test('a backend whose batch norm lets too much through does not pass', async () => {
  const backend = await openBackend('wasm');
  const { layers } = backend;
  const wrong = {
    ...backend,
    layers: {
      ...layers,
      // The statistics as constants: the classic mistake in a gradient.
      batchNormTraining: (
        ...[input, gamma, beta, epsilon, tail]: Parameters<
          typeof layers.batchNormTraining
        >
      ) => {
        const own = layers.batchNormTraining(input, gamma, beta, epsilon, tail);
        const [mean, variance] = [own.mean, own.variance].map((one) => {
          const copy = one.dataSync();
          return tf.tensor1d(copy);
        }) as [Tensor1D, Tensor1D];
        return {
          ...own,
          output: layers.batchNormInference(
            ...([input, gamma, beta, mean, variance, epsilon, tail] as const),
          ),
        };
      },
    },
  };
  await assert.rejects(selfCheck(wrong), /gradient .* is wrong by/);
});
