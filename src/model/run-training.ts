import { setImmediate } from 'node:timers/promises';
import type { LayerOps } from '../tensor/layer-ops.ts';
import { Speedometer } from './speedometer.ts';
import {
  initialState,
  type EpochResult,
  type TrainingPlan,
} from './training-state.ts';
import { Training } from './training.ts';
import type { PlainWeights } from './weights.ts';

/** Steps between two reads of the loss: a read makes JavaScript wait for the device. */
const STEPS_BETWEEN_READS = 8;

/** How far a training is. */
export interface TrainingProgress {
  /** Epochs done; a part of one counts as its part. */
  readonly epochs: number;
  /** Of the current epoch as far as it was read; null before the first read. */
  readonly metrics: {
    readonly loss: number;
    readonly accuracy: number;
  } | null;
  readonly imagesPerSecond: number;
}

/** What came of a training. */
export interface TrainingResult {
  readonly weights: PlainWeights;
  readonly epochs: readonly EpochResult[];
}

/**
 * Trains from initial weights to the end. An objective that trains nothing, or no epochs, gives the weights back.
 *
 * Between steps the event loop has its turn, and an abort ends the training.
 *
 * @throws {DivergedError} if a loss or a weight is not finite.
 * @throws {ModelError} if there are fewer examples than one batch takes.
 */
export async function runTraining(
  plan: TrainingPlan,
  weights: PlainWeights,
  context: {
    readonly layers: LayerOps;
    readonly signal: AbortSignal;
    progress(progress: TrainingProgress): void;
    /** Called after each epoch. */
    epoch?(result: EpochResult): void;
  },
): Promise<TrainingResult> {
  if (plan.objective.train === null) return { weights, epochs: [] };
  const { layers, signal } = context;
  const training = new Training(plan, layers, initialState(plan, weights));
  try {
    const speed = new Speedometer();
    for (let unread = 1; !training.isFinished; unread++) {
      training.advance();
      if (unread === STEPS_BETWEEN_READS || training.isBetweenEpochs) {
        await training.read();
        unread = 0;
        const finished = training.epochs.at(-1);
        if (finished && training.isBetweenEpochs) context.epoch?.(finished);
      }
      speed.add(plan.batch);
      context.progress({
        epochs: training.epochsDone,
        metrics: training.metrics,
        imagesPerSecond: speed.imagesPerSecond,
      });
      await setImmediate();
      signal.throwIfAborted();
    }
    const { weights: trained, epochs } = await training.state();
    return { weights: trained, epochs };
  } finally {
    training.dispose();
  }
}
