import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holm } from '../../../src/ops/statistics/holm.ts';
import { meanInterval } from '../../../src/ops/statistics/mean-interval.ts';
import { pairedTTest } from '../../../src/ops/statistics/paired-t-test.ts';
import { rankCorrelation } from '../../../src/ops/statistics/rank-correlation.ts';
import { meanOf, summarise } from '../../../src/ops/statistics/summary.ts';
import { FLOAT64, P_VALUE } from '../../support/tolerances.ts';

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

const near = (actual: number | undefined, expected: number, share: number) => {
  assert.ok(
    actual !== undefined &&
      Math.abs(actual - expected) <= share * Math.max(1, Math.abs(expected)),
    `${actual} is not ${expected}`,
  );
};

/** SciPy 1.17.1, `stats.t.interval` with `stats.sem`; then `stats.norm.interval`, the nearest wrong one. */
const INTERVALS = [
  {
    values: [0.76, 0.772, 0.751],
    confidence: 0.95,
    t: [0.7348279851945946, 0.7871720148054054],
    normal: [0.7490780045141058, 0.7729219954858942],
  },
  {
    values: [0.568, 0.559],
    confidence: 0.9,
    t: [0.5350881181839626, 0.5919118818160374],
    normal: [0.5560981586787185, 0.5709018413212815],
  },
  {
    values: [1, 2, 3, 4, 5.5],
    confidence: 0.99,
    t: [-0.4959130476804763, 6.6959130476804765],
    normal: [1.088213001676634, 5.111786998323366],
  },
];

test('the interval of a mean is that of Student, as SciPy has it', () => {
  for (const { values, confidence, t, normal } of INTERVALS) {
    const interval = meanInterval(values, confidence);
    assert.ok(interval !== null);
    near(interval.lower, t[0] ?? NaN, P_VALUE);
    near(interval.upper, t[1] ?? NaN, P_VALUE);
    assert.ok(Math.abs(interval.lower - (normal[0] ?? NaN)) > 0.01);
  }
});

test('one value has no interval, equal values have a single point', () => {
  assert.equal(meanInterval([], 0.95), null);
  assert.equal(meanInterval([3], 0.95), null);
  assert.deepEqual(meanInterval([0.1, 0.1, 0.1], 0.95), {
    lower: 0.1,
    upper: 0.1,
  });
});

test('the interval of differences leaves out 0 where the paired test rejects, and only there', () => {
  for (const { left, right, p } of SCIPY) {
    const differences = left.map((value, i) => value - (right[i] ?? NaN));
    for (const confidence of [1 - p - 1e-4, 1 - p + 1e-4]) {
      const interval = meanInterval(differences, confidence);
      assert.ok(interval !== null);
      const isOutside = interval.lower > 0 || interval.upper < 0;
      assert.equal(isOutside, confidence < 1 - p);
    }
  }
});

test("Holm's correction equals that of statsmodels 0.15.0, in the order given", () => {
  const cases = [
    [
      [0.01, 0.04, 0.03, 0.005],
      [0.03, 0.06, 0.06, 0.02],
    ],
    [
      [0.02, 0.5, 0.02, 0.9, 0.0005, 0.03],
      [0.1, 1, 0.1, 1, 0.003, 0.1],
    ],
    [
      [0.6, 0.7],
      [1, 1],
    ],
    [[0.3], [0.3]],
    [[], []],
  ] as const;
  for (const [given, expected] of cases) {
    const corrected = holm(given);
    assert.equal(corrected.length, expected.length);
    corrected.forEach((value, i) => {
      near(value, expected[i] ?? NaN, FLOAT64);
    });
  }
  // Bonferroni, and Hochberg's step-up: the nearest wrong ones.
  const [first, , third] = holm([0.01, 0.04, 0.03, 0.005]);
  assert.ok(Math.abs((first ?? NaN) - 0.04) > 0.005);
  assert.ok(Math.abs((third ?? NaN) - 0.04) > 0.005);
});

