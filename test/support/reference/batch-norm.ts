/** Batch norm in plain loops on `[rows, channels]`, the tail included. */
export interface PlainBatchNorm {
  readonly x: readonly number[];
  readonly gamma: readonly number[];
  readonly beta: readonly number[];
  readonly residual?: readonly number[] | undefined;
  readonly epsilon: number;
  readonly relu: boolean;
  /** Given statistics instead of those of the batch. */
  readonly statistics?: {
    readonly mean: readonly number[];
    readonly variance: readonly number[];
  };
}

/** Output and statistics; `unbiased` divides the variance by one row less, the nearest mistake. */
export function batchNormLoops(
  input: PlainBatchNorm,
  { unbiased = false } = {},
): {
  readonly output: number[];
  readonly mean: number[];
  readonly variance: number[];
} {
  const { x, gamma, beta, residual, epsilon, relu, statistics } = input;
  const channels = gamma.length;
  const rows = x.length / channels;
  const mean = gamma.map((_, c) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += x[row * channels + c]!;
    return statistics?.mean[c] ?? sum / rows;
  });
  const variance = gamma.map((_, c) => {
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      sum += (x[row * channels + c]! - mean[c]!) ** 2;
    }
    return statistics?.variance[c] ?? sum / (unbiased ? rows - 1 : rows);
  });
  const output = x.map((value, i) => {
    const c = i % channels;
    const normalised = (value - mean[c]!) / Math.sqrt(variance[c]! + epsilon);
    const sum = gamma[c]! * normalised + beta[c]! + (residual?.[i] ?? 0);
    return relu ? Math.max(0, sum) : sum;
  });
  return { output, mean, variance };
}
