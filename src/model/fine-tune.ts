import { bindObjective } from '../ops/loss/bind-objective.ts';
import type { LayerOps } from '../tensor/layer-ops.ts';
import {
  examplesOf,
  type Augmentation,
  type ExampleRange,
  type LabelledImages,
} from './batches.ts';
import { accuracyOf, Inference } from './inference.ts';
import { headSpecs, type Network } from './network.ts';
import {
  betweenBatches,
  KEEP_NO_STATE,
  runTraining,
  type StateKeeper,
  type TrainingProgress,
} from './run-training.ts';
import type { EpochResult, TrainingState } from './training-state.ts';
import { drawWeights, type PlainWeights } from './weights.ts';

/** Names the random streams of fine-tuning. */
const PURPOSE = 'finetune';

/** Standard deviation of a new last layer. */
export const NEW_HEAD_DEVIATION = 0.01;

/**
 * Momentum of the running statistics of batch norm, in TensorFlow's sense, that suits a small task: the statistics then
 * forget the source within a few epochs, and do not follow single batches.
 *
 *     max(1 − 10 / s, 0.9)
 *
 * @param stepsPerEpoch s, at least 1; up to 100 the momentum is 0.9.
 *
 * Source: Chen et al. 2020, arXiv:2002.05709, appendix B.8; after Kornblith et al. 2019, arXiv:1805.08974.
 */
export const fineTuningMomentum = (stepsPerEpoch: number): number =>
  Math.max(1 - 10 / stepsPerEpoch, 0.9);

/** All that decides a fine-tuning. */
export interface FineTuningPlan {
  /** With a last layer for the new classes. */
  readonly network: Network;
  /** Of the trained network; its last layer is not used. */
  readonly weights: PlainWeights;
  readonly source: LabelledImages;
  /** What is trained on. */
  readonly fit: readonly ExampleRange[];
  /** What is scored. */
  readonly scored: ExampleRange;
  readonly seed: number;
  /** Steps in all; they may end within an epoch. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly batch: number;
  readonly rate: number;
  /** Share of itself that a weight loses in a step at the full rate. */
  readonly weightDecay: number;
  readonly momentum: number;
  readonly augmentation: Augmentation;
}

/** What came of a fine-tuning. */
export interface FineTuningResult {
  /** Share of right predictions among the examples that are scored. */
  readonly accuracy: number;
  /** Of the last whole epoch, or null where there was none. */
  readonly lastEpoch: EpochResult | null;
}

/**
 * Trains the whole network on a new task, with a new last layer and softmax cross-entropy, and scores it. The rate falls from
 * its full value to 0 along half a cosine, without warm-up. The objective has the penalty
 * `weightDecay / rate · ½ ‖W‖²`, so that weights shrink by `weightDecay` in a step at the full rate, whatever that is.
 * Trainings with one seed begin with the same weights and see their examples in the same order.
 *
 * @param context.resume a state of the same plan to go on from; its progress is told first.
 * @throws {DivergedError} if a loss or a weight is not finite.
 *
 * Source: Chen et al. 2020, arXiv:2002.05709, appendix B.8; after Kornblith et al. 2019, arXiv:1805.08974.
 */
export async function fineTune(
  plan: FineTuningPlan,
  context: {
    readonly layers: LayerOps;
    readonly signal: AbortSignal;
    progress(progress: TrainingProgress): void;
    readonly checkpoints?: StateKeeper<TrainingState>;
    readonly resume?: TrainingState | null;
  },
): Promise<FineTuningResult> {
  const { layers, signal, checkpoints = KEEP_NO_STATE } = context;
  const { network, source, seed, rate, weightDecay, stepsPerEpoch } = plan;
  const objective = bindObjective({ type: 'softmax', 'rate-scale': 1 });
  const head = headSpecs(network.features, network.classes, NEW_HEAD_DEVIATION);
  const trained = await runTraining(
    {
      ...plan,
      objective,
      examples: examplesOf(...plan.fit),
      purpose: PURPOSE,
      epochs: plan.steps / stepsPerEpoch,
      warmUp: 0,
      schedule: { type: 'cosine' },
      weightDecay: weightDecay / rate,
      batchNormMomentum: fineTuningMomentum(stepsPerEpoch),
    },
    { ...plan.weights, ...drawWeights(head, seed, PURPOSE) },
    context,
  );
  const inference = new Inference({
    layers,
    network,
    objective,
    weights: trained.weights,
  });
  try {
    const accuracy = await accuracyOf(
      inference,
      source,
      plan.scored,
      betweenBatches(trained, { signal, checkpoints }),
    );
    return { accuracy, lastEpoch: trained.epochs.at(-1) ?? null };
  } finally {
    inference.dispose();
  }
}
