import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  classSeparation,
  type Separation,
} from '../../../src/ops/separation/class-separation.ts';
import { euclideanSeparation } from '../../../src/ops/separation/euclidean-separation.ts';
import { streamOf } from '../../../src/ops/separation/row-stream.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import type { NdArrayOf } from '../../../src/tensor/nd-array.ts';
import { finish } from '../../support/probe.ts';
import { clusters, matrix, rowsOf } from '../../support/features.ts';
import {
  centered,
  cosineDistance,
  plainDistance,
  separationLoops,
  squaredDistance,
  type Distance,
} from '../../support/reference/class-separation.ts';
import { APART, FLOAT64 } from '../../support/tolerances.ts';

// Uneven classes: what is balanced over classes differs from what is not. Class 7 has one example.
const LABELS = [0, 3, 3, 0, 3, 3, 7, 3, 0, 3, 3, 3];

const close = (actual: number | null, expected: number, message?: string) => {
  assert.ok(actual !== null);
  assert.ok(
    Math.abs(actual - expected) <= FLOAT64 * Math.max(1, Math.abs(expected)),
    `${message ?? ''} ${actual} is not ${expected}`,
  );
};
const far = (actual: number | null, wrong: number) => {
  assert.ok(actual !== null);
  assert.ok(Math.abs(actual - wrong) > APART, `${actual} is near ${wrong}`);
};

const plainEuclidean = (
  features: NdArrayOf<'float32'>,
  labels: Int32Array,
): Separation => finish(euclideanSeparation(features, labels));
const labelsOf = (labels: readonly number[]) => Int32Array.from(labels);
const cosine = (
  features: NdArrayOf<'float32'>,
  labels: readonly number[],
  center = false,
) =>
  finish(
    classSeparation(streamOf(features), labelsOf(labels), {
      distance: 'cosine',
      center,
    }),
  );
const squared = (features: NdArrayOf<'float32'>, labels: readonly number[]) =>
  finish(
    classSeparation(streamOf(features), labelsOf(labels), {
      distance: 'squared-euclidean',
      center: false,
    }),
  );

const features = clusters(Rng.of(1, 'separation'), {
  labels: LABELS,
  width: 5,
  apart: 1,
  offset: 0.5,
});

test('cosine separation equals the definition over all pairs', () => {
  const actual = cosine(features, LABELS);
  const expected = separationLoops(rowsOf(features), LABELS, cosineDistance);
  close(actual.within, expected.within);
  close(actual.total, expected.total);
  close(actual.r2, expected.r2);
  assert.equal(actual.classes, 3);
  assert.equal(actual.examples, 12);
  assert.equal(actual.zeroVectors, 0);
});

test('cosine separation is none of the formulas that copies got wrong', () => {
  const { r2 } = cosine(features, LABELS);
  const rows = rowsOf(features);
  for (const mistake of [
    'pairsOnce',
    'unbalancedTotal',
    'noSelfPairs',
  ] as const) {
    far(
      r2,
      separationLoops(rows, LABELS, cosineDistance, { [mistake]: true }).r2,
    );
  }
  far(r2, separationLoops(rows, LABELS, squaredDistance).r2);
  far(r2, cosine(features, LABELS, true).r2 ?? NaN);
});

test('centring subtracts the mean over examples before normalising', () => {
  const actual = cosine(features, LABELS, true);
  const expected = separationLoops(
    centered(rowsOf(features)),
    LABELS,
    cosineDistance,
  );
  close(actual.within, expected.within);
  close(actual.r2, expected.r2);
});

test('squared Euclidean separation equals the definition over all pairs', () => {
  const actual = squared(features, LABELS);
  const expected = separationLoops(rowsOf(features), LABELS, squaredDistance);
  close(actual.within, expected.within);
  close(actual.total, expected.total);
  close(actual.r2, expected.r2);
  far(actual.r2, separationLoops(rowsOf(features), LABELS, plainDistance).r2);
});

test('plain Euclidean separation equals the definition over all pairs', () => {
  const actual = plainEuclidean(features, labelsOf(LABELS));
  const expected = separationLoops(rowsOf(features), LABELS, plainDistance);
  close(actual.within, expected.within);
  close(actual.total, expected.total);
  close(actual.r2, expected.r2);
});

