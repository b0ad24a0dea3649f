import { formatNumber } from '../artifact/table-blocks.ts';
import { wrapWords } from '../artifact/table-text.ts';
import type { NumberFormat } from '../artifact/table.ts';
import type { CheckedClaim, Comparison } from '../claims/check-claim.ts';
import { counted } from '../diagnostics/text.ts';
import { visible } from '../util/visible.ts';

type Verdict = CheckedClaim['verdict'];

const MARKS: Readonly<Record<Verdict, string>> = {
  holds: '✔',
  fails: '✖',
  undecided: '?',
  'not-computed': '–',
};
/** Order and words of the first line. */
const COUNTS: readonly (readonly [Verdict, (count: number) => string])[] = [
  ['holds', (count) => `${count} ${count === 1 ? 'holds' : 'hold'}`],
  ['fails', (count) => `${count} ${count === 1 ? 'fails' : 'fail'}`],
  ['undecided', (count) => `${count} undecided`],
  ['not-computed', (count) => `${count} not computed yet`],
];
/** Comparisons that a claim lists before it only counts. */
const MAX_LISTED = 4;
const INDENT = '    ';

/**
 * The scorecard for people: how many claims hold, then each with its sentence and the numbers that decided. Of a claim that
 * holds row by row that is the row that came closest to its limit; else the rows for which it doesn't. Claims about tables
 * that are not there are named, and it is said once why they are not.
 */
export function scorecardToText(
  claims: readonly CheckedClaim[],
  width: number,
): string {
  const counts = COUNTS.flatMap(([verdict, say]) => {
    const count = claims.filter((claim) => claim.verdict === verdict).length;
    return count === 0 ? [] : [say(count)];
  });
  const open = claims.filter(({ verdict }) => verdict === 'not-computed');
  return [
    `${counted(claims.length, 'claim')}: ${counts.join(', ')}`,
    ...claims
      .filter((claim) => !open.includes(claim))
      .map((claim) => claimLines(claim, width).join('\n')),
    ...(open.length === 0 ? [] : [openLines(open, width).join('\n')]),
  ].join('\n\n');
}

const indented = (texts: readonly string[], width: number): string[] =>
  texts.flatMap((text) =>
    wrapWords(text, width - INDENT.length).map((line) => INDENT + line),
  );

function claimLines(claim: CheckedClaim, width: number): readonly string[] {
  const details =
    claim.reason === null ? detailsOf(claim) : [visible(claim.reason)];
  return [
    `${MARKS[claim.verdict]} ${claim.name}: ${verdictText(claim)}`,
    ...indented([visible(claim.says), ...details], width),
  ];
}

/** `undecided at n = 2`: more replicates might decide. */
function verdictText({ verdict, comparisons }: CheckedClaim): string {
  const counts = comparisons
    .filter((one) => one.verdict === verdict)
    .map(({ count }) => count);
  return verdict === 'undecided' && counts.length > 0
    ? `undecided at n = ${Math.min(...counts)}`
    : verdict;
}

function openLines(
  claims: readonly CheckedClaim[],
  width: number,
): readonly string[] {
  const names = claims.map(({ name }) => name).join(', ');
  const reasons = new Set(claims.map(({ reason }) => visible(reason ?? '')));
  return [
    `${MARKS['not-computed']} not computed yet`,
    ...indented([names, ...reasons], width),
  ];
}

function detailsOf(claim: CheckedClaim): readonly string[] {
  const { comparisons, verdict } = claim;
  const all = comparisons.length;
  const text = (comparison: Comparison): string =>
    comparisonText(comparison, claim);
  if (verdict === 'holds') {
    const [closest] = comparisons.toSorted((a, b) => roomOf(a) - roomOf(b));
    if (closest === undefined) return [];
    return [`${all > 1 ? `Closest of ${all} is ` : ''}${text(closest)}`];
  }
  const deciding = comparisons.filter((one) => one.verdict === verdict);
  const unlisted = deciding.length - MAX_LISTED;
  const others = COUNTS.flatMap(([other, say]) => {
    const count = comparisons.filter((one) => one.verdict === other).length;
    return other === verdict || count === 0 ? [] : [say(count)];
  });
  return [
    ...deciding.slice(0, MAX_LISTED).map(text),
    ...(unlisted > 0 ? [`… and ${unlisted} more like these.`] : []),
    ...(others.length > 0 ? [`Of the others ${others.join(', ')}.`] : []),
  ];
}

/** How far the near end of the interval (or the number) is from the limit. */
function roomOf({ value, interval, limit, side }: Comparison): number {
  const ends = interval ?? { lower: value ?? 0, upper: value ?? 0 };
  return side === 'above'
    ? ends.lower - (limit ?? 0)
    : (limit ?? 0) - ends.upper;
}

/** `squared-error: 0.058 [0.031, 0.085], to be above 0.01 (n = 3)` */
function comparisonText(
  { row, value, interval, count, side, limit }: Comparison,
  { format, confidence }: CheckedClaim,
): string {
  const number = (x: number): string => formatNumber(x, format);
  const parts = [
    row === null ? '' : `${row}: `,
    value === null ? 'no number' : number(value),
    interval === null
      ? ''
      : ` [${number(interval.lower)}, ${number(interval.upper)}]`,
    `, to be ${side} ${limit === null ? 'its limit' : limitText(limit, format)}`,
    ` (n = ${count}`,
    interval === null && confidence !== null && value !== null
      ? ', too few for an interval)'
      : ')',
  ];
  return parts.join('');
}

/** With the digits that it is written with, not those of the column. */
const limitText = (limit: number, { type }: NumberFormat): string =>
  String(Number((type === 'percent' ? 100 * limit : limit).toPrecision(4)));
