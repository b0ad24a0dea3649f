import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TableValue } from '../../src/artifact/table.ts';
import {
  checkClaim,
  type CheckedClaim,
  type Comparison,
} from '../../src/claims/check-claim.ts';
import { meanInterval } from '../../src/ops/statistics/mean-interval.ts';
import { rankCorrelation } from '../../src/ops/statistics/rank-correlation.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { claimOf, tableOfSamples } from '../support/claims.ts';

const check = (
  written: JsonObject,
  tables: Readonly<Record<string, TableValue>>,
): CheckedClaim =>
  checkClaim(
    claimOf(written),
    (name) => tables[name] ?? { missing: `"${name}" is not there.` },
  );
const only = ({ comparisons }: CheckedClaim): Comparison => {
  const [first] = comparisons;
  assert.ok(first !== undefined && comparisons.length === 1);
  return first;
};
const near = (actual: number | null | undefined, expected: number) => {
  assert.ok(
    typeof actual === 'number' && Math.abs(actual - expected) < 1e-12,
    `${actual} is not ${expected}`,
  );
};

// Seeds move all rows together: differences are far surer than the rows themselves.
const SAMPLES = {
  softmax: { r2: [0.4, 0.5, 0.6], transfer: [0.5, 0.6, 0.7] },
  cosine: { r2: [0.61, 0.7, 0.82], transfer: [0.44, 0.55, 0.66] },
  squared: { r2: [0.7, 0.79, 0.92], transfer: [0.43, 0.53, 0.64] },
  untrained: { r2: [0, 0.1, 0.05], transfer: [0.3, 0.35, 0.4] },
};
const table = tableOfSamples(SAMPLES);
const values = (row: keyof typeof SAMPLES, column: 'r2' | 'transfer') =>
  SAMPLES[row][column];
const differences = (
  row: keyof typeof SAMPLES,
  from: keyof typeof SAMPLES,
  column: 'r2' | 'transfer',
) =>
  values(row, column).map((value, i) => value - (values(from, column)[i] ?? 0));
const mean = (numbers: readonly number[]) =>
  numbers.reduce((sum, value) => sum + value, 0) / numbers.length;

test('a difference is taken seed by seed, and holds where all of its interval is beyond the limit', () => {
  const quantity = {
    ...{ type: 'difference', table: 't', column: 'r2' },
    ...{ from: 'softmax', rows: ['cosine'] },
  };
  const own = differences('cosine', 'softmax', 'r2');
  const interval = meanInterval(own, 0.95);
  assert.ok(interval !== null);
  for (const [above, verdict] of [
    [interval.lower - 1e-6, 'holds'],
    [interval.lower + 1e-6, 'undecided'],
    [interval.upper - 1e-6, 'undecided'],
    [interval.upper + 1e-6, 'fails'],
  ] as const) {
    const checked = check({ quantity, above }, { t: table });
    assert.equal(checked.verdict, verdict);
    const one = only(checked);
    assert.equal(one.row, 'cosine');
    assert.equal(one.limit, above);
    assert.equal(one.count, 3);
    near(one.value, mean(own));
    near(one.interval?.lower, interval.lower);
    near(one.interval?.upper, interval.upper);
  }
  // Unpaired, the nearest wrong way, the interval would be wider than the difference.
  const apart = meanInterval(values('cosine', 'r2'), 0.95);
  assert.ok(apart !== null && apart.upper - apart.lower > 2 * mean(own));
});

test('below is the other side', () => {
  const quantity = {
    ...{ type: 'difference', table: 't', column: 'r2' },
    ...{ from: 'cosine', rows: ['softmax'] },
  };
  const verdict = (below: number) =>
    check({ quantity, below }, { t: table }).verdict;
  const interval = meanInterval(differences('softmax', 'cosine', 'r2'), 0.95);
  assert.equal(verdict((interval?.upper ?? NaN) + 1e-6), 'holds');
  assert.equal(verdict((interval?.upper ?? NaN) - 1e-6), 'undecided');
  assert.equal(verdict((interval?.lower ?? NaN) + 1e-6), 'undecided');
  assert.equal(verdict((interval?.lower ?? NaN) - 1e-6), 'fails');
});

