/** A last layer on a batch, as plain numbers. */
export interface PlainHead {
  /** `[batch][features]` */
  readonly x: readonly (readonly number[])[];
  /** `[features][classes]` */
  readonly W: readonly (readonly number[])[];
  /** `[classes]` */
  readonly b: readonly number[];
  /** `[batch]` */
  readonly labels: readonly number[];
  /** `[batch][features]` of 0 and 1. */
  readonly mask?: readonly (readonly number[])[];
}

export interface PlainLosses {
  readonly loss: number[];
  readonly outputs: number[][];
  readonly penalty: number;
}

/** An objective written from its definition: one loop a sum, float64. */
export type PlainObjective = (head: PlainHead) => PlainLosses;

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
const norm = (values: readonly number[]): number =>
  Math.sqrt(sum(values.map((value) => value * value)));

/** `z[n][k] = Σ_j x[n][j] W[j][k] + b[k]`. */
export const logitLoops = ({ x, W, b }: PlainHead): number[][] =>
  x.map((row) =>
    b.map((bias, k) => sum(row.map((v, j) => v * W[j]![k]!)) + bias),
  );

/** `Σ_k t_k (log Σ_j exp z_j − z_k)`, shifted by the largest logit. */
export function crossEntropyLoops(
  z: readonly number[],
  t: readonly number[],
): number {
  const largest = Math.max(...z);
  const logSum =
    Math.log(sum(z.map((value) => Math.exp(value - largest)))) + largest;
  return sum(t.map((share, k) => share * (logSum - z[k]!)));
}

const oneHot = (label: number, classes: number): number[] =>
  Array.from({ length: classes }, (_, k) => (k === label ? 1 : 0));

/** Applies a loss to each row of outputs. */
const each = (
  head: PlainHead,
  outputs: number[][],
  loss: (z: number[], t: number[], label: number) => number,
  penalty = 0,
): PlainLosses => ({
  outputs,
  loss: outputs.map((z, n) =>
    loss(z, oneHot(head.labels[n]!, z.length), head.labels[n]!),
  ),
  penalty,
});

export const softmaxLoops: PlainObjective = (head) =>
  each(head, logitLoops(head), crossEntropyLoops);

/** With `rescaled: false`, without the 1/(1 − α). */
export const labelSmoothingLoops =
  (alpha: number, rescaled = true): PlainObjective =>
  (head) =>
    each(head, logitLoops(head), (z, t) => {
      const mixed = t.map((share) => (1 - alpha) * share + alpha / t.length);
      return crossEntropyLoops(z, mixed) / (rescaled ? 1 - alpha : 1);
    });

/** With `rescaled: false`, what is kept is not divided by the share that is kept. */
export const dropoutLoops =
  (keep: number, rescaled = true): PlainObjective =>
  (head) => {
    const x = head.x.map((row, n) =>
      row.map((v, j) => (v * head.mask![n]![j]!) / (rescaled ? keep : 1)),
    );
    return each(head, logitLoops({ ...head, x }), crossEntropyLoops);
  };

/** `half` is the 1/2; `bias` adds the bias's norm. */
export const extraL2Loops =
  (lambda: number, { half = 0.5, bias = false } = {}): PlainObjective =>
  (head) => {
    const squares = norm(head.W.flat()) ** 2 + (bias ? norm(head.b) ** 2 : 0);
    return each(
      head,
      logitLoops(head),
      crossEntropyLoops,
      lambda * half * squares,
    );
  };

/** `half` is the 1/2; `mean` divides by the number of classes. */
export const logitPenaltyLoops =
  (beta: number, { half = 0.5, mean = false } = {}): PlainObjective =>
  (head) =>
    each(
      head,
      logitLoops(head),
      (z, t) =>
        crossEntropyLoops(z, t) +
        (beta * half * norm(z) ** 2) / (mean ? z.length : 1),
    );

/** `by` is what a row of logits is divided by, beside the temperature. */
export const logitNormalizationLoops =
  (
    temperature: number,
    by: (z: number[]) => number[] = (z) => z.map(() => norm(z)),
  ): PlainObjective =>
  (head) => {
    const outputs = logitLoops(head).map((z) => {
      const divisors = by(z);
      return z.map((value, k) => value / (temperature * divisors[k]!));
    });
    return each(head, outputs, crossEntropyLoops);
  };

/** The classic mistake of copies: the logits are divided by the normalised logits. */
export const dividedByNormalised = (z: number[]): number[] =>
  z.map((value) => value / norm(z));

