/** A spectrum in a few numbers; null where all singular values are 0. */
export interface SpectrumSummary {
  readonly largest: number;
  /** Singular values above rounding, by the rule of NumPy's `matrix_rank` for float32. */
  readonly rank: number;
  readonly effectiveRank: number | null;
  readonly stableRank: number | null;
  readonly participationRatio: number | null;
  /** Share of the variance in the first `leading` directions, 0 to 1. */
  readonly leadingShare: number | null;
}

const FLOAT32_EPSILON = 2 ** -23;

/**
 * What a spectrum says of the number of directions that are used.
 *
 *     rank                 number of σ_i > σ_1 · max(rows, columns) · 2⁻²³
 *     effective rank       exp(−Σ p_i log p_i),   p_i = σ_i / Σ σ_j
 *     stable rank          Σ σ_i² / σ_1²
 *     participation ratio  (Σ σ_i²)² / Σ σ_i⁴
 *     leading share        Σ over i ≤ m of σ_i² / Σ σ_i²
 *
 * All but the last are 1 for one direction, and the number of directions where all are used equally. Where every singular
 * value is 0 the rank is 0 and the others are null.
 *
 * @param values σ, float64, largest first.
 * @param leading m, 1 or more.
 *
 * Source: effective rank, Roy and Vetterli 2007; stable rank, Rudelson and Vershynin 2007; participation ratio, Gao et al. 2017.
 */
export function summariseSpectrum(
  values: Float64Array,
  shape: readonly number[],
  leading: number,
): SpectrumSummary {
  const [largest = 0] = values;
  if (largest === 0) {
    return {
      ...{ largest, rank: 0, effectiveRank: null, stableRank: null },
      ...{ participationRatio: null, leadingShare: null },
    };
  }
  let sum = 0;
  let squares = 0;
  let fourths = 0;
  let first = 0;
  // Relative to the largest, so that no power leaves the range of numbers.
  const relative = values.map((value) => value / largest);
  relative.forEach((value, index) => {
    sum += value;
    squares += value ** 2;
    fourths += value ** 4;
    if (index < leading) first += value ** 2;
  });
  let entropy = 0;
  for (const value of relative) {
    const share = value / sum;
    if (share > 0) entropy -= share * Math.log(share);
  }
  const floor = Math.max(...shape) * FLOAT32_EPSILON;
  return {
    largest,
    rank: relative.filter((value) => value > floor).length,
    effectiveRank: Math.exp(entropy),
    stableRank: squares,
    participationRatio: squares ** 2 / fourths,
    leadingShare: first / squares,
  };
}
