import type { Static } from '../../util/type.ts';
import type { ProbabilityRule } from '../calibration/probabilities.ts';
import { objectives } from './index.ts';
import type {
  Head,
  Losses,
  Objective,
  Predictions,
  TrainedHead,
} from './objective.ts';

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

/** Joins an objective and its settings. */
export function bindObjective(setting: ObjectiveSetting): BoundObjective {
  const objective: Objective = objectives[setting.type];
  return {
    setting,
    keep: objective.keep?.(setting) ?? null,
    probabilities: objective.probabilities ?? 'softmax',
    rateScale: 'rate-scale' in setting ? setting['rate-scale'] : 1,
    train:
      objective.train === undefined
        ? null
        : (head) => objective.train!(head, setting),
    evaluate: (head) => objective.evaluate(head, setting),
  };
}
