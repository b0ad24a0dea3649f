import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeError } from '../../src/kind/kind.ts';
import { knn } from '../../src/nodes/knn.ts';
import { Rng } from '../../src/tensor/rng.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { clusters, featuresOf, matrix, rowsOf } from '../support/features.ts';
import {
  cosine,
  knnLoops,
  minusEuclidean,
  type Similarity,
} from '../support/reference/neighbours.ts';
import { runKind, type Heard } from '../support/run-kind.ts';

const LABELS = Array.from({ length: 120 }, (_, i) => (i * i + 1) % 7);
const pool = clusters(Rng.of(2, 'knn'), {
  labels: LABELS,
  width: 3,
  apart: 0.6,
});
const SPLITS = { train: [0, 60], tune: [60, 90], test: [90, 120] } as const;
const features = featuresOf({
  layers: { pool },
  labels: LABELS,
  splits: SPLITS,
  classes: 7,
});
const run = async (params: JsonObject, heard?: Heard) =>
  (
    await runKind(
      knn,
      params,
      { features },
      heard === undefined ? {} : { heard },
    )
  ).value;

const rows = rowsOf(pool);
interface Rule {
  readonly similarity: Similarity;
  readonly weight?: (similarity: number) => number;
}
/** Share of right ones among queries, with a bank of the first `bank` examples. */
const accuracy = (
  count: number,
  bank: number,
  [start, end]: readonly [number, number],
  rule: Rule,
): number => {
  let right = 0;
  for (let i = start; i < end; i++) {
    const predicted = knnLoops(
      rows.slice(0, bank),
      LABELS.slice(0, bank),
      rows[i]!,
      { ...rule, count },
    );
    if (predicted === LABELS[i]) right += 1;
  }
  return right / (end - start);
};
/** The whole protocol by loops. */
function protocol(counts: readonly number[], rule: Rule) {
  const path = counts.map((neighbours) => ({
    neighbours,
    tuneAccuracy: accuracy(neighbours, 60, SPLITS.tune, rule),
  }));
  const best = Math.max(...path.map((point) => point.tuneAccuracy));
  const chosen = path.find((point) => point.tuneAccuracy === best)!;
  return {
    path,
    neighbours: chosen.neighbours,
    accuracy: accuracy(chosen.neighbours, 90, SPLITS.test, rule),
    /** What comes of forgetting that held-out examples join the bank. */
    withoutTune: accuracy(chosen.neighbours, 60, SPLITS.test, rule),
  };
}

test('knn chooses the number of neighbours on "tune" and scores "test" with both other splits as bank', async () => {
  const counts = [1, 3, 6, 11, 25];
  const expected = protocol(counts, { similarity: cosine });
  const value = await run({ neighbours: [25, 3, 1, 11, 6] });
  assert.deepEqual(value['path'], expected.path);
  assert.equal(value['neighbours'], expected.neighbours);
  assert.equal(value['accuracy'], expected.accuracy);
  assert.notEqual(expected.accuracy, expected.withoutTune);
  assert.ok(value['accuracy'] > 0.4);
  assert.equal(value['classes'], 4);
  assert.equal(value['absentClasses'], 3);
  assert.deepEqual(value['examples'], { fit: 60, tune: 30, test: 30 });
});

test('knn takes Euclidean distances and weighted votes in units of the root mean squared norm', async () => {
  const norms = rows
    .slice(0, 60)
    .map((row) => row.reduce((sum, value) => sum + value * value, 0));
  const unit = Math.sqrt(norms.reduce((sum, one) => sum + one, 0) / 60);
  const counts = [5, 15, 40];
  const expected = protocol(counts, {
    similarity: minusEuclidean,
    weight: (s) => Math.exp(s / unit / 0.1),
  });
  const value = await run({
    ...{ distance: 'euclidean', vote: 'weighted', temperature: 0.1 },
    neighbours: counts,
  });
  assert.deepEqual(value['path'], expected.path);
  assert.equal(value['accuracy'], expected.accuracy);
  assert.equal(value['temperature'], 0.1);
  const counted = protocol(counts, { similarity: minusEuclidean });
  assert.notDeepEqual(counted.path, expected.path);
});

test('mean per class weighs classes equally', async () => {
  const counts = [9];
  const hits = LABELS.slice(0, 7).map(() => 0);
  const sizes = [...hits];
  for (let i = 90; i < 120; i++) {
    const label = LABELS[i]!;
    sizes[label]! += 1;
    const predicted = knnLoops(
      rows.slice(0, 90),
      LABELS.slice(0, 90),
      rows[i]!,
      { similarity: cosine, count: 9 },
    );
    if (predicted === label) hits[label]! += 1;
  }
  const present = sizes.flatMap((size, k) =>
    size === 0 ? [] : [hits[k]! / size],
  );
  const mean = present.reduce((sum, one) => sum + one, 0) / present.length;
  const value = await run({ neighbours: counts, metric: 'mean-per-class' });
  assert.ok(Math.abs(Number(value['accuracy']) - mean) < 1e-12);
  assert.notEqual(
    value['accuracy'],
    (await run({ neighbours: counts }))['accuracy'],
  );
});

test('numbers of neighbours above the examples are left out with a line in the log; none left is an error', async () => {
  const heard: Heard = { progress: [], log: [] };
  const value = await run({ neighbours: [1, 60, 61, 500] }, heard);
  assert.equal((value['path'] as readonly unknown[]).length, 2);
  assert.equal(
    heard.log[0],
    'Split "train" has 60 examples: 2 of 4 numbers of neighbours are above that and left out.',
  );
  const last = heard.progress.at(-1);
  assert.deepEqual([last?.done, last?.total], [60, 60]);
  await assert.rejects(
    run({ neighbours: [61, 70] }),
    new NodeError(
      '"neighbours" asks for at least 61, but split "train" of input "features" has only 60 examples.',
    ),
  );
});

test('one split in two roles is refused', async () => {
  await assert.rejects(
    run({ tune: 'test' }),
    /^NodeError: "fit", "tune" and "test" must be three splits/,
  );
});

test('equal vectors are all equally near: the lowest of the most frequent labels wins', async () => {
  const equal = featuresOf({
    layers: { pool: matrix(LABELS.map(() => [1, 2])) },
    labels: LABELS,
    splits: SPLITS,
    classes: 7,
  });
  const { value } = await runKind(
    knn,
    { neighbours: [60] },
    { features: equal },
  );
  const votes = LABELS.slice(0, 7).map(
    (_, label) => LABELS.slice(0, 60).filter((one) => one === label).length,
  );
  const winner = votes.indexOf(Math.max(...votes));
  assert.ok(votes.lastIndexOf(Math.max(...votes)) > winner);
  const share = LABELS.slice(90).filter((label) => label === winner).length;
  assert.equal(value['accuracy'], share / 30);
});