/** Spearman's correlation from its definition: each rank counted, ties by halves. */
function spearmanLoops(left: readonly number[], right: readonly number[]) {
  const ranks = (values: readonly number[]): number[] =>
    values.map((own) => {
      let rank = 0.5;
      for (const other of values) {
        if (other < own) rank += 1;
        else if (other === own) rank += 0.5;
      }
      return rank;
    });
  const [r, s] = [ranks(left), ranks(right)];
  const middle = (left.length + 1) / 2;
  let [both, a, b] = [0, 0, 0];
  for (let i = 0; i < left.length; i++) {
    const [x, y] = [(r[i] ?? NaN) - middle, (s[i] ?? NaN) - middle];
    both += x * y;
    a += x ** 2;
    b += y ** 2;
  }
  return both / Math.sqrt(a * b);
}

/** SciPy 1.17.1, `stats.spearmanr`; then `stats.pearsonr`, the nearest wrong one. */
const CORRELATIONS = [
  // R² and transfer of nine objectives, from the miniature of the paper in PyTorch.
  {
    left: [0.444, 0.441, 0.468, 0.47, 0.514, 0.54, 0.57, 0.607, 0.663],
    right: [56.8, 54.9, 55.6, 56.4, 53.6, 54.7, 52.7, 52.2, 52.1],
    spearman: -0.8666666666666667,
    pearson: -0.8882161337004871,
  },
  {
    left: [1, 2, 2, 3, 5, 5, 5, 8, 9, 10],
    right: [2, 1, 4, 4, 3, 7, 6, 6, 10, 9],
    spearman: 0.8452376966295818,
    pearson: 0.8712851252299949,
  },
  {
    left: [1, 2, 2, 3],
    right: [1, 3, 2, 2],
    spearman: 0.5,
    pearson: 0.5,
  },
];

test('rank correlation equals that of SciPy and that of plain loops, ties included', () => {
  for (const { left, right, spearman, pearson } of CORRELATIONS) {
    const { value, count } = rankCorrelation(left, right, 0.95);
    near(value ?? NaN, spearman, FLOAT64);
    near(value ?? NaN, spearmanLoops(left, right), FLOAT64);
    assert.equal(count, left.length);
    if (spearman !== pearson)
      assert.ok(Math.abs((value ?? NaN) - pearson) > 0.01);
  }
});

test("its interval is Fisher's with the error of Bonett and Wright", () => {
  const [nine, ten] = CORRELATIONS;
  assert.ok(nine !== undefined && ten !== undefined);
  // SciPy's `stats.norm.ppf` of 0.975 and 0.95.
  for (const [{ left, right, spearman }, confidence, z] of [
    [nine, 0.95, 1.959963984540054],
    [ten, 0.9, 1.6448536269514722],
  ] as const) {
    const { interval } = rankCorrelation(left, right, confidence);
    const ends = (variance: number) =>
      [-1, 1].map((sign) =>
        Math.tanh(
          Math.atanh(spearman) +
            (sign * z * Math.sqrt(variance)) / Math.sqrt(left.length - 3),
        ),
      );
    const expected = ends(1 + spearman ** 2 / 2);
    near(interval?.lower, expected[0] ?? NaN, P_VALUE);
    near(interval?.upper, expected[1] ?? NaN, P_VALUE);
    // Pearson's error, and that of Fieller, Hartley and Pearson: the nearest wrong ones.
    for (const wrong of [ends(1), ends(1.06)]) {
      assert.ok(Math.abs((interval?.lower ?? NaN) - (wrong[0] ?? NaN)) > 1e-3);
    }
  }
});

test('a perfect correlation has the interval of the next order down, not a point', () => {
  const up = [1, 2, 3, 4, 5];
  const { value, interval } = rankCorrelation(up, up, 0.95);
  assert.equal(value, 1);
  const swapped = rankCorrelation(up, [1, 2, 3, 5, 4], 0.95);
  assert.deepEqual(interval, { lower: swapped.interval?.lower, upper: 1 });
  const down = rankCorrelation(up, up.toReversed(), 0.95);
  assert.equal(down.value, -1);
  assert.deepEqual(down.interval, {
    lower: -1,
    upper: -interval.lower,
  });
});

test('too few pairs have no interval, and what does not vary has no correlation', () => {
  assert.deepEqual(rankCorrelation([1, 2, 3], [1, 3, 2], 0.95), {
    value: 0.5,
    interval: null,
    count: 3,
  });
  assert.deepEqual(rankCorrelation([1], [1], 0.95), {
    value: null,
    interval: null,
    count: 1,
  });
  assert.deepEqual(rankCorrelation([1, 2, 3, 4], [7, 7, 7, 7], 0.95), {
    value: null,
    interval: null,
    count: 4,
  });
});
