import { Type, type Static, type TObject } from '../../util/type.ts';
import type { Scalar, Tensor1D, Tensor2D } from '../../tensor/tf.ts';
import { neutral } from '../../util/neutral.ts';
import type { ProbabilityRule } from '../calibration/probabilities.ts';
import { checkRank, checkShape } from '../check.ts';
import { REGULARIZERS } from './regularizers.ts';

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
  /** Labels t, float32 `[batch, classes]`: rows that add up to 1, one-hot unless examples are mixed. */
  readonly labels: Tensor2D;
  /** Which features are kept, float32 `[batch, features]` of 0 and 1; only where the objective keeps but a share of them. */
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
 * A training objective: settings, and pure functions of tensors. It says what is its own; `bindObjective` puts that
 * together with the regularisers, which all objectives share. Nothing is drawn at random inside. Tensors that are returned
 * belong to the caller.
 */
export interface Objective<S extends TObject = TObject> {
  /** One sentence. */
  readonly summary: string;
  /** TypeBox object: what stands beside `type` in a pipeline file. */
  readonly settings: S;
  /** How its outputs become probabilities; softmax where it is left out. */
  readonly probabilities?: ProbabilityRule;
  /** What the last layer yields, float32 `[batch, classes]`; `linear` where it is left out. */
  logits?(head: Head, settings: Static<S>): Tensor2D;
  /** The logits as the objective scales them, same shape; as they are where it is left out. */
  outputs?(logits: Tensor2D, settings: Static<S>): Tensor2D;
  /**
   * The loss of each example, float32 `[batch]`. Where it is left out, nothing is trained.
   *
   * It is **linear in the labels**: the loss of a mixture of labels is the mixture of their losses, and that of labels
   * twice as large is twice as large. So mixed examples and smoothed labels need no case of their own.
   */
  loss?(outputs: Tensor2D, labels: Tensor2D, settings: Static<S>): Tensor1D;
}

/** Infers the type of an objective's settings from its literal. */
export const defineObjective = <S extends TObject, O extends Objective<S>>(
  objective: Objective<S> & O,
): Objective<S> & O => objective;

/** The settings that every trained objective has. */
export const COMMON = {
  ...REGULARIZERS,
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
 * Checks that the parts of a last layer in training fit together, and that it has a mask where features are dropped.
 *
 * @throws {ShapeError} if not.
 */
export function checkTrainedHead(head: TrainedHead, isMasked: boolean): void {
  checkHead(head);
  const shape = [head.features.shape[0], head.weights.shape[1]];
  checkShape(head.labels, shape, 'labels');
  if (isMasked === (head.mask !== undefined)) return;
  throw new Error(
    isMasked
      ? 'Internal error: the objective needs a mask'
      : 'Internal error: a mask was handed to an objective that drops nothing',
  );
}