test('the level of the interval is the claim’s own', () => {
  const quantity = {
    ...{ type: 'difference', table: 't', column: 'transfer' },
    ...{ from: 'softmax', rows: ['cosine'] },
  };
  const own = differences('cosine', 'softmax', 'transfer');
  for (const confidence of [0.8, 0.99]) {
    const one = only(check({ quantity, below: 0, confidence }, { t: table }));
    near(one.interval?.lower, meanInterval(own, confidence)?.lower ?? NaN);
  }
});

test('rows are all but the one subtracted and those left out; a claim holds only if each does', () => {
  const quantity = {
    ...{ type: 'difference', table: 't', column: 'r2', from: 'softmax' },
  };
  const without = check(
    { quantity: { ...quantity, except: ['untrained'] }, above: 0 },
    { t: table },
  );
  assert.deepEqual(
    without.comparisons.map(({ row }) => row),
    ['cosine', 'squared'],
  );
  assert.equal(without.verdict, 'holds');
  const whole = check({ quantity, above: 0 }, { t: table });
  assert.deepEqual(
    whole.comparisons.map(({ row, verdict }) => [row, verdict]),
    [
      ['cosine', 'holds'],
      ['squared', 'holds'],
      ['untrained', 'fails'],
    ],
  );
  assert.equal(whole.verdict, 'fails');
});

test('one of many rows fails only beyond chance, and needs no correction to hold', () => {
  const own = [-0.1, -0.11, -0.13, -0.05];
  const alone = meanInterval(own, 0.95);
  const corrected = meanInterval(own, 1 - 0.05 / 3);
  assert.ok(alone !== null && corrected !== null);
  // Between the ends of the two intervals: refuted if it were the only row.
  const above = (alone.upper + corrected.upper) / 2;
  const rows = {
    a: { x: own },
    b: { x: own.map((value) => value + 1) },
    c: { x: own.map((value) => value + 1) },
  };
  const verdictOf = (chosen: readonly string[]) =>
    check(
      {
        quantity: { type: 'mean', table: 't', column: 'x', rows: chosen },
        above,
      },
      { t: tableOfSamples(rows) },
    ).verdict;
  assert.equal(verdictOf(['a']), 'fails');
  assert.equal(verdictOf(['a', 'b', 'c']), 'undecided');
  // The same room on the right side is enough, however many rows there are.
  const lower = (alone.lower + corrected.lower) / 2;
  const all = check(
    {
      quantity: { type: 'mean', table: 't', column: 'x' },
      above: lower - 1e-3,
    },
    { t: tableOfSamples({ a: { x: own }, b: { x: own }, c: { x: own } }) },
  );
  assert.equal(all.verdict, lower - 1e-3 < alone.lower ? 'holds' : 'undecided');
  assert.equal(all.verdict, 'holds');
});

test('within two limits both must hold', () => {
  const quantity = {
    ...{ type: 'difference', table: 't', column: 'transfer' },
    ...{ from: 'softmax', rows: ['cosine'] },
  };
  const inside = check({ quantity, above: -0.2, below: 0.2 }, { t: table });
  assert.equal(inside.verdict, 'holds');
  assert.deepEqual(
    inside.comparisons.map(({ side }) => side),
    ['above', 'below'],
  );
  assert.equal(
    check({ quantity, above: -0.05, below: 0.2 }, { t: table }).verdict,
    'undecided',
  );
});

test('steps are between neighbours in the order given', () => {
  const quantity = {
    ...{ type: 'steps', table: 't', column: 'r2' },
    rows: ['untrained', 'softmax', 'squared'],
  };
  const checked = check({ quantity, above: 0.05 }, { t: table });
  assert.deepEqual(
    checked.comparisons.map(({ row }) => row),
    ['untrained to softmax', 'softmax to squared'],
  );
  near(
    checked.comparisons[1]?.value,
    mean(differences('squared', 'softmax', 'r2')),
  );
  const back = { ...quantity, rows: ['squared', 'softmax'] };
  assert.equal(
    check({ quantity: back, above: 0 }, { t: table }).verdict,
    'fails',
  );
});

