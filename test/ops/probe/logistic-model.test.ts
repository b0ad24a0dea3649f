import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DoubleMemory } from '../../../src/tensor/double/double-memory.ts';
import { LogisticObjective } from '../../../src/ops/probe/logistic-objective.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { clusters, matrix, rowsOf } from '../../support/features.ts';
import { asExamples, fitOne, part } from '../../support/probe.ts';
import {
  descend,
  gradientNorm,
  logisticLoops,
} from '../../support/reference/logistic-regression.ts';

const LABELS = Array.from({ length: 30 }, (_, i) => [4, 1, 1, 6][i % 4]!);
const features = clusters(Rng.of(1, 'logistic'), {
  labels: LABELS,
  width: 3,
  apart: 0.7,
  offset: 1,
});
const examples = part(features, LABELS);

test('objective, gradient and slope equal the definition and central differences', () => {
  const rng = Rng.of(2, 'objective');
  const { rows, targets, classes } = asExamples(examples, 1);
  const width = 8;
  const features = 3;
  const weights = Float64Array.from({ length: classes * width }, (_, at) =>
    at % width > features ? 0 : rng.normal(),
  );
  const linear = {
    weights: Array.from({ length: classes }, (_, k) => [
      ...weights.subarray(k * width, k * width + features),
    ]),
    biases: Array.from(
      { length: classes },
      (_, k) => weights[k * width + features]!,
    ),
  };
  const penalty = 0.3;
  const expected = logisticLoops({ rows, targets, classes }, linear, penalty);
  const count = rows.length;
  const memory = new DoubleMemory([
    count * width,
    ...LogisticObjective.lengths(count, width, classes),
  ]);
  const x = memory.panels(count, width);
  x.data.set(rows.flatMap((row) => [...row, 1, 0, 0, 0, 0]));
  const objective = new LogisticObjective(memory, {
    x,
    examples: count,
    features,
    width,
    targets: Int32Array.from(targets),
    classes,
  });
  objective.penalty = penalty;
  objective.weights.set(weights);
  objective.refresh();
  const gradient = new Float64Array(classes * width);
  assert.ok(Math.abs(objective.gradient(gradient) - expected.value) < 1e-13);
  const flat = expected.gradient.weights.flatMap((row, k) => [
    ...row,
    expected.gradient.biases[k]!,
    ...[0, 0, 0, 0],
  ]);
  flat.forEach((slope, i) => {
    assert.ok(Math.abs(gradient[i]! - slope) < 1e-13);
  });

  const direction = weights.map((_, at) =>
    at % width > features ? 0 : rng.normal(),
  );
  objective.aim(direction);
  const slope = gradient.reduce((sum, g, i) => sum + g * direction[i]!, 0);
  assert.ok(Math.abs(objective.along(0).slope - slope) < 1e-12);
  const step = 1e-5;
  const difference =
    (objective.along(0.5 + step).value - objective.along(0.5 - step).value) /
    (2 * step);
  assert.ok(Math.abs(objective.along(0.5).slope - difference) < 1e-8);
  const ahead = objective.along(0.5).value;
  objective.advance(0.5);
  assert.ok(Math.abs(objective.gradient(gradient) - ahead) < 1e-13);
});

test('the optimum satisfies its condition: the gradient by plain loops is zero', () => {
  for (const penalty of [10, 0.1, 1e-3, 1e-5]) {
    const { fit, linear } = fitOne(examples, { penalty, scale: 0.4 });
    const expected = logisticLoops(asExamples(examples, 0.4), linear, penalty);
    assert.equal(fit.converged, true);
    assert.ok(gradientNorm(expected.gradient) < 1e-10);
    assert.ok(Math.abs(fit.value - expected.value) < 1e-12);
    assert.ok(
      Math.abs(fit.gradientNorm - gradientNorm(expected.gradient)) < 1e-12,
    );
  }
});

test('the optimum is the one that plain gradient descent creeps to, not that of a near objective', () => {
  const penalty = 0.05;
  const { fit, linear } = fitOne(examples, { penalty });
  const given = asExamples(examples, 1);
  const slow = descend(given, penalty, { rate: 0.5, steps: 6000 });
  assert.ok(Math.abs(fit.value - slow.value) < 1e-10);
  slow.weights.flat().forEach((weight, i) => {
    assert.ok(Math.abs(linear.weights.flat()[i]! - weight) < 1e-5);
  });
  for (const mistake of ['sum', 'penalizedBiases', 'noHalf'] as const) {
    const wrong = logisticLoops(given, linear, penalty, { [mistake]: true });
    assert.ok(gradientNorm(wrong.gradient) > 1e-3, mistake);
  }
});

test('a warm start along the path ends where a cold start ends', () => {
  const { model } = fitOne(examples, { penalty: 1 });
  const options = { tolerance: 1e-11, iterations: 5000 };
  let warm = 0;
  for (const penalty of [0.1, 0.01, 1e-3]) {
    for (const turns = model.fit(penalty, options); ;) {
      const turn = turns.next();
      if (turn.done !== true) continue;
      warm = turn.value.value;
      break;
    }
  }
  assert.ok(
    Math.abs(warm - fitOne(examples, { penalty: 1e-3 }).fit.value) < 1e-13,
  );
});

