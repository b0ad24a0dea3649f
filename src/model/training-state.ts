import type { BoundObjective } from '../ops/loss/bind-objective.ts';
import type { RatePlan } from '../ops/optimizer/schedule.ts';
import { Rng, type RngState } from '../tensor/rng.ts';
import type {
  Augmentation,
  AugmentationStreams,
  LabelledImages,
} from './batches.ts';
import type { Network } from './network.ts';
import type { PlainWeights } from './weights.ts';

/** All that decides a training, beside its initial weights. */
export interface TrainingPlan {
  readonly network: Network;
  readonly objective: BoundObjective;
  readonly source: LabelledImages;
  /** Examples of the source to train on, int32 `[count]`. */
  readonly examples: Int32Array;
  readonly seed: number;
  /** Tells the random streams of one use from those of another. */
  readonly purpose: string;
  /** Passes over the examples; a part of one is rounded to whole steps. */
  readonly epochs: number;
  /** Passes after which to stop all the same, where not after all of them. */
  readonly stopAfter?: number;
  /** Examples a step; what remains of an epoch is left out. */
  readonly batch: number;
  readonly rate: number;
  /** Epochs of linear warm-up. */
  readonly warmUp: number;
  readonly schedule: RatePlan['schedule'];
  readonly momentum: number;
  readonly weightDecay: number;
  readonly augmentation: Augmentation;
  /** Of the running statistics, where it is not the usual one. */
  readonly batchNormMomentum?: number;
}

/** Metrics of one epoch, as the optimizer saw it: augmented images, weights moving. */
export interface EpochResult {
  /** From 1. */
  readonly epoch: number;
  /** Mean objective over the epoch's steps, penalties included. */
  readonly loss: number;
  /** Share of examples whose largest output is the label. */
  readonly accuracy: number;
  /** Learning rate of the epoch's last step. */
  readonly rate: number;
}

/** Everything that a training needs to go on, as plain data: the same state gives the same bytes. */
export interface TrainingState {
  /** Steps taken. */
  readonly step: number;
  readonly weights: PlainWeights;
  readonly velocities: PlainWeights;
  /** Those that are missing in a state of an earlier version had not been drawn from. */
  readonly streams: { readonly [K in StreamName]?: RngState };
  /** Examples of the current epoch, in the order in which they are taken. */
  readonly order: Int32Array;
  /** Sums over the steps of the current epoch. */
  readonly sums: EpochSums;
  readonly epochs: readonly EpochResult[];
}

type StreamName = 'shuffle' | 'dropout' | keyof AugmentationStreams;

/** The random numbers of a training, a generator for each use. */
export type Streams = { readonly [K in StreamName]: Rng };

/** Sums over the steps of an epoch so far. */
export interface EpochSums {
  readonly steps: number;
  readonly loss: number;
  readonly correct: number;
}

/** Before the first step of an epoch. */
export const NO_STEPS: EpochSums = { steps: 0, loss: 0, correct: 0 };

/** The generators of a training where a state has left them. */
export const streamsFrom = (
  { seed, purpose }: TrainingPlan,
  states: TrainingState['streams'],
): Streams =>
  byStream((name) => {
    const state = states[name];
    return state === undefined
      ? Rng.of(seed, `${purpose}/${name}`)
      : Rng.from(state);
  });

/** Where generators stand. */
export const statesOf = (streams: Streams): TrainingState['streams'] =>
  byStream((name) => streams[name].state);

const byStream = <T>(make: (name: StreamName) => T): Record<StreamName, T> => ({
  shuffle: make('shuffle'),
  augmentation: make('augmentation'),
  dropout: make('dropout'),
  policy: make('policy'),
  cutout: make('cutout'),
  mixup: make('mixup'),
});

/** Where a training begins. */
export function initialState(
  plan: TrainingPlan,
  weights: PlainWeights,
): TrainingState {
  return {
    step: 0,
    weights,
    velocities: {},
    streams: statesOf(streamsFrom(plan, {})),
    order: new Int32Array(0),
    sums: NO_STEPS,
    epochs: [],
  };
}
