import assert from 'node:assert/strict';
import { test } from 'node:test';
import { distanceDensities } from '../../../src/ops/separation/distance-densities.ts';
import { streamOf } from '../../../src/ops/separation/row-stream.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { clusters, matrix, rowsOf } from '../../support/features.ts';
import {
  centered,
  cosineDistance,
  plainDistance,
  squaredDistance,
  type Distance,
} from '../../support/reference/class-separation.ts';

const LABELS = [0, 3, 3, 0, 3, 3, 7, 3, 0, 3, 3, 3];
const features = clusters(Rng.of(1, 'densities'), {
  labels: LABELS,
  width: 5,
  apart: 1,
  offset: 1,
});

/** The definition; `isPooled` is the slip that weighs pairs equally. */
function loops(
  rows: readonly (readonly number[])[],
  labels: readonly number[],
  distance: Distance,
  options: { readonly bins: number; readonly to: number; isPooled?: boolean },
) {
  const { bins, to } = options;
  const groups = new Map<string, number[]>();
  rows.forEach((x, i) => {
    rows.slice(0, i).forEach((y, j) => {
      const pair = [labels[i]!, labels[j]!].sort((a, b) => a - b).join();
      groups.set(pair, [...(groups.get(pair) ?? []), distance(x, y)]);
    });
  });
  const density = (isWithin: boolean) => {
    const chosen = [...groups]
      .filter(
        ([pair]) => (pair.split(',')[0] === pair.split(',')[1]) === isWithin,
      )
      .map(([, distances]) => distances);
    const used = options.isPooled === true ? [chosen.flat()] : chosen;
    return Array.from({ length: bins }, (_, bin) => {
      const shares = used.map(
        (distances) =>
          distances.filter(
            (d) => Math.min(bins - 1, Math.floor((d / to) * bins)) === bin,
          ).length / distances.length,
      );
      return (
        (shares.reduce((sum, share) => sum + share, 0) / used.length) *
        (bins / to)
      );
    });
  };
  return { within: density(true), between: density(false) };
}

const close = (actual: readonly number[] | null, expected: readonly number[]) =>
  actual?.length === expected.length &&
  actual.every((value, i) => Math.abs(value - expected[i]!) < 1e-9);

for (const [distance, definition] of [
  ['cosine', cosineDistance],
  ['squared-euclidean', squaredDistance],
  ['euclidean', plainDistance],
] as const) {
  test(`densities of ${distance} distances weigh classes and pairs of classes equally`, () => {
    const actual = distanceDensities(
      streamOf(features),
      Int32Array.from(LABELS),
      { distance, center: false, bins: 7 },
    );
    const rows = rowsOf(features);
    const options = { bins: 7, to: actual.to };
    if (distance === 'cosine') assert.equal(actual.to, 2);
    const expected = loops(rows, LABELS, definition, options);
    assert.ok(close(actual.within, expected.within));
    assert.ok(close(actual.between, expected.between));
    const pooled = loops(rows, LABELS, definition, {
      ...options,
      isPooled: true,
    });
    assert.ok(!close(actual.within, pooled.within));
    assert.ok(!close(actual.between, pooled.between));
    assert.equal(actual.examples, 12);
  });
}

test('centring takes the mean off before cosines are formed', () => {
  const actual = distanceDensities(
    streamOf(features),
    Int32Array.from(LABELS),
    { distance: 'cosine', center: true, bins: 9 },
  );
  const rows = centered(rowsOf(features));
  const expected = loops(rows, LABELS, cosineDistance, { bins: 9, to: 2 });
  assert.ok(close(actual.within, expected.within));
});

test('of many examples a thousand are looked at, spread evenly', () => {
  const rows = Array.from({ length: 2500 }, (_, i) => [i]);
  const labels = rows.map(([i = 0]) => i % 2);
  // Pieces that end inside of rows would be two floats; here each row is one.
  const { examples, to } = distanceDensities(
    { width: 1, pieces: () => rows.map((row) => Float32Array.from(row)) },
    Int32Array.from(labels),
    { distance: 'euclidean', center: false, bins: 4 },
  );
  assert.equal(examples, 1000);
  assert.equal(to, Math.floor((999 * 2500) / 1000));
});

test('one class has no density between, lone examples none within, equal ones all in the first bin', () => {
  const equal = matrix([
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
  const of = (labels: readonly number[]) =>
    distanceDensities(streamOf(equal), Int32Array.from(labels), {
      distance: 'euclidean',
      center: false,
      bins: 2,
    });
  assert.deepEqual(of([4, 4, 4]), {
    from: 0,
    to: 0,
    examples: 3,
    within: [1, 0],
    between: null,
  });
  assert.equal(of([1, 2, 3]).within, null);
});
