import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import { neutral } from '../../util/neutral.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { linear, plainPredictions } from './linear.ts';
import { checkTrainedHead, defineObjective, RATE_SCALE } from './objective.ts';

/**
 * Softmax cross-entropy with an L2 penalty on the logits.
 *
 *     loss = −Σ_k t_k z_k + log Σ_k exp z_k + β/2 ‖z‖²,   z = x W + b
 *
 * The penalty is a sum over classes, with the 1/2. β = 0 is softmax. `train` takes a `TrainedHead` and yields `loss`,
 * float32 `[batch]`, not reduced, and `outputs` z.
 *
 * @throws {ShapeError} (`train`, `evaluate`) if the shapes don't fit together.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 5; the 1/2 as in the authors' released code.
 */
export const logitPenalty = defineObjective({
  summary: 'Softmax cross-entropy with an L2 penalty on the logits.',
  settings: Type.Object(
    {
      beta: Type.Number({
        minimum: 0,
        default: 6e-4,
        ...neutral(0, 'softmax'),
        description:
          'Coefficient of half the squared norm of the logits, 0 or more. 0 is plain softmax.',
      }),
      ...RATE_SCALE,
    },
    { additionalProperties: false },
  ),
  train(head, { beta }) {
    checkTrainedHead(head);
    return scope(() => {
      const outputs = linear(head);
      const penalties = outputs
        .square()
        .sum(1)
        .mul(beta / 2); // [batch]
      return {
        loss: softmaxCrossEntropy(outputs, head.labels).add(penalties),
        outputs,
      };
    });
  },
  evaluate: plainPredictions,
});
