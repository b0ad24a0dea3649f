import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import type { Tensor2D } from '../../tensor/tf.ts';
import { neutral } from '../../util/neutral.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { linear, plainPredictions } from './linear.ts';
import { checkMaskedHead, defineObjective, RATE_SCALE } from './objective.ts';

/**
 * Softmax cross-entropy with inverted dropout on the penultimate activations, in training only.
 *
 *     loss = −Σ_k t_k z_k + log Σ_k exp z_k,   z = (x ⊙ m / ρ) W + b,   m_i = 1 with probability ρ, else 0
 *
 * The mask m is an input: whoever trains draws it, one number a feature and example. ρ = 1 with a mask of ones is softmax.
 * `train` takes a `TrainedHead` with its mask and yields `loss`, float32 `[batch]`, not reduced, and `outputs` z.
 *
 * @throws {ShapeError} (`train`, `evaluate`) if the shapes don't fit together.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 3; after the average pool, as in the authors' released code.
 */
export const dropout = defineObjective({
  summary: 'Softmax cross-entropy with dropout on the penultimate activations.',
  settings: Type.Object(
    {
      keep: Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        default: 0.7,
        ...neutral(1, 'softmax'),
        description:
          'Share of the penultimate activations that a training step keeps, above 0 and at most 1. 1 is plain softmax.',
      }),
      ...RATE_SCALE,
    },
    { additionalProperties: false },
  ),
  keep: ({ keep }) => keep,
  train(head, { keep }) {
    const mask = checkMaskedHead(head);
    return scope(() => {
      const features = head.features.mul(mask).div<Tensor2D>(keep);
      const outputs = linear({ ...head, features });
      return { loss: softmaxCrossEntropy(outputs, head.labels), outputs };
    });
  },
  evaluate: plainPredictions,
});
