import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import { softmaxCrossEntropy } from './cross-entropy.ts';
import { linear, plainPredictions } from './linear.ts';
import { checkTrainedHead, defineObjective, RATE_SCALE } from './objective.ts';

/**
 * Softmax cross-entropy.
 *
 *     loss = −Σ_k t_k z_k + log Σ_k exp z_k,   z = x W + b
 *
 * `train` takes a `TrainedHead` and yields `loss`, float32 `[batch]`, not reduced, and `outputs` z. Logits of any size are
 * fine.
 *
 * @throws {ShapeError} (`train`, `evaluate`) if the shapes don't fit together.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 1.
 */
export const softmax = defineObjective({
  summary: 'Softmax cross-entropy.',
  settings: Type.Object(RATE_SCALE, { additionalProperties: false }),
  train(head) {
    checkTrainedHead(head);
    return scope(() => {
      const outputs = linear(head);
      return { loss: softmaxCrossEntropy(outputs, head.labels), outputs };
    });
  },
  evaluate: plainPredictions,
});
