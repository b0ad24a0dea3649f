import type { JsonObject } from '../util/json.ts';

/** Metrics of one epoch over the training split, as the optimizer saw it (augmented, weights moving). */
export interface EpochMetrics {
  /** From 1. */
  readonly epoch: number;
  /** Mean objective over the epoch's examples, penalties included. */
  readonly loss: number;
  /** Share of examples whose largest output is the label, 0 to 1. */
  readonly accuracy: number;
  /** Learning rate of the epoch's last step. */
  readonly rate: number;
}

/**
 * A trained network. Arrays: `weight:NAME` float32 for every parameter and every running statistic.
 */
export interface ModelValue {
  /** The `model` parameter with defaults filled in: enough to build the network again. */
  readonly architecture: JsonObject;
  /** The objective that it was trained with: predictions need its output scaling. */
  readonly objective: JsonObject;
  readonly classNames: readonly string[];
  readonly imageShape: readonly [number, number, number];
  readonly parameterCount: number;
  readonly epochs: readonly EpochMetrics[];
  /** Split -> share of correct predictions of the final weights in evaluation mode, 0 to 1. */
  readonly accuracy: Readonly<Record<string, number>>;
}

/** Name of the array that holds a weight. */
export const weightArray = (weight: string): string => `weight:${weight}`;
