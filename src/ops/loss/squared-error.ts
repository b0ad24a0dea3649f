import { Type } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import type { Tensor1D } from '../../tensor/tf.ts';
import { neutral } from '../../util/neutral.ts';
import { COMMON, defineObjective } from './objective.ts';

/**
 * Rescaled squared error.
 *
 *     loss = scale/K · [ κ (z_y − M)² + Σ_{k ≠ y} z_k² ],   z = x W + b,   y the label
 *
 * A **mean** over classes: the published κ, M and scale make no sense with a sum. Predictions are by the largest z. For
 * labels t that are not one-hot it is the mixture of the losses of their classes (not the error against a mixed target,
 * which is less by the spread of the targets):
 *
 *     loss = scale/K · Σ_k [ κ t_k (z_k − M)² + (Σ_j t_j − t_k) z_k² ]
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
      ...COMMON,
    },
    { additionalProperties: false },
  ),
  loss: (outputs, labels, { kappa, target, scale }) =>
    scope(() => {
      // κ t, with the rounding of 1 + (κ − 1) where t is 1.
      const atLabel = labels.mul(kappa - 1).add(labels);
      const elsewhere = labels.sum(1, true).sub(labels);
      return outputs
        .sub(target)
        .square()
        .mul(atLabel)
        .add(outputs.square().mul(elsewhere))
        .mean<Tensor1D>(1)
        .mul(scale);
    }),
});
