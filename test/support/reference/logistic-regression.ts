/** Weights and biases of a linear classifier. */
export interface Linear {
  /** `[classes][features]` */
  readonly weights: readonly (readonly number[])[];
  readonly biases: readonly number[];
}

/** Examples with targets `0 … classes - 1`. */
export interface Examples {
  readonly rows: readonly (readonly number[])[];
  readonly targets: readonly number[];
  readonly classes: number;
}

/** Objectives that are near the right one. */
export interface LogisticMistakes {
  /** Cross-entropy summed over examples. */
  readonly sum?: boolean;
  /** Biases penalised like weights. */
  readonly penalizedBiases?: boolean;
  /** Penalty without its half. */
  readonly noHalf?: boolean;
}

/**
 * Objective of multinomial logistic regression and its gradient, from the definition: mean of −log softmax plus
 * penalty/2 times the sum of squared weights.
 */
export function logisticLoops(
  { rows, targets, classes }: Examples,
  { weights, biases }: Linear,
  penalty: number,
  mistakes: LogisticMistakes = {},
): {
  readonly value: number;
  readonly gradient: { weights: number[][]; biases: number[] };
} {
  const width = rows[0]!.length;
  const gradient = {
    weights: Array.from({ length: classes }, () =>
      new Array<number>(width).fill(0),
    ),
    biases: new Array<number>(classes).fill(0),
  };
  const share = mistakes.sum === true ? 1 : 1 / rows.length;
  let value = 0;
  rows.forEach((row, i) => {
    const logits = weights.map(
      (weight, k) =>
        biases[k]! + row.reduce((sum, x, j) => sum + x * weight[j]!, 0),
    );
    const largest = Math.max(...logits);
    const total = logits.reduce((sum, z) => sum + Math.exp(z - largest), 0);
    const target = targets[i]!;
    value += share * (Math.log(total) + largest - logits[target]!);
    logits.forEach((z, k) => {
      const residual =
        share * (Math.exp(z - largest) / total - (k === target ? 1 : 0));
      gradient.biases[k]! += residual;
      row.forEach((x, j) => {
        gradient.weights[k]![j]! += residual * x;
      });
    });
  });
  const half = mistakes.noHalf === true ? 1 : 0.5;
  const penalise = (parameter: number): number => {
    value += half * penalty * parameter * parameter;
    return 2 * half * penalty * parameter;
  };
  weights.forEach((weight, k) => {
    weight.forEach((w, j) => {
      gradient.weights[k]![j]! += penalise(w);
    });
    if (mistakes.penalizedBiases === true) {
      gradient.biases[k]! += penalise(biases[k]!);
    }
  });
  return { value, gradient };
}

/** The minimum by plain gradient descent with a fixed small rate: slow, and nothing to get wrong. */
export function descend(
  examples: Examples,
  penalty: number,
  options: { readonly rate: number; readonly steps: number },
  mistakes: LogisticMistakes = {},
): Linear & { readonly value: number } {
  const width = examples.rows[0]!.length;
  const weights = Array.from({ length: examples.classes }, () =>
    new Array<number>(width).fill(0),
  );
  const biases = new Array<number>(examples.classes).fill(0);
  const at = () =>
    logisticLoops(examples, { weights, biases }, penalty, mistakes);
  for (let step = 0; step < options.steps; step++) {
    const { gradient } = at();
    gradient.weights.forEach((row, k) => {
      row.forEach((slope, j) => {
        weights[k]![j]! -= options.rate * slope;
      });
    });
    gradient.biases.forEach((slope, k) => {
      biases[k]! -= options.rate * slope;
    });
  }
  return { weights, biases, value: at().value };
}

/** Euclidean norm of a gradient. */
export const gradientNorm = (gradient: {
  readonly weights: readonly (readonly number[])[];
  readonly biases: readonly number[];
}): number => Math.hypot(...gradient.weights.flat(), ...gradient.biases);
