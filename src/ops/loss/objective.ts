import { Type, type Static, type TObject } from '../../util/type.ts';
import type { Scalar, Tensor1D, Tensor2D } from '../../tensor/tf.ts';
import { neutral } from '../../util/neutral.ts';
import type { ProbabilityRule } from '../calibration/probabilities.ts';
import { checkRank, checkShape } from '../check.ts';

/** The last layer, and what reaches it. A type, not an interface, so that `scope` takes it. */
export type Head = {
  /** Penultimate activations x, float32 `[batch, features]`. */
  readonly features: Tensor2D;
  /** W, float32 `[features, classes]`; a column belongs to a class. */
  readonly weights: Tensor2D;
  /** b, float32 `[classes]`. */
  readonly bias: Tensor1D;
};

/** A last layer in training. */
export type TrainedHead = Head & {
  /** Labels t, float32 `[batch, classes]`, one-hot. */
  readonly labels: Tensor2D;
  /** Which features are kept, float32 `[batch, features]` of 0 and 1; only where the objective's `keep` asks for it. */
  readonly mask?: Tensor2D;
};

/** What a network says of a batch. */
export type Predictions = {
  /** What the last layer yields, float32 `[batch, classes]`. */
  readonly logits: Tensor2D;
  /** Logits after the objective's own scaling, float32 `[batch, classes]`: the largest is the prediction. */
  readonly outputs: Tensor2D;
};

/** An objective on a batch: `mean(loss) + penalty` is what training lowers. */
export type Losses = {
  /** float32 `[batch]`, not reduced. */
  readonly loss: Tensor1D;
  /** As in `Predictions`, of the features that the mask left. */
  readonly outputs: Tensor2D;
  /** A term of the weights alone, which is the same for a batch of any size. */
  readonly penalty?: Scalar;
};

/**
 * A training objective: settings, and pure functions of tensors. Nothing is drawn at random inside. Tensors that are
 * returned belong to the caller.
 */
export interface Objective<S extends TObject = TObject> {
  /** One sentence. */
  readonly summary: string;
  /** TypeBox object: what stands beside `type` in a pipeline file. */
  readonly settings: S;
  /** How its outputs become probabilities; softmax where it is left out. */
  readonly probabilities?: ProbabilityRule;
  /** Share of the features that training keeps, above 0 and at most 1; where it is left out, there is no mask. */
  keep?(settings: Static<S>): number;
  /** The objective in training. Where it is left out, nothing is trained. */
  train?(head: TrainedHead, settings: Static<S>): Losses;
  /** Predictions at evaluation. */
  evaluate(head: Head, settings: Static<S>): Predictions;
}

/** Infers the type of an objective's settings from its literal. */
export const defineObjective = <S extends TObject, O extends Objective<S>>(
  objective: Objective<S> & O,
): Objective<S> & O => objective;

/** The setting that every trained objective has. */
export const RATE_SCALE = {
  'rate-scale': Type.Number({
    exclusiveMinimum: 0,
    default: 1,
    ...neutral(1),
    description:
      'Multiplies the learning rate, dimensionless, above 0. Objectives that normalise their outputs want about 2.',
  }),
};

/**
 * Checks that the parts of a last layer fit together.
 *
 * @throws {ShapeError} if not.
 */
export function checkHead({ features, weights, bias }: Head): void {
  checkRank(features, 2, 'features');
  checkRank(weights, 2, 'weights');
  const [width, classes] = weights.shape;
  checkShape(features, [features.shape[0], width], 'features');
  checkShape(bias, [classes], 'bias');
}

/**
 * Checks that the parts of a last layer in training fit together, for an objective that drops nothing.
 *
 * @throws {ShapeError} if not.
 */
export function checkTrainedHead(head: TrainedHead): void {
  checkLabels(head);
  if (head.mask !== undefined) {
    throw new Error(
      'Internal error: a mask was handed to an objective that drops nothing',
    );
  }
}

/**
 * Checks that the parts of a last layer in training fit together, for an objective that drops features.
 *
 * @returns the mask, float32 `[batch, features]`.
 * @throws {ShapeError} if not.
 */
export function checkMaskedHead(head: TrainedHead): Tensor2D {
  checkLabels(head);
  if (head.mask === undefined) {
    throw new Error('Internal error: the objective needs a mask');
  }
  checkShape(head.mask, head.features.shape, 'mask');
  return head.mask;
}

function checkLabels(head: TrainedHead): void {
  checkHead(head);
  const shape = [head.features.shape[0], head.weights.shape[1]];
  checkShape(head.labels, shape, 'labels');
}
