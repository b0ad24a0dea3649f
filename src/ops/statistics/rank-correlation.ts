import statistics from 'jstat';
import type { Interval } from '../../util/interval.ts';
import { meanOf } from './summary.ts';

/** Spearman's rank correlation with its interval. */
export interface RankCorrelation {
  /** From −1 to 1. Null for fewer than two pairs, or where one side has equal values only. */
  readonly value: number | null;
  /** Null for fewer than four pairs. */
  readonly interval: Interval | null;
  /** Pairs. */
  readonly count: number;
}

/** How the interval is made, for people. */
export const RANK_INTERVAL_METHOD =
  "Fisher's z with the error of Bonett and Wright";

/**
 * Spearman's rank correlation: Pearson's correlation of ranks, of which equal values share the mean.
 *
 *     ρ = Σ (r − r̄)(s − s̄) / sqrt( Σ (r − r̄)² · Σ (s − s̄)² )
 *     interval = tanh( atanh ρ ± z · sqrt( (1 + ρ²/2) / (n − 3) ) ),   P(Z ≤ z) = (1 + confidence) / 2
 *
 * Where ρ is ±1, atanh is infinite, and a point for an interval would claim too much: the far end is that of the nearest
 * correlation that another order could have, 1 − 12 / (n (n² − 1)) (two neighbours swapped).
 *
 * The pairs are taken as a sample: of objectives, say. The interval holds approximately from some ten pairs on.
 *
 * @param left, right finite values of the pairs, in the same order.
 * @param confidence between 0 and 1.
 *
 * Source: Bonett and Wright 2000, "Sample size requirements for estimating Pearson, Kendall and Spearman correlations",
 * Psychometrika 65, equation for the variance of Fisher's z of ρ.
 */
export function rankCorrelation(
  left: readonly number[],
  right: readonly number[],
  confidence: number,
): RankCorrelation {
  const count = left.length;
  const value = correlation(ranksOf(left), ranksOf(right));
  if (value === null || count < 4) return { value, interval: null, count };
  return { value, interval: fisherInterval(value, count, confidence), count };
}

function fisherInterval(
  value: number,
  count: number,
  confidence: number,
): Interval {
  if (Math.abs(value) === 1) {
    const nearest = 1 - 12 / (count * (count ** 2 - 1));
    const { lower } = fisherInterval(nearest, count, confidence);
    return value > 0 ? { lower, upper: 1 } : { lower: -1, upper: -lower };
  }
  const error = Math.sqrt((1 + value ** 2 / 2) / (count - 3));
  const half = statistics.jStat.normal.inv((1 + confidence) / 2, 0, 1) * error;
  const centre = Math.atanh(value);
  return { lower: Math.tanh(centre - half), upper: Math.tanh(centre + half) };
}

/** Ranks from 1, the smallest first; equal values share the mean of theirs. */
function ranksOf(values: readonly number[]): readonly number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map(
    (value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1,
  );
}

/** Pearson's; null where one side does not vary. */
function correlation(
  left: readonly number[],
  right: readonly number[],
): number | null {
  if (left.length < 2) return null;
  const [a, b] = [meanOf(left), meanOf(right)];
  let [both, onlyLeft, onlyRight] = [0, 0, 0];
  left.forEach((value, i) => {
    const [x, y] = [value - a, (right[i] ?? NaN) - b];
    both += x * y;
    onlyLeft += x * x;
    onlyRight += y * y;
  });
  if (onlyLeft === 0 || onlyRight === 0) return null;
  // One root of the product: equal ranks then give exactly 1.
  return both / Math.sqrt(onlyLeft * onlyRight);
}
