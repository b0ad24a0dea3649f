/** How outputs become probabilities. */
export const PROBABILITY_RULES = ['softmax', 'normalized-sigmoid'] as const;
export type ProbabilityRule = (typeof PROBABILITY_RULES)[number];

/** What a network says of some examples. */
export interface Outputs {
  /** float32 `[examples, classes]`, finite. */
  readonly values: Float32Array;
  readonly classes: number;
  /** int32 `[examples]` in `0 … classes − 1`. */
  readonly labels: Int32Array;
}

/**
 * Log-probabilities of one example at a temperature.
 *
 *     softmax              log p_k = z_k / T − log Σ_j exp(z_j / T)
 *     normalized-sigmoid   log p_k = log σ(z_k / T) − log Σ_j σ(z_j / T)
 *
 * Outputs of any size are fine: nothing overflows, and where every sigmoid vanishes their shares are still right. One class
 * has probability 1.
 *
 * @param values float32 `[examples, classes]`, finite.
 * @param start where the example's outputs begin.
 * @param temperature T > 0, dimensionless.
 * @param out float64 `[classes]`, overwritten; computed in float64.
 *
 * Source: the definitions. Nine objectives leave it open what the probabilities of sigmoid and squared error are: sigmoids
 * divided by their sum, and the softmax of the outputs, are ours.
 */
export function logProbabilities(
  values: Float32Array,
  start: number,
  rule: ProbabilityRule,
  temperature: number,
  out: Float64Array,
): void {
  let largest = -Infinity;
  for (let k = 0; k < out.length; k++) {
    const z = values[start + k]! / temperature;
    // log σ(z), by the form that keeps its digits on both sides of 0.
    const log =
      rule === 'softmax'
        ? z
        : Math.min(z, 0) - Math.log1p(Math.exp(-Math.abs(z)));
    out[k] = log;
    if (log > largest) largest = log;
  }
  let sum = 0;
  for (let k = 0; k < out.length; k++) {
    // Differences first: large outputs would round the small logarithm of the sum away.
    out[k]! -= largest;
    sum += Math.exp(out[k]!);
  }
  const logSum = Math.log(sum);
  for (let k = 0; k < out.length; k++) out[k]! -= logSum;
}

/**
 * Mean negative log-likelihood of the labels, in nats.
 *
 *     nll = −(1/n) Σ_i log p_i,label(i)
 *
 * @returns 0 or more; summed in float64.
 */
export function meanNegativeLogLikelihood(
  { values, classes, labels }: Outputs,
  rule: ProbabilityRule,
  temperature: number,
): number {
  const logs = new Float64Array(classes);
  let sum = 0;
  labels.forEach((label, i) => {
    logProbabilities(values, i * classes, rule, temperature, logs);
    sum -= logs[label]!;
  });
  return sum / labels.length;
}
