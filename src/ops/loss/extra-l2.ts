import { Type } from '../../util/type.ts';
import { neutral } from '../../util/neutral.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { COMMON, defineObjective } from './objective.ts';

/**
 * Softmax cross-entropy with an extra L2 penalty on the last layer's weights: `softmax` with a `lambda` (see
 * `weightPenalty`).
 *
 *     loss = −Σ_k t_k z_k + log Σ_k exp z_k,   penalty = λ/2 ‖W‖²,   z = x W + b
 *
 * W alone, without the bias; on top of ordinary weight decay, which covers W too. λ = 0 is softmax.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 4; the 1/2 as in the authors' released code.
 */
export const extraL2 = defineObjective({
  summary: 'Softmax cross-entropy with an extra L2 penalty on the last layer.',
  settings: Type.Object(
    {
      ...COMMON,
      lambda: Type.Number({
        minimum: 0,
        default: 8e-4,
        ...neutral(0, 'softmax'),
        description:
          'Coefficient of half the squared norm of the last layer\'s weights, on top of "weight-decay", 0 or more. 0 is plain softmax.',
      }),
    },
    { additionalProperties: false },
  ),
  loss: softmaxCrossEntropy,
});
