import { setImmediate } from 'node:timers/promises';
import type { LayerOps } from '../tensor/layer-ops.ts';
import { Speedometer } from './speedometer.ts';
import {
  initialState,
  type EpochResult,
  type TrainingPlan,
  type TrainingState,
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

/** Where unfinished work leaves its state. */
export interface StateKeeper<State> {
  /** Whether it is time to; asked between steps, and once more before an abort ends the work. */
  isDue(): boolean;
  save(state: State): Promise<void>;
}

/** For work whose state nobody keeps. */
export const KEEP_NO_STATE: StateKeeper<unknown> = {
  isDue: () => false,
  save: () => Promise.resolve(),
};

/**
 * Trains from initial weights to the end, and answers with the state there. An objective that trains nothing gives the state
 * of the beginning.
 *
 * Between steps the event loop has its turn, and an abort ends the training.
 *
 * @param context.resume a state of the same plan to go on from; its progress is told first.
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
    readonly checkpoints?: StateKeeper<TrainingState>;
    readonly resume?: TrainingState | null;
  },
): Promise<TrainingState> {
  const start = context.resume ?? initialState(plan, weights);
  if (plan.objective.train === null) return start;
  const { layers, signal, checkpoints = KEEP_NO_STATE } = context;
  const training = new Training(plan, layers, start);
  try {
    const speed = new Speedometer();
    const tell = (): void => {
      context.progress({
        epochs: training.epochsDone,
        metrics: training.metrics,
        imagesPerSecond: speed.imagesPerSecond,
      });
    };
    if (context.resume) tell();
    for (let unread = 1; !training.isFinished; unread++) {
      training.advance();
      if (unread === STEPS_BETWEEN_READS || training.isBetweenEpochs) {
        await training.read();
        unread = 0;
        const finished = training.epochs.at(-1);
        if (finished && training.isBetweenEpochs) context.epoch?.(finished);
      }
      speed.add(plan.batch);
      tell();
      await setImmediate();
      if (checkpoints.isDue())
        await checkpoints.save(await training.snapshot());
      signal.throwIfAborted();
    }
    return await training.state();
  } finally {
    training.dispose();
  }
}

/** What a trained network's scoring does between two batches: others have their turn, a due state is kept, an abort ends it. */
export const betweenBatches =
  (
    state: TrainingState,
    context: {
      readonly signal: AbortSignal;
      readonly checkpoints: StateKeeper<TrainingState>;
    },
  ): (() => Promise<void>) =>
  async () => {
    await setImmediate();
    if (context.checkpoints.isDue()) await context.checkpoints.save(state);
    context.signal.throwIfAborted();
  };
