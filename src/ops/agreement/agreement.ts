/**
 * Share of examples on which two networks say the same.
 *
 *     agreement = (1/n) Σ_i [a_i = b_i]
 *
 * @param left int32 `[examples]`, predicted classes; at least one.
 * @param right int32 `[examples]`.
 * @returns 0 to 1.
 *
 * Source: the definition.
 */
export function shareOfEqual(left: Int32Array, right: Int32Array): number {
  let equal = 0;
  for (let i = 0; i < left.length; i++) if (left[i] === right[i]) equal += 1;
  return equal / left.length;
}

/** The smallest float32 above 0: probabilities are stored as such. */
const SMALLEST = 2 ** -149;

/** How well probabilities predict labels. */
export interface EnsembleScores {
  readonly accuracy: number;
  /** Mean negative log-likelihood, in nats. */
  readonly nll: number;
}

/**
 * Scores of an ensemble: the mean of its members' probabilities.
 *
 *     p̄ = (1/m) Σ_j p_j      prediction = argmax p̄, of equal ones the first      nll = −(1/n) Σ_i log p̄_i,label(i)
 *
 * A probability of 0, which is less than float32 can hold, counts as its smallest number, 1.4e-45.
 *
 * @param sum float64 `[examples, classes]`, the members' probabilities added up.
 * @param members m, 1 or more.
 * @param labels int32 `[examples]`; at least one.
 *
 * Source: the definition; Lakshminarayanan et al. 2017, arXiv:1612.01474, section 2.4.
 */
export function scoreEnsemble(
  sum: Float64Array,
  members: number,
  labels: Int32Array,
): EnsembleScores {
  const classes = sum.length / labels.length;
  let right = 0;
  let logLikelihood = 0;
  labels.forEach((label, i) => {
    const start = i * classes;
    let best = 0;
    for (let k = 1; k < classes; k++) {
      if (sum[start + k]! > sum[start + best]!) best = k;
    }
    if (best === label) right += 1;
    logLikelihood += Math.log(
      Math.max(sum[start + label]! / members, SMALLEST),
    );
  });
  return {
    accuracy: right / labels.length,
    nll: -logLikelihood / labels.length,
  };
}
