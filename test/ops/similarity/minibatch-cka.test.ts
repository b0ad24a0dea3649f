import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  packCentred,
  packedLength,
} from '../../../src/ops/similarity/centred-gram.ts';
import {
  NoBandwidthError,
  type Kernel,
} from '../../../src/ops/similarity/gram-source.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { similarities } from '../../support/cka.ts';
import { matrix, rowsOf } from '../../support/features.ts';
import {
  biasedHsic,
  ckaLoops,
  gram,
  meanOfRatios,
  rbfGram,
  unbiasedHsic,
  type RbfMistakes,
} from '../../support/reference/cka.ts';
import { NumpyRandom } from '../../support/reference/numpy-random.ts';
import { APART, FLOAT32, FLOAT64 } from '../../support/tolerances.ts';

const near = (
  actual: number | undefined,
  expected: number,
  tolerance = FLOAT32,
) => {
  assert.ok(
    actual !== undefined && Math.abs(actual - expected) <= tolerance,
    `${String(actual)} is not ${expected}`,
  );
};
const far = (actual: number | undefined, wrong: number) => {
  assert.ok(
    // A formula that gives NaN is told apart as well.
    actual !== undefined && !(Math.abs(actual - wrong) <= APART),
    `${String(actual)} is near ${wrong}`,
  );
};

const rng = Rng.of(5, 'cka');
const random = (examples: number, width: number, offset = 0) =>
  Array.from({ length: examples }, () =>
    Array.from({ length: width }, () => offset + rng.normal()),
  );
/** Rows that share `share` of their first features with `rows`. */
const related = (rows: number[][], width: number, share: number) =>
  rows.map((row) =>
    Array.from(
      { length: width },
      (_, j) => share * (row[j % row.length] ?? 0) + rng.normal(),
    ),
  );

const base = random(26, 5, 1);
const LEFT = [base, related(base, 9, 1)].map(matrix);
const RIGHT = [
  related(base, 7, 0.8),
  related(base, 3, 0.2),
  random(26, 40),
].map(matrix);

test('every layer with every layer equals the unfolded unbiased HSIC over minibatches', () => {
  const { matrix: actual } = similarities(LEFT, RIGHT, {
    batch: 8,
  });
  LEFT.forEach((left, i) => {
    RIGHT.forEach((right, j) => {
      near(
        actual[i]?.[j],
        ckaLoops(rowsOf(left), rowsOf(right), 8, unbiasedHsic),
      );
    });
  });
});

test('it is none of the near formulas: biased, mean of ratios, diagonals kept, a lost factor, the remainder used', () => {
  const { matrix: actual } = similarities(LEFT, RIGHT, { batch: 8 });
  const [x, y] = [rowsOf(LEFT[0]!), rowsOf(RIGHT[0]!)];
  const value = actual[0]?.[0];
  far(value, ckaLoops(x, y, 8, biasedHsic));
  far(value, meanOfRatios(x, y, 8, unbiasedHsic));
  far(
    value,
    ckaLoops(x, y, 8, (k, l) => unbiasedHsic(k, l, { keepDiagonal: true })),
  );
  far(
    value,
    ckaLoops(x, y, 8, (k, l) => unbiasedHsic(k, l, { halfLastTerm: true })),
  );
  far(value, ckaLoops(x, y, 26, unbiasedHsic));
  far(value, ckaLoops(x.slice(2), y.slice(2), 8, unbiasedHsic));
});

test('the biased estimator equals its definition', () => {
  const { matrix: actual } = similarities(LEFT, RIGHT, {
    batch: 13,
    estimator: 'biased',
  });
  LEFT.forEach((left, i) => {
    RIGHT.forEach((right, j) => {
      near(
        actual[i]?.[j],
        ckaLoops(rowsOf(left), rowsOf(right), 13, biasedHsic),
      );
    });
  });
});

test('inner products of packed Gram matrices are HSIC up to its factor, in float64', () => {
  const n = 7;
  const [k, l] = [gram(random(n, 4)), gram(random(n, 3))].map((rows) =>
    Float64Array.from(rows.flat()),
  );
  const square = (flat: Float64Array | undefined) =>
    Array.from({ length: n }, (_, i) => [
      ...(flat ?? []).slice(i * n, (i + 1) * n),
    ]);
  for (const [estimator, hsic, factor] of [
    ['unbiased', unbiasedHsic, n * (n - 3)],
    ['biased', biasedHsic, (n - 1) ** 2],
  ] as const) {
    const [a, b] = [k, l].map((flat) => {
      const out = new Float64Array(packedLength(n, estimator));
      packCentred(flat ?? new Float64Array(), n, n, estimator, out);
      return out;
    });
    const inner = (a ?? new Float64Array()).reduce(
      (sum, value, i) => sum + value * (b?.[i] ?? NaN),
      0,
    );
    near((2 * inner) / factor, hsic(square(k), square(l)), FLOAT64);
  }
});

