import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pairedTTest } from '../../../src/ops/statistics/paired-t-test.ts';
import { meanOf, summarise } from '../../../src/ops/statistics/summary.ts';
import { P_VALUE } from '../../support/tolerances.ts';

/** SciPy 1.17.1, `stats.ttest_rel`, `numpy.mean`, `stats.sem`; last the p-value of the unpaired test. */
const SCIPY = [
  {
    left: [0.76, 0.772, 0.751],
    right: [0.785, 0.79, 0.779],
    t: -7.988124096574769,
    p: 0.015312465654098575,
    mean: 0.761,
    error: 0.006082762530298225,
    unpaired: 0.026100567395979105,
  },
  {
    left: [0.568, 0.559],
    right: [0.521, 0.519],
    t: 12.42857142857161,
    p: 0.05111217406959127,
    mean: 0.5635,
    error: 0.0044999999999999485,
    unpaired: 0.011044319678317193,
  },
  {
    left: [1, 2, 3, 4, 5.5],
    right: [1.1, 1.9, 3.3, 3.8, 5.9],
    t: -0.8770580193070288,
    p: 0.4299733794885496,
    mean: 3.1,
    error: 0.7810249675906654,
    unpaired: 0.9322141706745701,
  },
];

test('mean, standard error and paired t-test equal those of SciPy', () => {
  for (const { left, right, t, p, mean, error, unpaired } of SCIPY) {
    const summary = summarise(left);
    assert.ok(Math.abs((summary.mean ?? NaN) - mean) < 1e-15);
    assert.ok(Math.abs((summary.standardError ?? NaN) - error) < 1e-15);
    assert.equal(summary.count, left.length);
    const result = pairedTTest(left, right);
    assert.ok(result !== null);
    assert.ok(Math.abs(result.t / t - 1) < 1e-12);
    assert.equal(result.degreesOfFreedom, left.length - 1);
    assert.ok(Math.abs(result.pValue / p - 1) < P_VALUE);
    assert.ok(Math.abs(result.pValue / unpaired - 1) > 0.1);
    // The population deviation, the nearest wrong one.
    const wrong = error * Math.sqrt((left.length - 1) / left.length);
    assert.ok(Math.abs((summary.standardError ?? NaN) / wrong - 1) > 0.05);
  }
});

test('swapping the sides changes the sign of t and not p', () => {
  const { left, right } = SCIPY[0]!;
  const one = pairedTTest(left, right);
  const other = pairedTTest(right, left);
  assert.ok(one !== null && other !== null);
  assert.equal(one.t, -other.t);
  assert.equal(one.pValue, other.pValue);
});

test('a test that cannot be made is null', () => {
  assert.equal(pairedTTest([], []), null);
  assert.equal(pairedTTest([1], [2]), null);
  assert.equal(pairedTTest([1, 2, 3], [1, 2, 3]), null);
  // Differences of 0.1 but for their rounding.
  assert.equal(pairedTTest([0.1, 0.3, 0.7], [0.2, 0.4, 0.8]), null);
  assert.notEqual(pairedTTest([0.1, 0.3, 0.7], [0.2, 0.4, 0.8001]), null);
});

test('no mean difference has p = 1, and p is never more', () => {
  assert.equal(pairedTTest([1, -1], [0, 0])?.pValue, 1);
  const many = Array.from({ length: 2001 }, (_, i) => (i % 2 === 0 ? 1 : -1));
  const result = pairedTTest(
    many,
    many.map(() => 0),
  );
  assert.ok((result?.pValue ?? 2) <= 1 && (result?.pValue ?? 0) > 0.9);
});

test('an empty sample has no mean, a single value no standard error', () => {
  assert.deepEqual(summarise([]), {
    mean: null,
    standardError: null,
    count: 0,
  });
  assert.deepEqual(summarise([3]), { mean: 3, standardError: null, count: 1 });
});

test('the order of the values changes no digit, and equal values have exactly their mean', () => {
  const values = [0.1, 0.7, 0.3, 1e-9, 123.456];
  assert.deepEqual(summarise(values), summarise(values.toReversed()));
  assert.deepEqual(summarise([0.1, 0.1, 0.1]), {
    mean: 0.1,
    standardError: 0,
    count: 3,
  });
  assert.equal(meanOf([0.7, 0.7, 0.7]), 0.7);
  // Added up as they come: 0.07999999999999999 and 0.08.
  assert.equal(meanOf([0.01, 0.02, 0.21]), meanOf([0.02, 0.01, 0.21]));
});
