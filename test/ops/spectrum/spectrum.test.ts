import assert from 'node:assert/strict';
import { test } from 'node:test';
import { singularValues } from '../../../src/ops/spectrum/singular-values.ts';
import { summariseSpectrum } from '../../../src/ops/spectrum/summarise-spectrum.ts';
import { symmetricEigenvalues } from '../../../src/ops/spectrum/symmetric-eigenvalues.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { assertClose, assertFar } from '../../support/assert-close.ts';
import { matrix, rowsOf } from '../../support/features.ts';
import { finish } from '../../support/probe.ts';
import {
  centredRows,
  singularValuesLoops,
} from '../../support/reference/spectrum.ts';
import { APART, FLOAT64 } from '../../support/tolerances.ts';

function drawn(seed: number, rows: number, columns: number, offset = 0) {
  const rng = Rng.of(seed, 'spectrum');
  return matrix(
    Array.from({ length: rows }, () =>
      Array.from(
        { length: columns },
        (_, j) => offset + rng.normal() / (1 + j),
      ),
    ),
  );
}
const values = (of: ReturnType<typeof matrix>, center: boolean): Float64Array =>
  finish(singularValues(of, center));

test('singular values are those of the loops: tall, wide, square, over several blocks', () => {
  for (const [rows, columns] of [
    [600, 11],
    [9, 530],
    [13, 13],
    [1, 5],
    [5, 1],
  ] as const) {
    const x = drawn(rows, rows, columns, 0.5);
    const found = values(x, false);
    assert.equal(found.length, Math.min(rows, columns));
    assertClose(found, singularValuesLoops(rowsOf(x)), FLOAT64);
  }
});

test('centring subtracts the mean over rows, tall or wide, and keeps the digits of a large offset', () => {
  for (const [rows, columns] of [
    [300, 7],
    [8, 290],
  ] as const) {
    const x = drawn(columns, rows, columns, 1000);
    const expected = singularValuesLoops(centredRows(rowsOf(x)));
    assertClose(values(x, true), expected, 1e-10);
    assertFar(values(x, false), expected, APART);
    const transposed = rowsOf(x)[0]!.map((_, j) =>
      rowsOf(x).map((row) => row[j]!),
    );
    // The nearest mistake: the mean over the other side.
    assertFar(singularValuesLoops(centredRows(transposed)), expected, APART);
  }
});

test('small singular values are right to 1.5e-8 of the largest', () => {
  const rng = Rng.of(3, 'small');
  const rows = Array.from({ length: 60 }, () =>
    [1, 1e-2, 1e-4, 1e-6].map((scale) => scale * rng.normal()),
  );
  const x = matrix(rows);
  const expected = singularValuesLoops(rowsOf(x));
  const found = values(x, false);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(found[i]! - value) < 1.5e-8 * expected[0]!);
  });
  assertClose(found.subarray(0, 3), expected.slice(0, 3), FLOAT64);
  assert.ok(Math.abs(found[3]! / expected[3]! - 1) < 1e-3);
});

test('equal and zero rows have no directions', () => {
  const equal = matrix(Array.from({ length: 5 }, () => [1, -2, 0.1]));
  assert.deepEqual([...values(equal, true)], [0, 0, 0]);
  const one = values(equal, false);
  assertClose(one.subarray(0, 1), [Math.sqrt(5 * (1 + 4 + 0.01))], 1e-7);
  assert.ok(one[1]! < 1e-7);
  assert.deepEqual([...values(matrix([[0, 0]]), false)], [0]);
});

test('eigenvalues of a symmetric matrix may be negative, repeated or zero', () => {
  // Rotations of diag(3, 3, -2, 0): eigenvalues are known by construction.
  const planted = [3, 3, 0, -2];
  const rng = Rng.of(7, 'eigen');
  let a = planted.map((value, i) =>
    planted.map((_, j) => (i === j ? value : 0)),
  );
  for (let p = 0; p < 4; p++) {
    for (let q = p + 1; q < 4; q++) {
      const angle = rng.uniform() * 6;
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      const turned = a.map((row) =>
        row.map((value, j) =>
          j === p
            ? c * row[p]! - s * row[q]!
            : j === q
              ? s * row[p]! + c * row[q]!
              : value,
        ),
      );
      a = turned.map((row, i) =>
        row.map((value, j) =>
          i === p
            ? c * turned[p]![j]! - s * turned[q]![j]!
            : i === q
              ? s * turned[p]![j]! + c * turned[q]![j]!
              : value,
        ),
      );
    }
  }
  assertClose(
    finish(symmetricEigenvalues(Float64Array.from(a.flat()), 4)),
    planted,
    FLOAT64,
  );
  assert.deepEqual(
    [...finish(symmetricEigenvalues(new Float64Array(9), 3))],
    [0, 0, 0],
  );
});

const summary = (
  sigma: readonly number[],
  options: { readonly rows?: number; readonly leading?: number } = {},
) =>
  summariseSpectrum(
    Float64Array.from(sigma),
    [options.rows ?? 10, sigma.length],
    options.leading ?? 1,
  );

test('every summary counts directions: all of them where they are used equally, one where one is', () => {
  const equal = summary([2, 2, 2, 2, 2]);
  assertClose(
    [
      equal.effectiveRank,
      equal.stableRank,
      equal.participationRatio,
      equal.rank,
    ].map(Number),
    [5, 5, 5, 5],
    FLOAT64,
  );
  const single = summary([3, 0, 0]);
  assert.deepEqual(single, {
    ...{ largest: 3, rank: 1, effectiveRank: 1, stableRank: 1 },
    ...{ participationRatio: 1, leadingShare: 1 },
  });
});

test('summaries are those of their formulas', () => {
  const sigma = [3, 2, 1];
  const found = summary(sigma, { leading: 2 });
  const p = sigma.map((value) => value / 6);
  const effective = Math.exp(
    -p.reduce((sum, one) => sum + one * Math.log(one), 0),
  );
  assertClose(
    [
      found.effectiveRank,
      found.stableRank,
      found.participationRatio,
      found.leadingShare,
    ].map(Number),
    [effective, 14 / 9, 196 / 98, 13 / 14],
    FLOAT64,
  );
  // The nearest mistakes: shares of the variance in the entropy, singular values instead of variances in the ratio.
  const q = sigma.map((value) => value ** 2 / 14);
  const ofVariance = Math.exp(
    -q.reduce((sum, one) => sum + one * Math.log(one), 0),
  );
  assertFar([ofVariance], [effective], APART);
  assertFar([36 / 14], [196 / 98], APART);
});

test('the rank leaves out what float32 cannot tell from 0; extreme sizes leave the range of no number', () => {
  const floor = 10 * 2 ** -23;
  assert.equal(summary([1, 1.01 * floor, 0.99 * floor]).rank, 2);
  const huge = summary([1e200, 1e200]);
  const tiny = summary([1e-200, 1e-200]);
  for (const { participationRatio } of [huge, tiny]) {
    assertClose([Number(participationRatio)], [2], FLOAT64);
  }
  assert.deepEqual(summary([0, 0]), {
    ...{ largest: 0, rank: 0, effectiveRank: null, stableRank: null },
    ...{ participationRatio: null, leadingShare: null },
  });
});
