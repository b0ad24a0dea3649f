import { scope } from '../../tensor/scope.ts';
import {
  tf,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '../../tensor/tf.ts';
import { checkRank, checkShape } from '../check.ts';

/**
 * Softmax cross-entropy, one value an example.
 *
 *     loss = Σ_k t_k (log Σ_j exp z_j − z_k)
 *
 * The largest logit is subtracted first, so logits of any size are fine: a logit 1000 above the label's costs 1000.
 * Targets need not add up to 1. Its gradient is taken in closed form, `(Σ_k t_k) softmax(z) − t`, which spares the
 * training step some ten kernels; none flows to the targets.
 *
 * @param logits z, float32 `[batch, classes]`, finite.
 * @param targets t, float32 `[batch, classes]`, none negative.
 * @returns float32 `[batch]`, not reduced.
 * @throws {ShapeError} if the shapes differ.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 1.
 */
export function softmaxCrossEntropy(
  logits: Tensor2D,
  targets: Tensor2D,
): Tensor1D {
  checkRank(logits, 2, 'logits');
  checkShape(targets, logits.shape, 'targets');
  const crossEntropy = tf.customGrad((z, save) => {
    const shifted = (z as Tensor2D).sub((z as Tensor2D).max(1, true));
    const exponentials = shifted.exp();
    const normalizer = exponentials.sum(1, true); // [batch, 1]
    const logShares = shifted.sub(normalizer.log());
    (save as (tensors: Tensor[]) => void)([
      exponentials.div(normalizer),
      targets,
    ]);
    return {
      value: targets.mul(logShares).sum(1).neg(), // [batch]
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [shares, t] = saved as [Tensor2D, Tensor2D];
        return shares
          .mul(t.sum(1, true))
          .sub(t)
          .mul(dy.reshape([-1, 1]));
      },
    };
  });
  return scope(() => crossEntropy(logits)) as Tensor1D;
}

/**
 * Binary cross-entropy of each class on its own, summed over classes, one value an example.
 *
 *     loss = Σ_k T log(1 + exp z_k) − t_k z_k,   T = Σ_j t_j
 *          = Σ_k T (max(z_k, 0) + log(1 + exp(−|z_k|))) − t_k z_k
 *
 * The second form is the one computed: no exponential overflows. T is 1 for labels that add up to 1; with it the loss is
 * linear in the targets, as the softmax one is. The gradient is taken in closed form, `T σ(z) − t`; none flows to the
 * targets.
 *
 * @param logits z, float32 `[batch, classes]`, finite.
 * @param targets t, float32 `[batch, classes]`, none negative.
 * @returns float32 `[batch]`: summed over classes, not over examples.
 * @throws {ShapeError} if the shapes differ.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 8.
 */
export function sigmoidCrossEntropy(
  logits: Tensor2D,
  targets: Tensor2D,
): Tensor1D {
  checkRank(logits, 2, 'logits');
  checkShape(targets, logits.shape, 'targets');
  const crossEntropy = tf.customGrad((input, save) => {
    const z = input as Tensor2D;
    (save as (tensors: Tensor[]) => void)([z, targets]);
    const total = targets.sum(1, true); // [batch, 1]
    return {
      value: tf
        .relu(z)
        .mul(total)
        .sub(targets.mul(z))
        .add(z.abs().neg().exp().log1p().mul(total))
        .sum(1), // [batch]
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [logit, t] = saved as [Tensor2D, Tensor2D];
        return tf
          .sigmoid(logit)
          .mul(t.sum(1, true))
          .sub(t)
          .mul(dy.reshape([-1, 1]));
      },
    };
  });
  return scope(() => crossEntropy(logits)) as Tensor1D;
}
