import { bindObjective } from '../ops/loss/bind-objective.ts';
import type { LayerOps } from '../tensor/layer-ops.ts';
import {
  examplesOf,
  type Augmentation,
  type ExampleRange,
  type LabelledImages,
} from './batches.ts';
import { accuracyOf, Inference } from './inference.ts';
import { DivergedError, ModelError } from './model-error.ts';
import { headSpecs, type Network } from './network.ts';
import {
  betweenBatches,
  KEEP_NO_STATE,
  runTraining,
  type StateKeeper,
  type TrainingProgress,
} from './run-training.ts';
import type { TrainingState } from './training-state.ts';
import { drawWeights, type PlainWeights } from './weights.ts';

/** Names the random streams of fine-tuning. */
const PURPOSE = 'finetune';

/** Standard deviation of a new last layer. */
export const NEW_HEAD_DEVIATION = 0.01;

/** All that decides a fine-tuning. */
export interface FineTuningPlan {
  /** With a last layer for the new classes. */
  readonly network: Network;
  /** Of the trained network; its last layer is not used. */
  readonly weights: PlainWeights;
  readonly source: LabelledImages;
  readonly fit: ExampleRange;
  readonly tune: ExampleRange;
  readonly test: ExampleRange;
  readonly grid: readonly GridPoint[];
  readonly seed: number;
  readonly epochs: number;
  readonly batch: number;
  readonly momentum: number;
  readonly augmentation: Augmentation;
}

/** Settings that fine-tuning chooses. */
export interface GridPoint {
  readonly rate: number;
  readonly weightDecay: number;
}

/** A point that was tried. */
export interface TriedPoint extends GridPoint {
  /** Accuracy on `tune`; null where the training diverged. */
  readonly tuneAccuracy: number | null;
}

/** What came of a fine-tuning. */
export interface FineTuningResult {
  /** On `test`, after the refit. */
  readonly accuracy: number;
  readonly chosen: TriedPoint;
  /** In the order of the grid. */
  readonly tried: readonly TriedPoint[];
}

/** Everything that a fine-tuning needs to go on, as plain data. */
export interface FineTuningState {
  /** Points that are done; all of them in the refit. */
  readonly tried: readonly TriedPoint[];
  /** Of the point at hand, or of the refit. */
  readonly training: TrainingState;
}

/**
 * Trains the whole network on a new task, with a new last layer and softmax cross-entropy. Each point of the grid is trained on
 * `fit` and scored on `tune`; the best (of equal ones the first) is trained anew on `fit` and `tune` together and
 * scored once on `test`. The rate falls from its full value to 0 along half a cosine, without warm-up. All trainings
 * begin with the same weights and see the same order.
 *
 * @param context.progress told epochs of all trainings: `(points + 1) · epochs` in the end.
 * @param context.resume a state of the same plan to go on from; its progress is told first.
 * @throws {DivergedError} if every point diverged, or the refit.
 * @throws {ModelError} if there are fewer examples than one batch takes.
 */
export async function fineTune(
  plan: FineTuningPlan,
  context: {
    readonly layers: LayerOps;
    readonly signal: AbortSignal;
    progress(progress: TrainingProgress): void;
    readonly checkpoints?: StateKeeper<FineTuningState>;
    readonly resume?: FineTuningState | null;
  },
): Promise<FineTuningResult> {
  const { layers, signal, checkpoints = KEEP_NO_STATE } = context;
  const start = {
    ...plan.weights,
    ...drawWeights(
      headSpecs(
        plan.network.features,
        plan.network.classes,
        NEW_HEAD_DEVIATION,
      ),
      plan.seed,
      PURPOSE,
    ),
  };
  const objective = bindObjective({ type: 'softmax', 'rate-scale': 1 });
  const tried = [...(context.resume?.tried ?? [])];
  /** Of the training that was stopped, for the one that comes first. */
  let resume = context.resume?.training ?? null;
  const trainingCheckpoints: StateKeeper<TrainingState> = {
    isDue: () => checkpoints.isDue(),
    save: (training) => checkpoints.save({ tried: [...tried], training }),
  };
  /** Trains on some ranges and scores on another. */
  const score = async (
    point: GridPoint,
    ranges: readonly ExampleRange[],
    scored: ExampleRange,
  ): Promise<number> => {
    const before = tried.length * plan.epochs;
    const from = resume;
    resume = null;
    const trained = await runTraining(
      {
        ...plan,
        ...point,
        objective,
        examples: examplesOf(...ranges),
        purpose: PURPOSE,
        warmUp: 0,
        schedule: { type: 'cosine' },
      },
      start,
      {
        layers,
        signal,
        progress: (progress) => {
          context.progress({ ...progress, epochs: before + progress.epochs });
        },
        checkpoints: trainingCheckpoints,
        resume: from,
      },
    );
    const inference = new Inference({
      layers,
      network: plan.network,
      objective,
      weights: trained.weights,
    });
    try {
      return await accuracyOf(
        inference,
        plan.source,
        scored,
        betweenBatches(trained, { signal, checkpoints: trainingCheckpoints }),
      );
    } finally {
      inference.dispose();
    }
  };

  for (const point of plan.grid.slice(tried.length)) {
    const tuneAccuracy = await unlessDiverged(
      score(point, [plan.fit], plan.tune),
    );
    tried.push({ ...point, tuneAccuracy });
  }
  const chosen = bestOf(tried);
  if (chosen === undefined) {
    throw new ModelError(
      'Fine-tuning diverged at every point of the grid: the rates are too high.',
    );
  }
  const accuracy = await score(chosen, [plan.fit, plan.tune], plan.test);
  return { accuracy, chosen, tried };
}

/** The point with the best accuracy, of equal ones the first; undefined where all diverged. */
function bestOf(tried: readonly TriedPoint[]): TriedPoint | undefined {
  let best: TriedPoint | undefined;
  for (const point of tried) {
    if (
      point.tuneAccuracy !== null &&
      (best?.tuneAccuracy == null || point.tuneAccuracy > best.tuneAccuracy)
    ) {
      best = point;
    }
  }
  return best;
}

async function unlessDiverged(score: Promise<number>): Promise<number | null> {
  try {
    return await score;
  } catch (error) {
    if (error instanceof DivergedError) return null;
    throw error;
  }
}
