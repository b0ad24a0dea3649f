import type { NumberFormat, TableValue } from '../artifact/table.ts';
import { meanInterval } from '../ops/statistics/mean-interval.ts';
import { rankCorrelation } from '../ops/statistics/rank-correlation.ts';
import { meanOf } from '../ops/statistics/summary.ts';
import type { Interval } from '../util/interval.ts';
import {
  quantitiesOf,
  SIDES,
  type Claim,
  type Limit,
  type Quantity,
  type Side,
} from './claim.ts';
import {
  ClaimError,
  columnOf,
  combine,
  rowsOf,
  seriesOf,
  type Series,
} from './series.ts';

/** What became of one comparison. */
export type Verdict = 'holds' | 'fails' | 'undecided';

/** One number of a claim beside one of its limits. */
export interface Comparison {
  /** The row that the number is of, or the two that it is between; null for one over all rows. */
  readonly row: string | null;
  /** The number: a mean over the replicates, or a rank correlation. Null where there is none. */
  readonly value: number | null;
  /** Of the number; where the limit varies from replicate to replicate, of how far the number is from it. */
  readonly interval: Interval | null;
  /** Replicates, or rows of a rank correlation. */
  readonly count: number;
  readonly side: Side;
  readonly limit: number | null;
  readonly verdict: Verdict;
}

/** What collected results say of a claim. */
export interface CheckedClaim {
  readonly name: string;
  readonly says: string;
  readonly verdict: Verdict | 'not-computed';
  /** Why there are no comparisons; null where there are. */
  readonly reason: string | null;
  /** Level of the intervals; null where the claim asks for none. */
  readonly confidence: number | null;
  /** How its numbers are written. */
  readonly format: NumberFormat;
  readonly comparisons: readonly Comparison[];
}

/** A table, or the sentence that says why there is none. */
export type TableLookup = (
  node: string,
) => TableValue | { readonly missing: string };

const RATIO: NumberFormat = { type: 'number', digits: 2 };

/**
 * Checks a claim against the tables that it is about.
 *
 * Each of its numbers is compared with each of its limits. A comparison **holds** where the whole confidence interval lies
 * on the claimed side of the limit, **fails** where the whole interval lies on the other side, and is **undecided** where
 * the interval includes the limit or where there is none: for one replicate (n = 1), or fewer than four rows of a rank
 * correlation. With `exact` the number alone decides.
 *
 * The claim holds if all comparisons hold: no correction for their number is needed, since each one alone could have
 * refuted it. It fails if one of them fails, and that one of m does by chance is likelier than for one, so failing takes
 * the interval at the level 1 − (1 − confidence) / m (Bonferroni).
 *
 * Intervals are Student's over the replicates of the number minus its limit, so that a difference of rows is tested pair by
 * pair; that of a rank correlation is Fisher's over the rows.
 */
export function checkClaim(claim: Claim, tables: TableLookup): CheckedClaim {
  const checked = (
    verdict: CheckedClaim['verdict'],
    facts: Partial<CheckedClaim>,
  ): CheckedClaim => ({
    name: claim.name,
    says: claim.says,
    verdict,
    reason: null,
    confidence: claim.exact ? null : claim.confidence,
    format: RATIO,
    comparisons: [],
    ...facts,
  });
  for (const { table } of quantitiesOf(claim)) {
    const found = tables(table);
    if ('missing' in found) {
      return checked('not-computed', { reason: found.missing });
    }
  }
  try {
    const pairs = SIDES.flatMap((side) => {
      const limit = claim[side];
      return limit === undefined
        ? []
        : pairsOf(claim.quantity, limit, tables).map((pair) => ({
            pair,
            side,
          }));
    });
    const comparisons = pairs.map(({ pair, side }) =>
      compare(pair, side, claim, pairs.length),
    );
    if (comparisons.length === 0) {
      return checked('undecided', { reason: 'It is about no rows.' });
    }
    const verdict = overall(comparisons.map((one) => one.verdict));
    const format = formatOf(claim.quantity, tables);
    return checked(verdict, { format, comparisons });
  } catch (error) {
    if (!(error instanceof ClaimError)) throw error;
    return checked('undecided', { reason: error.message });
  }
}

const overall = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.includes('fails')
    ? 'fails'
    : verdicts.every((one) => one === 'holds')
      ? 'holds'
      : 'undecided';

/** A number and its limit, with all that says how sure their difference is. */
interface Pair {
  readonly row: string | null;
  readonly value: number | null;
  readonly limit: number | null;
  /** Interval of the number minus its limit. */
  readonly margin: (confidence: number) => Interval | null;
  readonly count: number;
}

