import {
  logProbabilities,
  type Outputs,
  type ProbabilityRule,
} from './probabilities.ts';

/** What is needed of each example to score it, in the order of the examples. */
export interface ExampleScores {
  readonly labels: Int32Array;
  /** The class with the largest output, of equal ones the first. */
  readonly predictions: Int32Array;
  /** Place of the label when classes are sorted by output, 0 for the largest; of equal outputs the first class comes first. */
  readonly ranks: Int32Array;
  /** Probability of the predicted class. */
  readonly confidences: Float64Array;
  /** Natural logarithm of the label's probability. */
  readonly logLikelihoods: Float64Array;
}

/** Scores of a set of examples. */
export interface Scores {
  readonly examples: number;
  /** Share of examples whose label is the prediction. */
  readonly accuracy: number;
  /** Share of examples whose label is among the five largest outputs; 1 where there are at most five classes. */
  readonly top5: number;
  /** Mean negative log-likelihood, in nats. */
  readonly nll: number;
  /** Expected calibration error, 0 to 1. */
  readonly ece: number;
}

/** A bin of confidences. */
export interface Bin {
  readonly count: number;
  /** Means over its examples; null where there are none. */
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

/**
 * Predictions, ranks and probabilities of examples at a temperature.
 *
 * Predictions and ranks come from the outputs themselves, since probabilities may be equal where outputs are not.
 *
 * @param probabilities float32 `[examples, classes]`, filled where it is given.
 * @returns see `ExampleScores`; float64.
 */
export function scoreExamples(
  outputs: Outputs,
  rule: ProbabilityRule,
  temperature: number,
  probabilities?: Float32Array,
): ExampleScores {
  const { values, classes, labels } = outputs;
  const logs = new Float64Array(classes);
  const scores = {
    labels,
    predictions: new Int32Array(labels.length),
    ranks: new Int32Array(labels.length),
    confidences: new Float64Array(labels.length),
    logLikelihoods: new Float64Array(labels.length),
  };
  labels.forEach((label, i) => {
    const start = i * classes;
    logProbabilities(values, start, rule, temperature, logs);
    let best = 0;
    let rank = 0;
    for (let k = 0; k < classes; k++) {
      const value = values[start + k]!;
      if (value > values[start + best]!) best = k;
      const own = values[start + label]!;
      if (value > own || (value === own && k < label)) rank += 1;
      if (probabilities !== undefined) {
        probabilities[start + k] = Math.exp(logs[k]!);
      }
    }
    scores.predictions[i] = best;
    scores.ranks[i] = rank;
    scores.confidences[i] = Math.exp(logs[best]!);
    scores.logLikelihoods[i] = logs[label]!;
  });
  return scores;
}

/**
 * Scores of all examples, or of those of one class.
 *
 *     accuracy = share with rank 0        top5 = share with rank < 5
 *     nll      = −mean of the log-likelihoods
 *     ece      = Σ_b (n_b / n) |accuracy of bin b − mean confidence of bin b|
 *
 * Bins are equally wide, the lower edge outside and the upper inside: bin b has confidences in (b/B, (b+1)/B].
 *
 * @param bins B, 1 or more.
 * @param label only examples of this class are looked at.
 * @returns null where there are no examples.
 *
 * Source: Guo et al. 2017, arXiv:1706.04599, equation 3, with 15 bins by default.
 */
export function summariseScores(
  scores: ExampleScores,
  bins: number,
  label?: number,
): Scores | null {
  let examples = 0;
  let right = 0;
  let top5 = 0;
  let logLikelihood = 0;
  const of = chosen(scores, label);
  for (const i of of) {
    examples += 1;
    if (scores.ranks[i] === 0) right += 1;
    if (scores.ranks[i]! < 5) top5 += 1;
    logLikelihood += scores.logLikelihoods[i]!;
  }
  if (examples === 0) return null;
  const ece = reliability(scores, bins, label).reduce(
    (sum, { count, confidence, accuracy }) =>
      sum + count * Math.abs((accuracy ?? 0) - (confidence ?? 0)),
    0,
  );
  return {
    examples,
    accuracy: right / examples,
    top5: top5 / examples,
    nll: -logLikelihood / examples,
    ece: ece / examples,
  };
}

/** The bins of the calibration error: how right examples are that are that sure. */
export function reliability(
  scores: ExampleScores,
  bins: number,
  label?: number,
): Bin[] {
  const counts = new Int32Array(bins);
  const confidences = new Float64Array(bins);
  const right = new Int32Array(bins);
  for (const i of chosen(scores, label)) {
    const confidence = scores.confidences[i]!;
    const bin = Math.min(
      bins - 1,
      Math.max(0, Math.ceil(confidence * bins) - 1),
    );
    counts[bin]! += 1;
    confidences[bin]! += confidence;
    if (scores.ranks[i] === 0) right[bin]! += 1;
  }
  return Array.from(counts, (count, bin) => ({
    count,
    confidence: count === 0 ? null : confidences[bin]! / count,
    accuracy: count === 0 ? null : right[bin]! / count,
  }));
}

function* chosen(
  { labels }: ExampleScores,
  label: number | undefined,
): Generator<number> {
  for (let i = 0; i < labels.length; i++) {
    if (label === undefined || labels[i] === label) yield i;
  }
}