test('a spread is from the smallest to the largest row of each seed', () => {
  const rows = {
    a: { x: [1, 5, 3] },
    b: { x: [4, 1, 3.5] },
    c: { x: [2, 2, 3.2] },
    out: { x: [100, 0, 0] },
  };
  const quantity = {
    ...{ type: 'spread', table: 't', column: 'x', except: ['out'] },
  };
  const one = only(check({ quantity, above: 0 }, { t: tableOfSamples(rows) }));
  near(one.value, mean([3, 4, 0.5]));
  near(one.interval?.lower, meanInterval([3, 4, 0.5], 0.95)?.lower ?? NaN);
  assert.equal(one.row, null);
  // That of the means is another number.
  assert.ok(Math.abs((one.value ?? 0) - (3 - 2.4)) > 1);
});

test('another quantity is a limit seed by seed, times a factor', () => {
  const spread = (name: string) => ({
    ...{ type: 'spread', table: name, column: 'x' },
  });
  const tuned = tableOfSamples({
    a: { x: [1, 1, 1] },
    b: { x: [1.1, 1.2, 1.35] },
  });
  const probe = tableOfSamples({
    a: { x: [1, 1, 1] },
    b: { x: [1.3, 1.5, 1.8] },
  });
  const checked = check(
    {
      quantity: spread('tuned'),
      below: { times: 0.5, quantity: spread('probe') },
    },
    { tuned, probe },
  );
  const one = only(checked);
  near(one.value, mean([0.1, 0.2, 0.35]));
  near(one.limit, 0.5 * mean([0.3, 0.5, 0.8]));
  // Around the limit as it is on average: the interval of the differences.
  const margins = meanInterval([0.1 - 0.15, 0.2 - 0.25, 0.35 - 0.4], 0.95);
  near(one.interval?.upper, (one.limit ?? 0) + (margins?.upper ?? NaN));
  assert.equal(checked.verdict, 'holds');
  // The spreads alone vary from seed to seed by more than what is between them.
  const alone = meanInterval([0.1, 0.2, 0.35], 0.95);
  assert.ok((alone?.upper ?? 0) > (one.limit ?? 0));
});

test('a limit of several rows counts row by row, one of a single row for all', () => {
  const tables = {
    t: table,
    u: tableOfSamples({
      squared: { x: [0, 0.1, 0.2] },
      cosine: { x: [0.9, 1, 1.1] },
    }),
  };
  const quantity = {
    ...{ type: 'mean', table: 't', column: 'r2', rows: ['cosine', 'squared'] },
  };
  const other = { type: 'mean', table: 'u', column: 'x' };
  const each = check({ quantity, above: { quantity: other } }, tables);
  assert.deepEqual(
    each.comparisons.map(({ row, limit, verdict }) => [
      row,
      Number(limit?.toFixed(6)),
      verdict,
    ]),
    [
      ['cosine', 1, 'fails'],
      ['squared', 0.1, 'holds'],
    ],
  );
  const single = check(
    { quantity, above: { quantity: { ...other, rows: ['squared'] } } },
    tables,
  );
  assert.deepEqual(
    single.comparisons.map(({ limit }) => Number(limit?.toFixed(6))),
    [0.1, 0.1],
  );
  // Without a row of its own there is nothing to compare with.
  const without = check(
    {
      quantity: { ...quantity, rows: ['softmax'] },
      above: { quantity: other },
    },
    tables,
  );
  assert.equal(only(without).limit, null);
  assert.equal(without.verdict, 'undecided');
});

test('a rank correlation is over the means of rows, with the interval of its n', () => {
  const rows = Object.fromEntries(
    [9, 8, 7, 5, 6, 4, 3, 1, 2].map((y, x) => [
      `row${x}`,
      { x: [x, x + 0.2], y: [y, y - 0.2] },
    ]),
  );
  const quantity = {
    ...{ type: 'rank-correlation', table: 't', columns: ['x', 'y'] },
  };
  const t = tableOfSamples({ ...rows, out: { x: [99], y: [99] } });
  const verdict = (below: number, more: JsonObject = {}) =>
    check({ quantity: { ...quantity, except: ['out'] }, below, ...more }, { t })
      .verdict;
  const expected = rankCorrelation(
    [0, 1, 2, 3, 4, 5, 6, 7, 8],
    [9, 8, 7, 5, 6, 4, 3, 1, 2],
    0.95,
  );
  assert.ok(expected.interval !== null && expected.value !== null);
  assert.equal(verdict(expected.interval.upper + 1e-6), 'holds');
  assert.equal(verdict(expected.interval.upper - 1e-6), 'undecided');
  assert.equal(verdict(expected.interval.lower - 1e-6), 'fails');
  assert.equal(verdict(expected.value + 1e-6, { exact: true }), 'holds');
  assert.equal(verdict(expected.value - 1e-6, { exact: true }), 'fails');
  const whole = only(check({ quantity, below: 0 }, { t }));
  assert.equal(whole.count, 10);
  assert.ok((whole.value ?? 0) > expected.value + 0.1);
  // Three rows have no interval.
  const three = { ...quantity, rows: ['row0', 'row1', 'row2'] };
  const few = check({ quantity: three, below: 0 }, { t });
  assert.equal(only(few).value, -1);
  assert.equal(few.verdict, 'undecided');
});

