import { Type } from '../../util/type.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { COMMON, defineObjective } from './objective.ts';

/**
 * Softmax cross-entropy.
 *
 *     loss = −Σ_k t_k z_k + log Σ_k exp z_k,   z = x W + b
 *
 * Logits of any size are fine.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 1.
 */
export const softmax = defineObjective({
  summary: 'Softmax cross-entropy.',
  settings: Type.Object(COMMON, { additionalProperties: false }),
  loss: softmaxCrossEntropy,
});