export const cosineSoftmaxLoops =
  (
    temperature: number,
    { features = true, weights = true, bias = false } = {},
  ): PlainObjective =>
  (head) => {
    const columns = head.b.map((_, k) => head.W.map((row) => row[k]!));
    const outputs = head.x.map((row) =>
      columns.map((column, k) => {
        const product = sum(row.map((v, j) => v * column[j]!));
        const length =
          (features ? norm(row) : 1) * (weights ? norm(column) : 1);
        return (product / length + (bias ? head.b[k]! : 0)) / temperature;
      }),
    );
    return each(head, outputs, crossEntropyLoops);
  };

/** `shift` is what is subtracted from the logits; `mean` divides by the number of classes. */
export const sigmoidLoops =
  ({ shifted = true, mean = false } = {}): PlainObjective =>
  (head) => {
    const shift = shifted ? Math.log(head.b.length) : 0;
    const outputs = logitLoops(head).map((z) =>
      z.map((value) => value - shift),
    );
    return each(head, outputs, (s, t) => {
      const terms = s.map(
        (value, k) =>
          Math.max(value, 0) -
          t[k]! * value +
          Math.log1p(Math.exp(-Math.abs(value))),
      );
      return sum(terms) / (mean ? s.length : 1);
    });
  };

/** With `mean: false`, the sum over classes of the released code. */
export const squaredErrorLoops =
  (
    { kappa, target, scale }: { kappa: number; target: number; scale: number },
    { mean = true } = {},
  ): PlainObjective =>
  (head) =>
    each(head, logitLoops(head), (z, _, label) => {
      const terms = z.map((value, k) =>
        k === label ? kappa * (value - target) ** 2 : value * value,
      );
      return (scale * sum(terms)) / (mean ? z.length : 1);
    });

/** An objective with regularisers, from what it says of one-hot labels: any of them, and any wrong turn. */
export const regularizedLoops =
  (
    base: PlainObjective,
    settings: {
      readonly alpha?: number;
      readonly keep?: number;
      readonly lambda?: number;
      readonly beta?: number;
    },
    wrong: {
      /** The smoothed loss is not divided by 1 − α. */
      readonly rescaled?: boolean;
      /** The logits that are penalised. Default: x W + b. */
      readonly penalised?: (head: PlainHead) => number[][];
    } = {},
  ): PlainObjective =>
  (head) => {
    const { alpha = 0, keep = 1, lambda = 0, beta = 0 } = settings;
    const { rescaled = true, penalised = logitLoops } = wrong;
    const kept: PlainHead = {
      ...head,
      x: head.x.map((row, n) =>
        row.map((v, j) => (v * (head.mask?.[n]![j] ?? 1)) / keep),
      ),
    };
    const classes = head.b.length;
    // The loss of each example, had all the same label.
    const byLabel = head.b.map(
      (_, label) =>
        base({ ...kept, labels: head.labels.map(() => label) }).loss,
    );
    const logits = penalised(kept);
    return {
      outputs: base(kept).outputs,
      loss: head.labels.map((label, n) => {
        const mixed = sum(
          byLabel.map(
            (losses, k) =>
              ((k === label ? 1 - alpha : 0) + alpha / classes) * losses[n]!,
          ),
        );
        const penalty = (beta / 2) * norm(logits[n]!) ** 2;
        return mixed / (rescaled ? 1 - alpha : 1) + penalty;
      }),
      penalty: (lambda / 2) * norm(head.W.flat()) ** 2,
    };
  };

/** The mistake of handing rescaled labels to the usual binary cross-entropy: their total is not 1. */
export const sigmoidOfSmoothedLoops =
  (alpha: number): PlainObjective =>
  (head) => {
    const right = sigmoidLoops()(head);
    const more = alpha / ((1 - alpha) * head.b.length);
    return {
      ...right,
      loss: right.loss.map((loss, n) => loss - more * sum(right.outputs[n]!)),
    };
  };

/** The mistake of taking the squared error against a mixed target, where the mixture of the errors is meant. */
export const squaredErrorOfSmoothedLoops =
  (
    settings: { kappa: number; target: number; scale: number },
    alpha: number,
  ): PlainObjective =>
  (head) =>
    each(head, logitLoops(head), (z, t) => {
      const { kappa, target, scale } = settings;
      const terms = z.map((value, k) => {
        const share = t[k]! + alpha / ((1 - alpha) * z.length);
        return (1 + (kappa - 1) * share) * (value - target * share) ** 2;
      });
      return (scale * sum(terms)) / z.length;
    });
