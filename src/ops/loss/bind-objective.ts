import type { Static } from '../../util/type.ts';
import { scope } from '../../tensor/scope.ts';
import type { Tensor2D } from '../../tensor/tf.ts';
import type { ProbabilityRule } from '../calibration/probabilities.ts';
import { objectives } from './index.ts';
import { linear } from './linear.ts';
import {
  checkHead,
  checkTrainedHead,
  type Head,
  type Losses,
  type Objective,
  type Predictions,
  type TrainedHead,
} from './objective.ts';
import {
  dropFeatures,
  logitPenalties,
  REGULARIZERS,
  regularizationOf,
  smoothLabels,
  weightPenalty,
} from './regularizers.ts';

type Objectives = typeof objectives;
/** Name of an objective in pipeline files. */
export type ObjectiveName = keyof Objectives;

/** Settings of every objective, by name: what a pipeline's `loss` may say beside `type`. */
export const objectiveSettings = Object.fromEntries(
  Object.entries(objectives).map(([name, { settings }]) => [name, settings]),
) as { readonly [K in ObjectiveName]: Objectives[K]['settings'] };

/** An objective as pipeline files write it, defaults filled in: `{ type: 'dropout', keep: 0.8, 'rate-scale': 1 }`. */
export type ObjectiveSetting = {
  [K in ObjectiveName]: { readonly type: K } & Static<
    Objectives[K]['settings']
  >;
}[ObjectiveName];

/** An objective with its settings. */
export interface BoundObjective {
  /** Without regularisers that do nothing: those have no part in a key either. */
  readonly setting: ObjectiveSetting;
  /** Share of the features that training keeps, or null where it needs no mask. */
  readonly keep: number | null;
  /** Multiplies the learning rate. */
  readonly rateScale: number;
  /** How its outputs become probabilities. */
  readonly probabilities: ProbabilityRule;
  /** Null where nothing is trained. */
  readonly train: ((head: TrainedHead) => Losses) | null;
  readonly evaluate: (head: Head) => Predictions;
}

/**
 * Joins an objective, its settings and its regularisers.
 *
 *     loss    = ℓ(s, t') + β/2 ‖z‖²,   s = outputs(z),   z = logits(x', W, b)
 *     penalty = λ/2 ‖W‖²
 *     x' = x ⊙ m / ρ,   t' = t + α / ((1 − α) K)
 *
 * ℓ, outputs and logits are the objective's own; regularisers that are not among the settings leave their term out. At
 * evaluation there are none.
 */
export function bindObjective(setting: ObjectiveSetting): BoundObjective {
  const objective: Objective = objectives[setting.type];
  const { alpha, keep, lambda, beta } = regularizationOf(setting);
  const logitsOf = (head: Head): Tensor2D =>
    objective.logits?.(head, setting) ?? linear(head);
  const outputsOf = (logits: Tensor2D): Tensor2D =>
    objective.outputs?.(logits, setting) ?? logits;
  const train = (head: TrainedHead): Losses => {
    checkTrainedHead(head, keep !== null);
    return scope(() => {
      const { features, weights, bias, labels, mask } = head;
      const kept =
        keep === null || mask === undefined
          ? features
          : dropFeatures(features, mask, keep);
      const logits = logitsOf({ features: kept, weights, bias });
      const outputs = outputsOf(logits);
      const targets = alpha === null ? labels : smoothLabels(labels, alpha);
      const loss = objective.loss!(outputs, targets, setting);
      return {
        loss: beta === null ? loss : loss.add(logitPenalties(logits, beta)),
        outputs,
        ...(lambda !== null && { penalty: weightPenalty(weights, lambda) }),
      };
    });
  };
  return {
    setting: plainest(setting),
    keep,
    probabilities: objective.probabilities ?? 'softmax',
    rateScale: 'rate-scale' in setting ? setting['rate-scale'] : 1,
    train: objective.loss === undefined ? null : train,
    evaluate(head) {
      checkHead(head);
      return scope(() => {
        const logits = logitsOf(head);
        const outputs = outputsOf(logits);
        // Two handles, since the caller disposes both.
        return {
          logits,
          outputs: outputs === logits ? logits.clone() : outputs,
        };
      });
    },
  };
}

/** The setting without regularisers that do nothing, or one content would have two forms. */
function plainest(setting: ObjectiveSetting): ObjectiveSetting {
  const used = regularizationOf(setting) as unknown as Readonly<
    Record<string, unknown>
  >;
  return Object.fromEntries(
    Object.entries(setting).filter(
      ([name]) => !Object.hasOwn(REGULARIZERS, name) || used[name] !== null,
    ),
  ) as unknown as ObjectiveSetting;
}
