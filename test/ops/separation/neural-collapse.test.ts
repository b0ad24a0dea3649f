import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neuralCollapse } from '../../../src/ops/separation/neural-collapse.ts';
import { streamOf } from '../../../src/ops/separation/row-stream.ts';
import { symmetricEigen } from '../../../src/ops/separation/symmetric-eigen.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { clusters, matrix, rowsOf } from '../../support/features.ts';
import { finish } from '../../support/probe.ts';

const collapse = (
  features: ReturnType<typeof matrix>,
  labels: readonly number[],
) => finish(neuralCollapse(streamOf(features), Int32Array.from(labels)));

type Square = readonly (readonly number[])[];

const meanOf = (rows: Square): number[] =>
  rows[0]!.map((_, j) => rows.reduce((s, row) => s + row[j]!, 0) / rows.length);
const outer = (x: readonly number[]): number[][] =>
  x.map((a) => x.map((b) => a * b));
/** Mean of matrices with weights that sum to 1. */
const mix = (parts: readonly Square[], weights: readonly number[]) =>
  parts[0]!.map((row, i) =>
    row.map((_, j) =>
      parts.reduce((s, part, p) => s + weights[p]! * part[i]![j]!, 0),
    ),
  );
const even = (count: number) => Array.from({ length: count }, () => 1 / count);
const minus = (x: readonly number[], y: readonly number[]) =>
  x.map((value, j) => value - y[j]!);

/** Σ_W and Σ_B from their definition; `isPooled` is the slip that weighs examples equally. */
function scatter(rows: Square, labels: readonly number[], isPooled = false) {
  const classes = [...new Set(labels)];
  const members = classes.map((label) =>
    rows.filter((_, i) => labels[i] === label),
  );
  const means = members.map(meanOf);
  const spreads = members.map((own, k) =>
    mix(
      own.map((row) => outer(minus(row, means[k]!))),
      even(own.length),
    ),
  );
  const weights = isPooled
    ? members.map((own) => own.length / rows.length)
    : even(classes.length);
  const centre = meanOf(means);
  return {
    within: mix(spreads, weights),
    between: mix(
      means.map((mean) => outer(minus(mean, centre))),
      even(classes.length),
    ),
  };
}

test('NC1 of three classes in two dimensions is the trace with the plain inverse', () => {
  const labels = [0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 0];
  const features = clusters(Rng.of(5, 'collapse'), {
    labels,
    width: 2,
    apart: 2,
    offset: 30,
  });
  const trace = (isPooled: boolean) => {
    const { within: w, between: b } = scatter(
      rowsOf(features),
      labels,
      isPooled,
    );
    const determinant = b[0]![0]! * b[1]![1]! - b[0]![1]! * b[1]![0]!;
    return (
      (w[0]![0]! * b[1]![1]! -
        2 * w[0]![1]! * b[0]![1]! +
        w[1]![1]! * b[0]![0]!) /
      determinant /
      3
    );
  };
  const actual = collapse(features, labels);
  assert.ok(actual !== null);
  assert.ok(Math.abs(actual - trace(false)) < 1e-10 * actual);
  assert.ok(Math.abs(actual - trace(true)) > 1e-3 * actual);
});

test('NC1 of two classes in many dimensions looks along the difference of their means', () => {
  const labels = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? 4 : 9));
  const features = clusters(Rng.of(6, 'collapse'), {
    labels,
    width: 21,
    apart: 1,
  });
  const { within, between } = scatter(rowsOf(features), labels);
  // Σ_B = d dᵀ / 4, so Σ_B⁺ = 4 d dᵀ / ‖d‖⁴ = Σ_B / tr(Σ_B)².
  const size = between.reduce((s, row, i) => s + row[i]!, 0);
  let expected = 0;
  within.forEach((row, i) => {
    row.forEach((value, j) => {
      expected += (value * between[i]![j]!) / size ** 2 / 2;
    });
  });
  const actual = collapse(features, labels);
  assert.ok(actual !== null && Math.abs(actual - expected) < 1e-10 * expected);
});

test('NC1 is 0 where classes are points, and not defined for one class or equal means', () => {
  const points = matrix([
    [1, 2],
    [3, 5],
    [1, 2],
    [4, 0],
  ]);
  assert.equal(collapse(points, [0, 1, 0, 2]), 0);
  assert.equal(collapse(points, [5, 5, 5, 5]), null);
  assert.equal(
    collapse(
      matrix([
        [1, 0],
        [-1, 0],
        [0, 2],
        [0, -2],
      ]),
      [0, 0, 1, 1],
    ),
    null,
  );
});

test('a symmetric matrix is the sum of its eigenvectors, which are orthonormal, largest first', () => {
  const rng = Rng.of(8, 'eigen');
  const size = 9;
  const a = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++)
      a[i * size + j] = a[j * size + i] = rng.normal();
  }
  const { values, vectors } = symmetricEigen(a, size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      let sum = 0;
      let inner = 0;
      for (let r = 0; r < size; r++) {
        sum += values[r]! * vectors[r * size + i]! * vectors[r * size + j]!;
        inner += vectors[i * size + r]! * vectors[j * size + r]!;
      }
      assert.ok(Math.abs(sum - a[i * size + j]!) < 1e-12);
      assert.ok(Math.abs(inner - (i === j ? 1 : 0)) < 1e-12);
    }
  }
  assert.deepEqual(
    [...values].sort((x, y) => y - x),
    [...values],
  );
});