function compare(
  { row, value, limit, margin, count }: Pair,
  side: Side,
  { exact, confidence }: Claim,
  comparisons: number,
): Comparison {
  const interval = exact ? null : margin(confidence);
  const decide = (own: Interval | null, strict: Interval | null): Verdict => {
    if (own !== null && isBeyond(own, side)) return 'holds';
    return strict !== null && isShort(strict, side) ? 'fails' : 'undecided';
  };
  const point =
    value === null || limit === null
      ? null
      : { lower: value - limit, upper: value - limit };
  return {
    row,
    value,
    interval:
      interval === null || limit === null
        ? null
        : { lower: limit + interval.lower, upper: limit + interval.upper },
    count,
    side,
    limit,
    verdict: exact
      ? decide(point, point)
      : decide(interval, margin(1 - (1 - confidence) / comparisons)),
  };
}

/** Whether all of a margin is on the claimed side of 0. */
const isBeyond = ({ lower, upper }: Interval, side: Side): boolean =>
  side === 'above' ? lower > 0 : upper < 0;
/** Whether none of it is. */
const isShort = ({ lower, upper }: Interval, side: Side): boolean =>
  side === 'above' ? upper <= 0 : lower >= 0;

/** The numbers of a quantity, each with the limit that counts for it. */
function pairsOf(
  quantity: Quantity,
  limit: Limit,
  tables: TableLookup,
): readonly Pair[] {
  if (quantity.type === 'rank-correlation') {
    // Plans have no others.
    if (typeof limit !== 'number') return [];
    return [correlationPair(quantity, limit, tableAt(quantity, tables))];
  }
  const series = seriesOf(quantity, tableAt(quantity, tables));
  if (typeof limit === 'number') {
    return series.map((one) => seriesPair(one, null, limit));
  }
  const limits = seriesOf(limit.quantity, tableAt(limit.quantity, tables));
  const [only] = limits;
  return series.map((one) => {
    const own =
      limits.length === 1
        ? only
        : limits.find(({ label }) => label === one.label);
    return seriesPair(one, own ?? NOTHING, limit.times);
  });
}

const NOTHING: Series = { label: null, sample: new Map() };

/** @param limit what `factor` is multiplied with in each replicate; null for 1. */
function seriesPair(
  { label, sample }: Series,
  limit: Series | null,
  factor: number,
): Pair {
  const samples = limit === null ? [sample] : [sample, limit.sample];
  const mean = (make: (values: readonly number[]) => number): number =>
    meanOf([...combine(samples, make).values()]);
  const limitOf = ([, other = 1]: readonly number[]): number => factor * other;
  const margins = [
    ...combine(
      samples,
      (values) => (values[0] ?? NaN) - limitOf(values),
    ).values(),
  ];
  const count = margins.length;
  return {
    row: label,
    value: count === 0 ? null : mean(([own = NaN]) => own),
    limit: limit === null ? factor : count === 0 ? null : mean(limitOf),
    margin: (confidence) => meanInterval(margins, confidence),
    count,
  };
}

function correlationPair(
  quantity: Extract<Quantity, { readonly type: 'rank-correlation' }>,
  limit: number,
  table: TableValue,
): Pair {
  const [left = '', right = ''] = quantity.columns;
  const [a, b] = [columnOf(table, left).cells, columnOf(table, right).cells];
  const pairs = rowsOf(table, quantity).flatMap((row): [number, number][] => {
    const x = a.get(row)?.mean ?? null;
    const y = b.get(row)?.mean ?? null;
    return x === null || y === null ? [] : [[x, y]];
  });
  const correlate = (confidence: number) =>
    rankCorrelation(
      pairs.map(([x]) => x),
      pairs.map(([, y]) => y),
      confidence,
    );
  return {
    row: null,
    // The level matters to the interval alone.
    value: correlate(0.5).value,
    limit,
    margin: (confidence) => {
      const { interval } = correlate(confidence);
      return interval === null
        ? null
        : { lower: interval.lower - limit, upper: interval.upper - limit };
    },
    count: pairs.length,
  };
}

function formatOf(quantity: Quantity, tables: TableLookup): NumberFormat {
  return quantity.type === 'rank-correlation'
    ? RATIO
    : columnOf(tableAt(quantity, tables), quantity.column).format;
}

function tableAt({ table }: Quantity, tables: TableLookup): TableValue {
  const found = tables(table);
  if ('missing' in found) throw new Error(`Internal error: ${found.missing}`);
  return found;
}
