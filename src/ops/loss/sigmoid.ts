import { Type } from '../../util/type.ts';
import { sigmoidCrossEntropy } from './cross-entropy.ts';
import { COMMON, defineObjective } from './objective.ts';

/**
 * Binary cross-entropy of each class on its own.
 *
 *     loss = Σ_k log(1 + exp s_k) − t_k s_k,   s = z − log K,   z = x W + b
 *
 * The shift makes each class as improbable at the start as it is, so that the first loss is about log K + 1 instead of
 * 0.69 K. It is a sum over classes. Logits are z, outputs s.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 8; the shift as in the authors' released code.
 */
export const sigmoid = defineObjective({
  summary: 'Binary cross-entropy of each class on its own.',
  settings: Type.Object(COMMON, { additionalProperties: false }),
  probabilities: 'normalized-sigmoid',
  outputs: (logits) => logits.sub(Math.log(logits.shape[1])),
  loss: sigmoidCrossEntropy,
});
