import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import { neutral } from '../../util/neutral.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { normalizeVectors } from './normalize.ts';
import { COMMON, defineObjective } from './objective.ts';

/**
 * Softmax cross-entropy of logits that are scaled to one length.
 *
 *     loss = −Σ_k t_k s_k + log Σ_k exp s_k,   s = z / (τ ‖z‖),   z = x W + b
 *
 * ‖z‖² has a floor of 1e-12 and no epsilon: all-zero logits give s = 0. Logits are z, outputs s.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 6.
 */
export const logitNormalization = defineObjective({
  summary: 'Softmax cross-entropy of logits scaled to one length.',
  settings: Type.Object(
    {
      temperature: Type.Number({
        exclusiveMinimum: 0,
        default: 0.04,
        ...neutral(1),
        description:
          'Length of the scaled logits is 1 / temperature; dimensionless, above 0.',
      }),
      ...COMMON,
    },
    { additionalProperties: false },
  ),
  outputs: (logits, { temperature }) =>
    scope(() => normalizeVectors(logits, 1).div(temperature)),
  loss: softmaxCrossEntropy,
});
