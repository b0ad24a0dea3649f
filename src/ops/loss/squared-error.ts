import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import { neutral } from '../../util/neutral.ts';
import { linear, plainPredictions } from './linear.ts';
import { checkTrainedHead, defineObjective, RATE_SCALE } from './objective.ts';

/**
 * Rescaled squared error.
 *
 *     loss = scale/K · [ κ (z_y − M)² + Σ_{k ≠ y} z_k² ],   z = x W + b,   y the label
 *
 * A **mean** over classes: the published κ, M and scale make no sense with a sum. `train` takes a `TrainedHead` and yields
 * `loss`, float32 `[batch]`, not reduced, and `outputs` z; predictions are by the largest.
 *
 * @throws {ShapeError} (`train`, `evaluate`) if the shapes don't fit together.
 *
 * Source: Kornblith et al. 2021, arXiv:2010.16402, equation 9, after Hui and Belkin 2020. The authors' released code sums
 * over classes.
 */
export const squaredError = defineObjective({
  summary: 'Squared error, rescaled at the label.',
  settings: Type.Object(
    {
      kappa: Type.Number({
        exclusiveMinimum: 0,
        default: 9,
        ...neutral(1),
        description: "Weight of the label's error, dimensionless, above 0.",
      }),
      target: Type.Number({
        exclusiveMinimum: 0,
        default: 60,
        ...neutral(1),
        description:
          'M: the value that the logit of the label should have, above 0. All others should be 0.',
      }),
      scale: Type.Number({
        exclusiveMinimum: 0,
        default: 10,
        ...neutral(1),
        description: 'Multiplies the loss, dimensionless, above 0.',
      }),
      ...RATE_SCALE,
    },
    { additionalProperties: false },
  ),
  train(head, { kappa, target, scale }) {
    checkTrainedHead(head);
    return scope(() => {
      const outputs = linear(head);
      const errors = outputs.sub(head.labels.mul(target)).square();
      const shares = head.labels.mul(kappa - 1).add(1);
      return { loss: errors.mul(shares).mean(1).mul(scale), outputs };
    });
  },
  evaluate: plainPredictions,
});
