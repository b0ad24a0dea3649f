import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CheckedClaim, Comparison } from '../../src/claims/check-claim.ts';
import { scorecardToText } from '../../src/terminal/scorecard.ts';

const comparison = (facts: Partial<Comparison>): Comparison => ({
  row: null,
  value: 0.058,
  interval: { lower: 0.031, upper: 0.085 },
  count: 3,
  side: 'above',
  limit: 0,
  verdict: 'holds',
  ...facts,
});
const claim = (facts: Partial<CheckedClaim>): CheckedClaim => ({
  name: 'a-claim',
  says: 'It is so.',
  verdict: 'holds',
  reason: null,
  confidence: 0.95,
  format: { type: 'number', digits: 3 },
  comparisons: [comparison({})],
  ...facts,
});
const lines = (claims: readonly CheckedClaim[], width = 80): string[] =>
  scorecardToText(claims, width).split('\n');

test('the first line counts verdicts, and says nothing of those there are none of', () => {
  assert.equal(lines([claim({})])[0], '1 claim: 1 holds');
  const many = [
    ...(['fails', 'undecided', 'holds', 'holds', 'fails'] as const),
    ...(['not-computed'] as const),
  ].map((verdict) => claim({ verdict }));
  assert.equal(
    lines(many)[0],
    '6 claims: 2 hold, 2 fail, 1 undecided, 1 not computed yet',
  );
});

test('of a claim that holds the closest comparison is shown, whatever side it is on', () => {
  const text = lines([
    claim({
      comparisons: [
        comparison({ row: 'far' }),
        comparison({
          row: 'near',
          side: 'below',
          limit: 0.09,
        }),
      ],
    }),
  ]);
  assert.equal(
    text.at(-1),
    '    Closest of 2 is near: 0.058 [0.031, 0.085], to be below 0.09 (n = 3)',
  );
});

test('of other claims the comparisons that decided are shown, and the rest is counted', () => {
  const rows = ['a', 'b', 'c', 'd', 'e', 'f'].map((row) =>
    comparison({ row, verdict: 'fails' }),
  );
  const others = [
    comparison({ row: 'g' }),
    comparison({ row: 'h', verdict: 'undecided' }),
  ];
  const text = lines([
    claim({ verdict: 'fails', comparisons: [...others, ...rows] }),
  ]);
  assert.equal(text[2], '✖ a-claim: fails');
  assert.deepEqual(
    text.slice(4).map((line) => line.trim().split(':')[0]),
    [
      ...['a', 'b', 'c', 'd'],
      '… and 2 more like these.',
      'Of the others 1 holds, 1 undecided.',
    ],
  );
});

test('an undecided claim says at which n, the smallest of what was too unsure', () => {
  const headOf = (comparisons: readonly Comparison[]): string | undefined =>
    lines([claim({ verdict: 'undecided', comparisons })])[2];
  const unsure = (count: number): Comparison =>
    comparison({ verdict: 'undecided', count });
  assert.equal(
    headOf([comparison({ count: 1 }), unsure(3), unsure(2)]),
    '? a-claim: undecided at n = 2',
  );
  assert.equal(headOf([]), '? a-claim: undecided');
});

test('percentages are scaled like their column, limits keep the digits they are written with', () => {
  const text = lines([
    claim({
      format: { type: 'percent', digits: 1 },
      comparisons: [comparison({ limit: 0.0125 })],
    }),
  ]);
  assert.equal(text.at(-1), '    5.8 [3.1, 8.5], to be above 1.25 (n = 3)');
});

test('a single number says that it has no interval, unless none was asked for', () => {
  const single = [comparison({ interval: null, count: 1 })];
  const of = (facts: Partial<CheckedClaim>): string =>
    lines([claim({ comparisons: single, ...facts })]).at(-1) ?? '';
  assert.equal(
    of({ verdict: 'holds' }),
    '    0.058, to be above 0 (n = 1, too few for an interval)',
  );
  assert.equal(of({ confidence: null }), '    0.058, to be above 0 (n = 1)');
  const none = comparison({
    ...{ value: null, interval: null, limit: null, count: 0 },
    verdict: 'undecided',
  });
  assert.equal(
    of({ verdict: 'undecided', comparisons: [none] }),
    '    no number, to be above its limit (n = 0)',
  );
});

test('claims that are not computed stand last, by name, with each reason once', () => {
  const open = (name: string, reason: string): CheckedClaim =>
    claim({ name, verdict: 'not-computed', reason, comparisons: [] });
  assert.deepEqual(
    lines([
      open('one', 'No table.'),
      claim({}),
      open('two', 'No table.'),
      open('three', 'It is damaged.'),
    ]).slice(-4),
    [
      '– not computed yet',
      '    one, two, three',
      '    No table.',
      '    It is damaged.',
    ],
  );
});

test('sentences are broken to the width, and control characters are escaped', () => {
  const says = `${'word '.repeat(30)}\u001b[2J`;
  const text = lines([claim({ says })], 60);
  assert.ok(text.every((line) => line.length <= 60));
  assert.ok(text.some((line) => line.includes('\\x1b[2J')));
});