test('one seed is undecided whatever it gave, unless the number is all there is', () => {
  const t = tableOfSamples({ a: { x: [0.5] } });
  const quantity = { type: 'mean', table: 't', column: 'x' };
  for (const limit of [0.1, 0.9]) {
    const checked = check({ quantity, above: limit }, { t });
    assert.equal(checked.verdict, 'undecided');
    assert.equal(only(checked).interval, null);
    assert.equal(only(checked).count, 1);
    const exact = check({ quantity, above: limit, exact: true }, { t });
    assert.equal(exact.verdict, limit < 0.5 ? 'holds' : 'fails');
    assert.equal(exact.confidence, null);
  }
  // Neither above nor below: equal.
  for (const side of ['above', 'below']) {
    assert.equal(
      check({ quantity, [side]: 0.5, exact: true }, { t }).verdict,
      'fails',
    );
  }
  // Several seeds are no sample either where the claim says so.
  const two = tableOfSamples({ a: { x: [0, 1] } });
  const exact = check({ quantity, above: 0.4, exact: true }, { t: two });
  assert.equal(exact.verdict, 'holds');
  assert.equal(only(exact).interval, null);
});

test('only seeds that all have count, and a row without any leaves the claim undecided', () => {
  const t = tableOfSamples({
    a: { x: [1, 2, 3] },
    b: { x: [null, 1, 1.5] },
    c: { x: [] },
  });
  const difference = {
    ...{ type: 'difference', table: 't', column: 'x', from: 'b' },
  };
  const checked = check(
    { quantity: { ...difference, rows: ['a', 'c'] }, above: -20 },
    { t },
  );
  const [a, c] = checked.comparisons;
  assert.equal(a?.count, 2);
  near(a.value, mean([1, 1.5]));
  assert.equal(a.verdict, 'holds');
  assert.deepEqual([c?.count, c?.value, c?.verdict], [0, null, 'undecided']);
  assert.equal(checked.verdict, 'undecided');
  const spread = { type: 'spread', table: 't', column: 'x', rows: ['a', 'b'] };
  const one = only(check({ quantity: spread, above: 0 }, { t }));
  near(one.value, mean([1, 1.5]));
  assert.equal(
    only(
      check(
        { quantity: { type: 'spread', table: 't', column: 'x' }, above: 0 },
        { t },
      ),
    ).count,
    0,
  );
});

test('a claim about a table that is not there is not computed, and says why', () => {
  const quantity = { type: 'mean', table: 't', column: 'r2' };
  const gone = { type: 'mean', table: 'gone', column: 'r2' };
  for (const claim of [
    { quantity: gone, above: 0 },
    { quantity, above: { quantity: gone } },
  ]) {
    const checked = check(claim, { t: table });
    assert.equal(checked.verdict, 'not-computed');
    assert.equal(checked.reason, '"gone" is not there.');
    assert.deepEqual(checked.comparisons, []);
  }
});

test('what only the results can tell leaves a claim undecided, with a sentence', () => {
  const quantity = { type: 'mean', table: 't', column: 'trnasfer' };
  const checked = check({ quantity, above: 0 }, { t: table });
  assert.equal(checked.verdict, 'undecided');
  assert.equal(
    checked.reason,
    'The table has no column "trnasfer". Did you mean "transfer"?',
  );
  const nothing = check(
    {
      quantity: {
        ...{ type: 'mean', table: 't', column: 'r2' },
        ...{ rows: ['softmax'], except: ['softmax'] },
      },
      above: 0,
    },
    { t: table },
  );
  assert.equal(nothing.verdict, 'undecided');
  assert.equal(nothing.reason, 'It is about no rows.');
});
