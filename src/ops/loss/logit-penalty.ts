import { Type } from '../../util/type.ts';
import { neutral } from '../../util/neutral.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { COMMON, defineObjective } from './objective.ts';

/**
 * Softmax cross-entropy with an L2 penalty on the logits: `softmax` with a `beta` (see `logitPenalties`).
 *
 *     loss = −Σ_k t_k z_k + log Σ_k exp z_k + β/2 ‖z‖²,   z = x W + b
 *
 * The penalty is a sum over classes, with the 1/2. β = 0 is softmax.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 5; the 1/2 as in the authors' released code.
 */
export const logitPenalty = defineObjective({
  summary: 'Softmax cross-entropy with an L2 penalty on the logits.',
  settings: Type.Object(
    {
      ...COMMON,
      beta: Type.Number({
        minimum: 0,
        default: 6e-4,
        ...neutral(0, 'softmax'),
        description:
          'Coefficient of half the squared norm of the logits, 0 or more. 0 is plain softmax.',
      }),
    },
    { additionalProperties: false },
  ),
  loss: softmaxCrossEntropy,
});
