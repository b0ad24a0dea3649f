import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import type { Tensor2D } from '../../tensor/tf.ts';
import { sigmoidCrossEntropy } from './cross-entropy.ts';
import { linear } from './linear.ts';
import { checkTrainedHead, defineObjective, RATE_SCALE } from './objective.ts';

/**
 * Binary cross-entropy of each class on its own.
 *
 *     loss = Σ_k log(1 + exp s_k) − t_k s_k,   s = z − log K,   z = x W + b
 *
 * The shift makes each class as improbable at the start as it is, so that the first loss is about log K + 1 instead of
 * 0.69 K. It is a sum over classes. `train` takes a `TrainedHead` and yields `loss`, float32 `[batch]`, not reduced, and
 * `outputs` s; `evaluate` yields `logits` z and `outputs` s.
 *
 * @throws {ShapeError} (`train`, `evaluate`) if the shapes don't fit together.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 8; the shift as in the authors' released code.
 */
export const sigmoid = defineObjective({
  summary: 'Binary cross-entropy of each class on its own.',
  settings: Type.Object(RATE_SCALE, { additionalProperties: false }),
  probabilities: 'normalized-sigmoid',
  train(head) {
    checkTrainedHead(head);
    return scope(() => {
      const outputs = shifted(linear(head));
      return { loss: sigmoidCrossEntropy(outputs, head.labels), outputs };
    });
  },
  evaluate(head) {
    return scope(() => {
      const logits = linear(head);
      return { logits, outputs: shifted(logits) };
    });
  },
});

const shifted = (logits: Tensor2D): Tensor2D =>
  logits.sub(Math.log(logits.shape[1]));
