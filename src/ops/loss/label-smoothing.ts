import { Type } from '../../util/type.ts';
import { neutral } from '../../util/neutral.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { COMMON, defineObjective } from './objective.ts';

/**
 * Softmax cross-entropy against labels mixed with the uniform distribution: `softmax` with an `alpha` (see `smoothLabels`).
 *
 *     loss = 1/(1 − α) · CE(softmax(z), (1 − α) t + α/K)
 *          = CE(softmax(z), t + α / ((1 − α) K)),   z = x W + b
 *
 * α = 0 is softmax.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 2; the factor as in the authors' released code.
 */
export const labelSmoothing = defineObjective({
  summary: 'Softmax cross-entropy against labels mixed with the uniform one.',
  settings: Type.Object(
    {
      ...COMMON,
      alpha: Type.Number({
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0.1,
        ...neutral(0, 'softmax'),
        description:
          'Share of the label that is spread over all classes, 0 to below 1. 0 is plain softmax.',
      }),
    },
    { additionalProperties: false },
  ),
  loss: softmaxCrossEntropy,
});
