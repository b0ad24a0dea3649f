import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import type { Tensor2D } from '../../tensor/tf.ts';
import { neutral } from '../../util/neutral.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { linear, plainPredictions } from './linear.ts';
import { checkTrainedHead, defineObjective, RATE_SCALE } from './objective.ts';

/**
 * Softmax cross-entropy against labels mixed with the uniform distribution.
 *
 *     loss = 1/(1 − α) · CE(softmax(z), (1 − α) t + α/K)
 *          = CE(softmax(z), t + α / ((1 − α) K)),   z = x W + b
 *
 * The factor 1/(1 − α) keeps the gradient of the label's logit at the size that softmax has. α = 0 is softmax.
 * `train` takes a `TrainedHead` and yields `loss`, float32 `[batch]`, not reduced, and `outputs` z.
 *
 * @throws {ShapeError} (`train`, `evaluate`) if the shapes don't fit together.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 2; the factor as in the authors' released code.
 */
export const labelSmoothing = defineObjective({
  summary: 'Softmax cross-entropy against labels mixed with the uniform one.',
  settings: Type.Object(
    {
      alpha: Type.Number({
        minimum: 0,
        exclusiveMaximum: 1,
        default: 0.1,
        ...neutral(0, 'softmax'),
        description:
          'Share of the label that is spread over all classes, 0 to below 1. 0 is plain softmax.',
      }),
      ...RATE_SCALE,
    },
    { additionalProperties: false },
  ),
  train(head, { alpha }) {
    checkTrainedHead(head);
    return scope(() => {
      const outputs = linear(head);
      const classes = head.labels.shape[1];
      const targets = head.labels.add<Tensor2D>(
        alpha / ((1 - alpha) * classes),
      );
      return { loss: softmaxCrossEntropy(outputs, targets), outputs };
    });
  },
  evaluate: plainPredictions,
});