test('separable classes have a finite optimum that fits them all', () => {
  const labels = [0, 0, 1, 1, 2, 2];
  const rows = matrix([
    [1, 0],
    [2, 0],
    [0, 1],
    [0, 2],
    [-1, -1],
    [-2, -2],
  ]);
  for (const penalty of [1e-3, 1e-6, 1e-9]) {
    const { model, fit, linear } = fitOne(part(rows, labels), { penalty });
    assert.deepEqual([...model.predict(rows)], labels);
    const { gradient } = logisticLoops(
      asExamples(part(rows, labels), 1),
      linear,
      penalty,
    );
    assert.ok(fit.converged && gradientNorm(gradient) < 1e-10);
    assert.ok(linear.weights.flat().every(Number.isFinite));
  }
});

test('a class without examples is never predicted and has no weights', () => {
  const { model } = fitOne(examples, { penalty: 1e-3 });
  assert.deepEqual([...model.labels], [1, 4, 6]);
  const elsewhere = matrix(
    rowsOf(features).map((row) => row.map((value) => -30 * value)),
  );
  const seen = new Set(model.predict(elsewhere));
  assert.ok([...seen].every((label) => [1, 4, 6].includes(label)));
});

test('labels are sorted as numbers', () => {
  const labels = LABELS.map((label) => (label === 6 ? 10 : label));
  const { model } = fitOne(part(features, labels), { penalty: 1 });
  assert.deepEqual([...model.labels], [1, 4, 10]);
});

test('a constant feature and a duplicate change nothing but the number of weights', () => {
  const more = matrix(
    rowsOf(features).map(([a = 0, b = 0, c = 0]) => [a, b, c, 7]),
  );
  const penalty = 1e-4;
  const plain = fitOne(examples, { penalty });
  const constant = fitOne(part(more, LABELS), { penalty });
  assert.ok(Math.abs(plain.fit.value - constant.fit.value) < 1e-11);
  assert.ok(constant.linear.weights.every((row) => Math.abs(row[3]!) < 1e-9));
  // Two equal columns share a weight w as w/2 and w/2: half the penalty.
  const twice = matrix(
    rowsOf(features).map(([a = 0, b = 0, c = 0]) => [a, b, c, a, b, c]),
  );
  const doubled = fitOne(part(twice, LABELS), { penalty: 2 * penalty });
  assert.ok(Math.abs(plain.fit.value - doubled.fit.value) < 1e-11);
});

test('features that are all zero leave the shares of the classes', () => {
  const zeros = matrix(LABELS.map(() => [0, 0]));
  const { fit, model } = fitOne(part(zeros, LABELS), { penalty: 0.1 });
  // 8, 8, 7 and 7 examples of 4, 1, 1 and 6.
  const shares = [15, 8, 7].map((count) => count / 30);
  const entropy = -shares.reduce((sum, p) => sum + p * Math.log(p), 0);
  assert.ok(Math.abs(fit.value - entropy) < 1e-12);
  assert.deepEqual([...new Set(model.predict(zeros))], [1]);
});

test('the shift of all features changes neither objective nor weights', () => {
  const shifted = matrix(rowsOf(features).map((row) => row.map((x) => x + 64)));
  // float32 rounds the shifted values: compare with their own differences.
  const back = matrix(rowsOf(shifted).map((row) => row.map((x) => x - 64)));
  const penalty = 1e-3;
  const near = fitOne(part(back, LABELS), { penalty });
  const far = fitOne(part(shifted, LABELS), { penalty });
  assert.ok(Math.abs(near.fit.value - far.fit.value) < 1e-11);
  near.linear.weights.flat().forEach((weight, i) => {
    assert.ok(Math.abs(far.linear.weights.flat()[i]! - weight) < 1e-6);
  });
});

test('more features than a dense preconditioner takes are fitted to the same certificate', () => {
  const labels = [0, 1, 2, 0, 1, 2, 0, 1];
  const wide = clusters(Rng.of(3, 'wide'), { labels, width: 2100, apart: 0.2 });
  const { fit, linear } = fitOne(part(wide, labels), {
    penalty: 1e-2,
    scale: 0.02,
    tolerance: 1e-9,
  });
  const { gradient } = logisticLoops(
    asExamples(part(wide, labels), 0.02),
    linear,
    1e-2,
  );
  assert.ok(fit.converged);
  assert.ok(gradientNorm(gradient) < 1e-8);
});

test('correlated features cost few iterations', () => {
  // Every feature is mostly one common direction; classes differ in the small rest. Without the
  // preconditioner it takes 417 iterations.
  const rng = Rng.of(4, 'correlated');
  const labels = Array.from({ length: 200 }, (_, i) => i % 4);
  const rows = labels.map((label) => {
    const common = 10 * rng.normal();
    return Array.from(
      { length: 12 },
      (_, j) =>
        common + (rng.normal() + (j % 4 === label ? 1.5 : 0)) / (1 + 2 * j),
    );
  });
  const { fit } = fitOne(part(matrix(rows), labels), {
    penalty: 1e-6,
    scale: 0.03,
    tolerance: 1e-6,
  });
  assert.ok(fit.converged);
  assert.ok(fit.iterations < 50, `${fit.iterations} iterations`);
});

test('a fit that is given up says so', () => {
  const { fit } = fitOne(examples, { penalty: 1e-6, iterations: 2 });
  assert.equal(fit.converged, false);
  assert.equal(fit.iterations, 2);
});

test('of equally probable labels the lowest is predicted', () => {
  const zeros = part(matrix([[0], [0], [0], [0]]), [7, 2, 2, 7]);
  const { model } = fitOne(zeros, { penalty: 1 });
  assert.deepEqual([...model.predict(zeros.features)], [2, 2, 2, 2]);
});
