import type { NdArrayOf } from '../../tensor/nd-array.ts';
import { scorePredictions, type AccuracyMetric } from './accuracy.ts';
import {
  LogisticModel,
  type Fit,
  type FitOptions,
  type LabelledFeatures,
} from './logistic-model.ts';

/** The three sets of examples of a probe. */
export interface ProbeExamples {
  /** Fitted to, for each penalty. */
  readonly fit: LabelledFeatures;
  /** The penalty is chosen on these; then fitted to as well. */
  readonly tune: LabelledFeatures;
  /** Scored on, once. */
  readonly test: LabelledFeatures;
}

/** How a probe is made. */
export interface ProbeOptions extends FitOptions {
  /** > 0, in any order. */
  readonly penalties: readonly number[];
  readonly metric: AccuracyMetric;
  /** Factor of all features. */
  readonly scale: number;
}

/** One penalty of the path. */
export interface PathPoint extends Fit {
  /** Score on the tune examples. */
  readonly tuneScore: number;
}

/** Outcome of a probe. */
export interface ProbeResult {
  /** Score on the test examples. */
  readonly score: number;
  /** From the largest penalty to the smallest. */
  readonly path: readonly PathPoint[];
  readonly chosen: PathPoint;
  /** The fit to fit and tune examples together, with the chosen penalty. */
  readonly refit: Fit;
  /** Norm of the gradient at zero weights, of the fits of the path and of the refit. */
  readonly startGradientNorms: {
    readonly path: number;
    readonly refit: number;
  };
  /** Labels that have weights in the refit, ascending. */
  readonly labels: Int32Array;
}

/** Where a probe stands, after each iteration. */
export interface ProbeTurn {
  /** Fits that are done; there are one for each penalty and the refit. */
  readonly fits: number;
  /** Points of the path that are known. */
  readonly path: readonly PathPoint[];
}

/**
 * Linear probe: multinomial logistic regression for each penalty, the penalty chosen on held-out examples, fitted again
 * with them, scored on test examples.
 *
 *     f(W, b) = mean over examples of −log softmax(W x + b)_label  +  penalty/2 · ‖W‖²,   x = scale · features
 *
 * Fits are warm-started from the largest penalty down. Of equally good penalties the largest is chosen. `scale` is the same
 * in the refit, so that the penalty means the same. A class without examples to fit is never predicted.
 *
 * In scikit-learn's terms: `LogisticRegression(C = 1 / (penalty · n))`, n being the number of examples fitted to, whose
 * objective is n times this one divided by `penalty · n`.
 *
 * @yields after each iteration of each fit, so that the caller may pause.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, with the protocol of Chen et al. 2020, arXiv:2002.05709, appendix B.8.
 */
export function* linearProbe(
  examples: ProbeExamples,
  options: ProbeOptions,
): Generator<ProbeTurn, ProbeResult, undefined> {
  const penalties = [...new Set(options.penalties)].sort((a, b) => b - a);
  const { fit, tune, test } = examples;
  const path: PathPoint[] = [];
  const model = new LogisticModel([fit], options.scale);
  let chosen: PathPoint | undefined;
  for (const penalty of penalties) {
    const fitted = yield* watched(model.fit(penalty, options), path);
    const tuneScore = scorePredictions(
      model.predict(tune.features),
      tune.labels,
      options.metric,
    );
    const point = { ...fitted, tuneScore };
    path.push(point);
    if (chosen === undefined || tuneScore > chosen.tuneScore) chosen = point;
  }
  if (chosen === undefined) {
    throw new Error('Internal error: a probe without penalties');
  }
  const final = new LogisticModel([fit, tune], options.scale);
  const refit = yield* watched(final.fit(chosen.penalty, options), path);
  return {
    score: scorePredictions(
      final.predict(test.features),
      test.labels,
      options.metric,
    ),
    path,
    chosen,
    refit,
    startGradientNorms: {
      path: model.startGradientNorm,
      refit: final.startGradientNorm,
    },
    labels: final.labels,
  };
}

function* watched(
  run: Generator<number, Fit, undefined>,
  path: readonly PathPoint[],
): Generator<ProbeTurn, Fit, undefined> {
  for (;;) {
    const turn = run.next();
    if (turn.done === true) return turn.value;
    yield { fits: path.length, path };
  }
}

/**
 * One over the root mean squared norm of the feature vectors: `1 / sqrt(mean over examples of ‖x‖²)`.
 *
 * 1 where all features are 0.
 *
 * @param features float32 `[examples, features]`
 */
export function rmsScale({ data, shape }: NdArrayOf<'float32'>): number {
  const [examples = 0] = shape;
  let squares = 0;
  for (const value of data) squares += value * value;
  return squares === 0 ? 1 : 1 / Math.sqrt(squares / examples);
}

/**
 * Penalties spaced evenly on a log scale, both ends included; twelve digits each, so that engines whose powers differ in
 * the last bit agree.
 */
export function logSpaced(from: number, to: number, count: number): number[] {
  if (count === 1) return [from];
  return Array.from({ length: count }, (_, i) =>
    Number((from * (to / from) ** (i / (count - 1))).toPrecision(12)),
  );
}
