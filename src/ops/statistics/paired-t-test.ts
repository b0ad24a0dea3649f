import statistics from 'jstat';
import { summarise } from './summary.ts';

/** A two-sided paired t-test. */
export interface PairedTTest {
  readonly t: number;
  /** Pairs − 1. */
  readonly degreesOfFreedom: number;
  /** Probability of a |t| at least as large where the mean difference is 0. */
  readonly pValue: number;
}

/** A spread of differences below this share of the values is their rounding. */
const ROUNDING = 1e-12;

/**
 * Two-sided paired t-test of the mean difference.
 *
 *     d = left − right,   t = mean(d) / standard error(d),   p = 2 · P(T ≤ −|t|),   T ~ Student's t, n − 1 degrees
 *
 * Null where it cannot be made: fewer than two pairs, or differences that are all equal (to rounding), which have no spread
 * to compare with.
 *
 * The p-value is jstat's; it has seven digits.
 *
 * @param left, right values of the pairs, in the same order.
 */
export function pairedTTest(
  left: readonly number[],
  right: readonly number[],
): PairedTTest | null {
  const differences = left.map((value, i) => value - (right[i] ?? NaN));
  const { mean, standardError, count } = summarise(differences);
  if (mean === null || standardError === null) return null;
  const largest = Math.max(...[...left, ...right].map(Math.abs));
  if (standardError <= ROUNDING * largest) return null;
  const t = mean / standardError;
  const degreesOfFreedom = count - 1;
  const tail = statistics.jStat.studentt.cdf(-Math.abs(t), degreesOfFreedom);
  // Its last digits may lie above 1/2 where t is nearly 0.
  return { t, degreesOfFreedom, pValue: Math.min(1, 2 * tail) };
}
