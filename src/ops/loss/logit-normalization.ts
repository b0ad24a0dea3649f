import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import type { Tensor2D } from '../../tensor/tf.ts';
import { neutral } from '../../util/neutral.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { linear } from './linear.ts';
import { normalizeVectors } from './normalize.ts';
import { checkTrainedHead, defineObjective, RATE_SCALE } from './objective.ts';

/**
 * Softmax cross-entropy of logits that are scaled to one length.
 *
 *     loss = −Σ_k t_k s_k + log Σ_k exp s_k,   s = z / (τ ‖z‖),   z = x W + b
 *
 * ‖z‖² has a floor of 1e-12 and no epsilon: all-zero logits give s = 0. `train` takes a `TrainedHead` and yields `loss`,
 * float32 `[batch]`, not reduced, and `outputs` s; `evaluate` yields `logits` z and `outputs` s.
 *
 * @throws {ShapeError} (`train`, `evaluate`) if the shapes don't fit together.
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
      ...RATE_SCALE,
    },
    { additionalProperties: false },
  ),
  train(head, { temperature }) {
    checkTrainedHead(head);
    return scope(() => {
      const outputs = scaled(linear(head), temperature);
      return { loss: softmaxCrossEntropy(outputs, head.labels), outputs };
    });
  },
  evaluate(head, { temperature }) {
    return scope(() => {
      const logits = linear(head);
      return { logits, outputs: scaled(logits, temperature) };
    });
  },
});

const scaled = (logits: Tensor2D, temperature: number): Tensor2D =>
  normalizeVectors(logits, 1).div(temperature);
