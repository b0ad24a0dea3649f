import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import type { Scalar, Tensor1D, Tensor2D } from '../../tensor/tf.ts';
import { neutral } from '../../util/neutral.ts';
import { checkRank, checkShape } from '../check.ts';

/** Settings that every trained objective has beside its own; left out, each is as if it weren't there. */
export const REGULARIZERS = {
  alpha: Type.Optional(
    Type.Number({
      minimum: 0,
      exclusiveMaximum: 1,
      ...neutral(0),
      description:
        'Label smoothing: share of the label that is spread over all classes, 0 to below 1. Left out: none.',
    }),
  ),
  keep: Type.Optional(
    Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      ...neutral(1),
      description:
        'Dropout: share of the penultimate activations that a training step keeps, above 0 and at most 1. Left out: all.',
    }),
  ),
  lambda: Type.Optional(
    Type.Number({
      minimum: 0,
      ...neutral(0),
      description:
        'Extra L2: coefficient of half the squared norm of the last layer\'s weights, on top of "weight-decay", 0 or more. Left out: none.',
    }),
  ),
  beta: Type.Optional(
    Type.Number({
      minimum: 0,
      ...neutral(0),
      description:
        'Logit penalty: coefficient of half the squared norm of the logits, as they are before the objective scales them; 0 or more. Left out: none.',
    }),
  ),
};

/** What is done beside the loss; null: nothing of the sort. */
export interface Regularization {
  readonly alpha: number | null;
  readonly keep: number | null;
  readonly lambda: number | null;
  readonly beta: number | null;
}

/** The regularisation among an objective's settings. */
export function regularizationOf(
  settings: Readonly<Record<string, unknown>>,
): Regularization {
  const read = (name: keyof Regularization, nothing: number): number | null => {
    const value = settings[name];
    return typeof value === 'number' && value !== nothing ? value : null;
  };
  return {
    alpha: read('alpha', 0),
    keep: read('keep', 1),
    lambda: read('lambda', 0),
    beta: read('beta', 0),
  };
}

/**
 * Labels mixed with the uniform distribution, and rescaled.
 *
 *     t' = ((1 − α) t + α/K) / (1 − α) = t + α / ((1 − α) K)
 *
 * A loss that is linear in the labels is then 1/(1 − α) times that of the mixed labels: the gradient of the label's logit
 * keeps its size. α = 0 leaves the labels.
 *
 * @param labels t, float32 `[batch, classes]`, rows that add up to 1.
 * @param alpha 0 to below 1.
 * @returns float32 `[batch, classes]`, rows that add up to 1/(1 − α).
 * @throws {ShapeError} if the labels have not 2 axes.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 2; the factor as in the authors' released code.
 */
export function smoothLabels(labels: Tensor2D, alpha: number): Tensor2D {
  checkRank(labels, 2, 'labels');
  const classes = labels.shape[1];
  return scope(() => labels.add<Tensor2D>(alpha / ((1 - alpha) * classes)));
}

/**
 * Inverted dropout.
 *
 *     x' = x ⊙ m / ρ
 *
 * ρ = 1 with a mask of ones leaves the features.
 *
 * @param features x, float32 `[batch, features]`.
 * @param mask m, float32 `[batch, features]`, 1 with probability ρ, else 0; drawn by whoever trains.
 * @param keep ρ, above 0 and at most 1.
 * @returns float32 `[batch, features]`.
 * @throws {ShapeError} if the shapes differ.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 3; after the average pool, as in the authors' released code.
 */
export function dropFeatures(
  features: Tensor2D,
  mask: Tensor2D,
  keep: number,
): Tensor2D {
  checkShape(mask, features.shape, 'mask');
  return scope(() => features.mul(mask).div<Tensor2D>(keep));
}

/**
 * L2 penalty on the weights of the last layer; it enters the objective once, not once an example.
 *
 *     λ/2 ‖W‖²
 *
 * @param weights W, float32 `[features, classes]`.
 * @param lambda λ, 0 or more.
 * @returns a scalar.
 * @throws {ShapeError} if the weights have not 2 axes.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 4; the 1/2 as in the authors' released code.
 */
export function weightPenalty(weights: Tensor2D, lambda: number): Scalar {
  checkRank(weights, 2, 'weights');
  return scope(() =>
    weights
      .square()
      .sum()
      .mul(lambda / 2)
      .asScalar(),
  );
}

/**
 * L2 penalty on the logits, one value an example: a sum over classes, with the 1/2.
 *
 *     β/2 ‖z‖²
 *
 * @param logits z, float32 `[batch, classes]`.
 * @param beta β, 0 or more.
 * @returns float32 `[batch]`, not reduced.
 * @throws {ShapeError} if the logits have not 2 axes.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 5; the 1/2 as in the authors' released code.
 */
export function logitPenalties(logits: Tensor2D, beta: number): Tensor1D {
  checkRank(logits, 2, 'logits');
  return scope(() =>
    logits
      .square()
      .sum<Tensor1D>(1)
      .mul(beta / 2),
  ); // [batch]
}