test('a large common offset costs no digits of the Euclidean form', () => {
  const shifted = matrix(
    rowsOf(features).map((row) => row.map((value) => value + 4096)),
  );
  const actual = squared(shifted, LABELS);
  const expected = separationLoops(rowsOf(shifted), LABELS, squaredDistance);
  close(actual.r2, expected.r2);
});

test('a zero vector has cosine 0 to everything, itself too', () => {
  const rows = rowsOf(features);
  rows[1] = [0, 0, 0, 0, 0];
  rows[6] = [0, 0, 0, 0, 0];
  const actual = cosine(matrix(rows), LABELS);
  const expected = separationLoops(rows, LABELS, cosineDistance);
  close(actual.within, expected.within);
  close(actual.total, expected.total);
  assert.equal(actual.zeroVectors, 2);
});

test('a vector below the floor of norms is divided by the floor', () => {
  const rows = rowsOf(features);
  // ‖x‖ = 5e-7, half of the floor: its cosine with itself is a quarter, with others half of what it would be.
  rows[1] = [3e-7, -4e-7, 0, 0, 0];
  const short = matrix(rows);
  const floored: Distance = (x, y) =>
    1 -
    x.reduce((sum, value, j) => sum + value * y[j]!, 0) /
      Math.max(Math.hypot(...x), 1e-6) /
      Math.max(Math.hypot(...y), 1e-6);
  const expected = separationLoops(rowsOf(short), LABELS, floored);
  const actual = cosine(short, LABELS);
  close(actual.within, expected.within);
  close(actual.total, expected.total);
  assert.equal(actual.zeroVectors, 0);
  far(
    actual.within,
    separationLoops(rowsOf(short), LABELS, cosineDistance).within,
  );
});

test('features that are all zero have distance 1 everywhere and no separation', () => {
  const zeros = matrix([
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  const { r2, within, total, zeroVectors } = cosine(zeros, [0, 0, 1]);
  assert.deepEqual(
    { r2, within, total, zeroVectors },
    {
      r2: 0,
      within: 1,
      total: 1,
      zeroVectors: 3,
    },
  );
});

test('equal examples leave no distance, and no number for the separation', () => {
  const equal = matrix([
    [0.1, 0.7, 3],
    [0.1, 0.7, 3],
    [0.1, 0.7, 3],
  ]);
  for (const result of [
    cosine(equal, [0, 1, 1]),
    squared(equal, [0, 1, 1]),
    plainEuclidean(equal, labelsOf([0, 1, 1])),
  ]) {
    assert.equal(result.r2, null);
    assert.equal(result.within, 0);
    assert.equal(result.total, 0);
  }
  // One direction, different lengths: equal to the cosine, not to the Euclidean distance.
  const parallel = matrix([
    [0.1, 0.7],
    [0.3, 2.1],
    [0.7, 4.9],
  ]);
  assert.ok(cosine(parallel, [0, 1, 1]).total < 1e-13);
  assert.ok((squared(parallel, [0, 1, 1]).r2 ?? 0) > 0.1);
});

test('classes that collapsed to a point each are separated perfectly', () => {
  const collapsed = matrix([
    [1, 0],
    [1, 0],
    [0, 3],
    [0, 3],
    [0, 3],
  ]);
  const labels = [5, 5, 2, 2, 2];
  assert.equal(cosine(collapsed, labels).r2, 1);
  assert.equal(squared(collapsed, labels).r2, 1);
  assert.equal(plainEuclidean(collapsed, labelsOf(labels)).r2, 1);
});

test('a single class has no separation', () => {
  const labels = LABELS.map(() => 4);
  assert.equal(cosine(features, labels).r2, 0);
  assert.equal(squared(features, labels).r2, 0);
  close(plainEuclidean(features, labelsOf(labels)).r2, 0);
});

test('cosine separation does not depend on the length of a vector', () => {
  const rows = rowsOf(features);
  // Powers of two: float32 keeps the direction exactly.
  const stretched = rows.map((row, i) =>
    row.map((value) => value * 2 ** (i - 5)),
  );
  close(
    cosine(matrix(stretched), LABELS).r2,
    cosine(features, LABELS).r2 ?? NaN,
  );
});
