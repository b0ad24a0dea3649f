/** What a sample says of its mean. */
export interface Summary {
  /** Null for an empty sample. */
  readonly mean: number | null;
  /** Null for fewer than two values. */
  readonly standardError: number | null;
  readonly count: number;
}

/**
 * Mean and standard error of a sample.
 *
 *     mean = Σ x / n        standard error = sqrt( Σ (x − mean)² / (n − 1) ) / sqrt(n)
 *
 * @param values finite, in any order: they are added up in ascending order, so that the order changes no digit.
 */
export function summarise(values: readonly number[]): Summary {
  const count = values.length;
  if (count === 0) return { mean: null, standardError: null, count };
  const mean = meanOf(values);
  if (count === 1) return { mean, standardError: null, count };
  const squares = ascending(values).reduce(
    (sum, value) => sum + (value - mean) ** 2,
    0,
  );
  return {
    mean,
    standardError: Math.sqrt(squares / (count - 1) / count),
    count,
  };
}

/**
 * Mean of a sample that is not empty; exact where all values are equal, and the same in every digit whatever their order.
 */
export function meanOf(values: readonly number[]): number {
  const sorted = ascending(values);
  const first = sorted[0] ?? NaN;
  const differences = sorted.reduce((sum, value) => sum + (value - first), 0);
  return first + differences / values.length;
}

const ascending = (values: readonly number[]): readonly number[] =>
  values.toSorted((a, b) => a - b);
