import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  featureSpaceCka,
  isFeatureSpaceCheaper,
} from '../../../src/ops/similarity/feature-space-cka.ts';
import { ckaMatrix } from '../../../src/ops/similarity/minibatch-cka.ts';
import type { NdArrayOf } from '../../../src/tensor/nd-array.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { matrix, rowsOf } from '../../support/features.ts';
import { finish } from '../../support/probe.ts';
import {
  biasedHsic,
  ckaLoops,
  unbiasedHsic,
} from '../../support/reference/cka.ts';

const rng = Rng.of(12, 'feature-space');
const shared = Array.from({ length: 40 }, () => [rng.normal(), rng.normal()]);
const layer = (width: number, offset = 0) =>
  matrix(
    shared.map((row) =>
      Array.from(
        { length: width },
        (_, j) => offset + (row[j] ?? 0) + 0.5 * rng.normal(),
      ),
    ),
  );
const LEFT = [layer(3), layer(2, 900)];
const RIGHT = [layer(5), layer(1), layer(9, 5)];

const run = (
  left: readonly NdArrayOf<'float32'>[],
  right: readonly NdArrayOf<'float32'>[],
  batch: number,
  estimator: 'biased' | 'unbiased',
) => {
  const reader = (array: NdArrayOf<'float32'>) => ({ read: () => array });
  return finish(
    featureSpaceCka(left.map(reader), right.map(reader), {
      batch,
      batches: Math.floor(40 / batch),
      estimator,
    }),
  );
};

for (const [estimator, hsic, other] of [
  ['unbiased', unbiasedHsic, biasedHsic],
  ['biased', biasedHsic, unbiasedHsic],
] as const) {
  test(`the ${estimator} similarity from features equals that from Gram matrices over minibatches`, () => {
    const actual = ckaMatrix(run(LEFT, RIGHT, 13, estimator));
    LEFT.forEach((left, i) => {
      RIGHT.forEach((right, j) => {
        // Taking off what all examples share changes nothing, and the unfolded formula needs it for its digits.
        const rows = rowsOf(left).map((row) => row.map((v) => v - 900 * i));
        const value = actual[i * RIGHT.length + j]!;
        const expected = ckaLoops(rows, rowsOf(right), 13, hsic);
        assert.ok(Math.abs(value - expected) < 1e-9);
        const wrong = ckaLoops(rows, rowsOf(right), 13, other);
        assert.ok(Math.abs(value - wrong) > 1e-4);
      });
    });
  });
}

test('a layer that is the same for all examples, or for all but one, leaves no more than rounding', () => {
  const equal = matrix(shared.map(() => [0.1, 3]));
  const outlier = matrix(shared.map((_, i) => (i === 3 ? [9, 1] : [0.1, 3])));
  const { left, right } = run([equal, outlier], [RIGHT[0]!], 40, 'unbiased');
  assert.equal(left.own[0], 0);
  assert.ok(left.own[1]! <= left.rounding[1]!);
  assert.ok(right.own[0]! > 1e6 * right.rounding[0]!);
});

test('features are taken where examples outnumber them by far', () => {
  const narrow = [64, 64, 128];
  const wide = [4096, 4096, 4096];
  assert.ok(isFeatureSpaceCheaper(5000, narrow, narrow));
  assert.ok(!isFeatureSpaceCheaper(250, narrow, narrow));
  assert.ok(!isFeatureSpaceCheaper(5000, wide, wide));
});
