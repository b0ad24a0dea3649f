import { Type } from '../../util/type.ts';
import { neutral } from '../../util/neutral.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { COMMON, defineObjective } from './objective.ts';

/**
 * Softmax cross-entropy with inverted dropout on the penultimate activations, in training only: `softmax` with a `keep`
 * (see `dropFeatures`).
 *
 *     loss = −Σ_k t_k z_k + log Σ_k exp z_k,   z = (x ⊙ m / ρ) W + b,   m_i = 1 with probability ρ, else 0
 *
 * The mask m is an input: whoever trains draws it, one number a feature and example. ρ = 1 is softmax.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 3; after the average pool, as in the authors' released code.
 */
export const dropout = defineObjective({
  summary: 'Softmax cross-entropy with dropout on the penultimate activations.',
  settings: Type.Object(
    {
      ...COMMON,
      keep: Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        default: 0.7,
        ...neutral(1, 'softmax'),
        description:
          'Share of the penultimate activations that a training step keeps, above 0 and at most 1. 1 is plain softmax.',
      }),
    },
    { additionalProperties: false },
  ),
  loss: softmaxCrossEntropy,
});
