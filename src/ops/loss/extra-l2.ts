import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import { neutral } from '../../util/neutral.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { linear, plainPredictions } from './linear.ts';
import { checkTrainedHead, defineObjective, RATE_SCALE } from './objective.ts';

/**
 * Softmax cross-entropy with an extra L2 penalty on the last layer's weights.
 *
 *     mean over examples of (−Σ_k t_k z_k + log Σ_k exp z_k)  +  λ/2 ‖W‖²_F,   z = x W + b
 *
 * It comes on top of ordinary weight decay, which covers W as well; the bias is not penalised. λ = 0 is softmax.
 * `train` takes a `TrainedHead` and yields `loss`, float32 `[batch]`, not reduced and without the penalty, `outputs` z, and
 * `penalty`, a scalar that enters the objective once, not once an example.
 *
 * @throws {ShapeError} (`train`, `evaluate`) if the shapes don't fit together.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 4; the 1/2 as in the authors' released code.
 */
export const extraL2 = defineObjective({
  summary: 'Softmax cross-entropy with an extra L2 penalty on the last layer.',
  settings: Type.Object(
    {
      lambda: Type.Number({
        minimum: 0,
        default: 8e-4,
        ...neutral(0, 'softmax'),
        description:
          'Coefficient of half the squared norm of the last layer\'s weights, on top of "weight-decay", 0 or more. 0 is plain softmax.',
      }),
      ...RATE_SCALE,
    },
    { additionalProperties: false },
  ),
  train(head, { lambda }) {
    checkTrainedHead(head);
    return scope(() => {
      const outputs = linear(head);
      return {
        loss: softmaxCrossEntropy(outputs, head.labels),
        outputs,
        penalty: head.weights
          .square()
          .sum()
          .mul(lambda / 2)
          .asScalar(),
      };
    });
  },
  evaluate: plainPredictions,
});
