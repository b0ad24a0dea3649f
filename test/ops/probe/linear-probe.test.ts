import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scorePredictions } from '../../../src/ops/probe/accuracy.ts';
import { logSpaced, rmsScale } from '../../../src/ops/probe/linear-probe.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { clusters, matrix } from '../../support/features.ts';
import { fitOne, part, runProbe } from '../../support/probe.ts';

const LABELS = Array.from(
  { length: 120 },
  (_, i) => [0, 1, 1, 2, 3, 3, 3][i % 7]!,
);
const features = clusters(Rng.of(7, 'scikit-learn'), {
  labels: LABELS,
  width: 6,
  apart: 1,
  offset: 2,
});
const examples = {
  fit: part(features, LABELS, 0, 60),
  tune: part(features, LABELS, 60, 80),
  test: part(features, LABELS, 80, 120),
};
const scale = rmsScale(examples.fit.features);

/**
 * scikit-learn 1.9.1 on the same numbers: `LogisticRegression(C=1/(penalty*n), tol=1e-12, max_iter=100000)`, features
 * divided by the root mean squared norm of the first 60; objective = mean of −log p + penalty/2 · sum(coef²).
 */
const SCIKIT_LEARN = [
  {
    penalty: 1,
    objective: 1.276962615484403,
    tune: 0.45,
    norm: 0.19573511466990298,
  },
  {
    penalty: 1e-2,
    objective: 0.7547975448435738,
    tune: 0.85,
    norm: 6.214675970677115,
  },
  {
    penalty: 1e-4,
    objective: 0.24157285983637544,
    tune: 0.85,
    norm: 28.284331890835187,
  },
  {
    penalty: 1e-6,
    objective: 0.16959314299697803,
    tune: 0.85,
    norm: 77.41627524967765,
  },
];

test('the path equals that of scikit-learn with C = 1 / (penalty · n)', () => {
  const penalties = SCIKIT_LEARN.map(({ penalty }) => penalty);
  const { path } = runProbe(examples, { penalties, scale });
  assert.deepEqual(
    path.map(({ penalty }) => penalty),
    penalties,
  );
  path.forEach((point, i) => {
    const expected = SCIKIT_LEARN[i]!;
    assert.ok(Math.abs(point.value - expected.objective) < 1e-9);
    assert.equal(point.tuneScore, expected.tune);
    assert.equal(point.converged, true);
    const { linear } = fitOne(examples.fit, { penalty: point.penalty, scale });
    const norm = Math.hypot(...linear.weights.flat());
    assert.ok(Math.abs(norm / expected.norm - 1) < 1e-4);
  });
});

test('of equally good penalties the largest is chosen, then refitted with the tune examples', () => {
  const penalties = [1e-6, 1, 1e-4, 1e-2];
  const result = runProbe(examples, { penalties, scale });
  assert.equal(result.chosen.penalty, 1e-2);
  // scikit-learn on the first 80 examples, scored on the last 40.
  assert.ok(Math.abs(result.refit.value - 0.7455922690381697) < 1e-9);
  assert.equal(result.score, 0.8);
  // The fit without them has another objective.
  assert.ok(Math.abs(result.refit.value - result.chosen.value) > 1e-3);
});

test('mean per class weighs classes equally', () => {
  const result = runProbe(examples, {
    penalties: [1e-2],
    scale,
    metric: 'mean-per-class',
  });
  // scikit-learn's recalls of the four classes.
  const expected = (2 / 3 + 1 + 1 / 6 + 17 / 18) / 4;
  assert.ok(Math.abs(result.score - expected) < 1e-12);
});

test('the penalty is chosen by the metric that is asked for', () => {
  const penalties = SCIKIT_LEARN.map(({ penalty }) => penalty);
  const { path } = runProbe(examples, {
    penalties,
    scale,
    metric: 'mean-per-class',
  });
  path.forEach((point, i) => {
    const { model } = fitOne(examples.fit, { penalty: point.penalty, scale });
    const expected = scorePredictions(
      model.predict(examples.tune.features),
      examples.tune.labels,
      'mean-per-class',
    );
    assert.equal(point.tuneScore, expected);
    assert.ok(Math.abs(point.tuneScore - SCIKIT_LEARN[i]!.tune) > 1e-3);
  });
});

test('a class that only the tune examples have counts against the path and is in the refit', () => {
  const fit = part(
    features,
    LABELS.map((label) => label),
    0,
    60,
  );
  const present = [...fit.labels].map((label) => label !== 2);
  const rows = Array.from({ length: 60 }, (_, i) => [
    ...fit.features.data.subarray(i * 6, (i + 1) * 6),
  ]);
  const without = part(
    matrix(rows.filter((_, i) => present[i]!)),
    [...fit.labels].filter((_, i) => present[i]!),
  );
  const result = runProbe(
    { ...examples, fit: without },
    { penalties: [1e-4], scale },
  );
  const missing = [...examples.tune.labels].filter((label) => label === 2);
  assert.ok(missing.length > 0);
  assert.ok(result.chosen.tuneScore <= 1 - missing.length / 20);
  assert.deepEqual([...result.labels], [0, 1, 2, 3]);
});

test('accuracy counts examples, mean per class counts classes', () => {
  const labels = Int32Array.of(0, 0, 0, 0, 5, 5);
  const predictions = Int32Array.of(0, 0, 0, 0, 5, 0);
  assert.equal(scorePredictions(predictions, labels, 'accuracy'), 5 / 6);
  assert.equal(scorePredictions(predictions, labels, 'mean-per-class'), 0.75);
});

test('penalties are spaced evenly on a log scale, ends included', () => {
  assert.deepEqual(
    logSpaced(1e-6, 1e5, 12),
    [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1e3, 1e4, 1e5],
  );
  const published = logSpaced(1e-6, 1e5, 45);
  assert.equal(published.length, 45);
  assert.equal(published[0], 1e-6);
  assert.equal(published[44], 1e5);
  assert.equal(published[4], 1e-5);
  assert.deepEqual(logSpaced(2, 3, 1), [2]);
});

test('the scale makes the root mean squared norm 1, and leaves zeros alone', () => {
  const rows = matrix([
    [3, 4],
    [0, 0],
  ]);
  assert.equal(rmsScale(rows), 1 / Math.sqrt(12.5));
  assert.equal(rmsScale(matrix([[0, 0]])), 1);
});