test('the example of the google-research notebook gives its numbers', () => {
  // representation_similarity/Demo.ipynb: np.random.seed(1337); X = randn(100, 10); Y = randn(100, 10) + X.
  const random = new NumpyRandom(1337);
  const x = random.randn(100, 10);
  const y = random
    .randn(100, 10)
    .map((row, i) => row.map((v, j) => v + x[i]![j]!));
  // First and last numbers of NumPy 2.4.6.
  near(x[0]?.[0], -0.70318731, 1e-8);
  near(y[0]?.[0], 1.4120962, 1e-7);
  const at = (estimator: 'biased' | 'unbiased', kernel?: Kernel) => {
    const { matrix: found } = similarities([matrix(x)], [matrix(y)], {
      batch: 100,
      estimator,
      ...(kernel && { kernel }),
    });
    return found[0]?.[0];
  };
  near(at('biased'), 0.5576132566117586, 1e-6);
  near(at('unbiased'), 0.513456489505526, 1e-6);
  // The notebook prints 0.65483 for its RBF kernel, whose threshold is 0.5; 1 would give 0.57583.
  near(at('biased', { type: 'rbf', threshold: 0.5 }), 0.65483, 5e-6);
  near(at('biased', { type: 'rbf', threshold: 1 }), 0.57583, 5e-6);
});

test('a layer is as similar to itself as can be, whatever its scale, shift and rotation', () => {
  const rows = rowsOf(LEFT[0]!);
  // The swap and sign change of two features is a rotation.
  const turned = rows.map(([a = 0, b = 0, ...rest]) => [-b, a, ...rest]);
  const variants = [
    rows,
    rows.map((row) => row.map((value) => 1e15 * value)),
    rows.map((row) => row.map((value) => 1e-25 * value)),
    turned,
  ].map(matrix);
  const { matrix: actual } = similarities(variants, variants, {
    batch: 13,
  });
  for (const row of actual) for (const value of row) near(value, 1);
  const shifted = matrix(rows.map((row) => row.map((value) => value + 512)));
  const { matrix: moved } = similarities([matrix(rows)], [shifted], {
    batch: 13,
  });
  // Adding 512 leaves 15 bits of the features themselves.
  near(moved[0]?.[0], 1, 1e-5);
});

test('a large common offset costs no digits', () => {
  const far = matrix(
    rowsOf(RIGHT[0]!).map((row) => row.map((value) => value + 2048)),
  );
  const { matrix: actual } = similarities([LEFT[0]!], [far], {
    batch: 13,
  });
  // The unfolded formula itself needs the offset taken off: its terms would be 1e15 and their difference 100.
  const plain = rowsOf(far).map((row) => row.map((value) => value - 2048));
  near(actual[0]?.[0], ckaLoops(rowsOf(LEFT[0]!), plain, 13, unbiasedHsic));
});

test('little memory means more passes and the same numbers', () => {
  const whole = similarities(LEFT, RIGHT, { batch: 6 });
  const pieces = similarities(LEFT, RIGHT, { batch: 6, memoryBytes: 1 });
  assert.equal(whole.turns, 5);
  assert.equal(pieces.turns, 20);
  assert.deepEqual(pieces.matrix, whole.matrix);
});

test('equal examples, or all but one equal, leave no more than rounding', () => {
  const equal = matrix(base.map(() => [0.1, 0.7, 3]));
  const outlier = matrix(
    base.map((_, i) => (i === 3 ? [9, 1, 2] : [0.1, 0.7, 3])),
  );
  const { sums } = similarities([equal, outlier], [LEFT[0]!], {
    batch: 26,
  });
  assert.equal(sums.left.own[0], 0);
  assert.ok(sums.left.own[1]! <= sums.left.rounding[1]!);
  assert.ok(sums.right.own[0]! > 1e6 * sums.right.rounding[0]!);
});

test('the RBF kernel has the median over all pairs, and none of the near formulas', () => {
  for (const estimator of ['unbiased', 'biased'] as const) {
    const { matrix: actual } = similarities(LEFT, RIGHT, {
      batch: 13,
      estimator,
      kernel: { type: 'rbf', threshold: 0.7 },
    });
    const hsic = estimator === 'biased' ? biasedHsic : unbiasedHsic;
    const loops = (i: number, j: number, mistakes: RbfMistakes = {}) =>
      ckaLoops(rowsOf(LEFT[i]!), rowsOf(RIGHT[j]!), 13, hsic, (rows) =>
        rbfGram(rows, 0.7, mistakes),
      );
    LEFT.forEach((_, i) => {
      RIGHT.forEach((_, j) => {
        near(actual[i]?.[j], loops(i, j));
      });
    });
    far(actual[0]?.[0], loops(0, 0, { withoutDiagonal: true }));
    far(actual[0]?.[0], loops(0, 0, { shareOfSquare: true }));
  }
});

test('the RBF kernel of an odd number of examples has one middle distance', () => {
  const { matrix: actual } = similarities([LEFT[0]!], [RIGHT[0]!], {
    batch: 5,
    kernel: { type: 'rbf', threshold: 1 },
  });
  const [x, y] = [rowsOf(LEFT[0]!), rowsOf(RIGHT[0]!)];
  const expected = ckaLoops(x, y, 5, unbiasedHsic, (rows) => rbfGram(rows, 1));
  near(actual[0]?.[0], expected);
});

test('where more than half of the pairs are equal the RBF kernel has no bandwidth', () => {
  const few = matrix(base.map((_, i) => [i < 22 ? 1 : i]));
  assert.throws(
    () =>
      similarities([few], [few], {
        batch: 26,
        kernel: { type: 'rbf', threshold: 1 },
      }),
    NoBandwidthError,
  );
});
