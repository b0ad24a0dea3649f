import statistics from 'jstat';
import type { Interval } from '../../util/interval.ts';
import { summarise } from './summary.ts';

/**
 * Confidence interval of a mean, by Student's t.
 *
 *     mean ± t · standard error,   P(T ≤ t) = (1 + confidence) / 2,   T ~ Student's t, n − 1 degrees
 *
 * Of differences of pairs it is the interval that belongs to the paired t-test: 0 is outside exactly where p < 1 −
 * confidence. Null for fewer than two values, which say nothing of their spread; equal values give a single point.
 *
 * The quantile is jstat's; it has seven digits.
 *
 * @param values finite, in any order.
 * @param confidence between 0 and 1.
 */
export function meanInterval(
  values: readonly number[],
  confidence: number,
): Interval | null {
  const { mean, standardError, count } = summarise(values);
  if (mean === null || standardError === null) return null;
  const quantile = statistics.jStat.studentt.inv(
    (1 + confidence) / 2,
    count - 1,
  );
  const half = quantile * standardError;
  return { lower: mean - half, upper: mean + half };
}
