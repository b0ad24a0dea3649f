/** Scores before temperature scaling, and those that scaling changes after it. Null for a class without examples. */
export interface PredictionScores {
  readonly examples: number;
  /** Share of examples whose label has the largest output, 0 to 1. */
  readonly accuracy: number | null;
  /** Share of examples whose label is among the five largest outputs, 0 to 1. */
  readonly top5: number | null;
  /** Mean negative log-likelihood, in nats. */
  readonly nll: number | null;
  /** Expected calibration error, 0 to 1. */
  readonly ece: number | null;
  readonly scaled: { readonly nll: number | null; readonly ece: number | null };
}

/** A bin of the calibration error; means are null where there are no examples. */
export interface ReliabilityBin {
  readonly count: number;
  readonly confidence: number | null;
  readonly accuracy: number | null;
}

/**
 * What a network says of the examples of one split, with its scores. Arrays: `probabilities` float32 `[examples, classes]`,
 * unscaled; `predictions` int32 `[examples]` (by the outputs: probabilities may be equal where those are not); `labels` int32
 * `[examples]`.
 */
export interface PredictionsValue extends PredictionScores {
  /** Mean accuracy over the classes that have examples. */
  readonly meanPerClass: number;
  /** What outputs are divided by after scaling. */
  readonly temperature: number;
  readonly temperatureAtEdge: boolean;
  /** How outputs became probabilities: `softmax` or `normalized-sigmoid`. */
  readonly probabilities: string;
  readonly bins: number;
  readonly reliability: {
    readonly before: readonly ReliabilityBin[];
    readonly after: readonly ReliabilityBin[];
  };
  readonly perClass: Readonly<Record<string, PredictionScores>>;
  readonly classNames: readonly string[];
  readonly split: string;
  /** Examples that the temperature was fitted to. */
  readonly tuneExamples: number;
}
