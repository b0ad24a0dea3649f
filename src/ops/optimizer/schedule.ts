import { Type, type Static } from '../../util/type.ts';
import { neutral } from '../../util/neutral.ts';
import { unreachable } from '../../util/unreachable.ts';
import { halfCosine } from './half-cosine.ts';

/** How the learning rate falls after the warm-up, by name: settings beside `type`. */
export const scheduleSettings = {
  /** From the full rate to 0 along half a cosine wave. */
  cosine: Type.Object({}, { additionalProperties: false }),
  /** Multiplied by a factor after every epoch. */
  exponential: Type.Object(
    {
      factor: Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        default: 0.975,
        ...neutral(1, 'constant'),
        description:
          'What the rate is multiplied by after every epoch that follows the warm-up, above 0 and at most 1.',
      }),
    },
    { additionalProperties: false },
  ),
  /** Never falls. */
  constant: Type.Object({}, { additionalProperties: false }),
};

/** A schedule as pipeline files write it: `{ type: 'exponential', factor: 0.975 }`. */
export type ScheduleSetting = {
  [K in keyof typeof scheduleSettings]: { readonly type: K } & Static<
    (typeof scheduleSettings)[K]
  >;
}[keyof typeof scheduleSettings];

/** All that decides the rate of a step. */
export interface RatePlan {
  /** Full learning rate, above 0. */
  readonly rate: number;
  /** Epochs in all; a part of one is rounded to whole steps. */
  readonly epochs: number;
  /** Steps of one epoch, at least 1. */
  readonly stepsPerEpoch: number;
  /** Epochs of linear warm-up, 0 or more; a part of an epoch is rounded to whole steps. */
  readonly warmUp: number;
  readonly schedule: ScheduleSetting;
}

/**
 * The learning rate of one step.
 *
 *     s < n:  rate (s + 1) / n                               n = steps of the warm-up
 *     else, with u = s − n counted from the end of the warm-up:
 *       cosine       rate (1 + cos(π u / (T − n))) / 2       T = steps in all
 *       exponential  rate factor^⌊u / steps of an epoch⌋
 *       constant     rate
 *
 * The last step of the warm-up and the first one after it have the full rate. A warm-up as long as the training or longer
 * is never followed by anything. Plain arithmetic: the same number on every machine.
 *
 * @param step s, in 0 … T − 1.
 * @returns the rate, above 0 (cosine reaches 0 only after the last step).
 *
 * Source: the schedule of the miniature study; exponential by epoch as in Kornblith et al. 2019, arXiv:1805.08974.
 */
export function rateAt(step: number, plan: RatePlan): number {
  const { rate, schedule, stepsPerEpoch } = plan;
  const warmUpSteps = Math.round(plan.warmUp * stepsPerEpoch);
  if (step < warmUpSteps) return (rate * (step + 1)) / warmUpSteps;
  const since = step - warmUpSteps;
  switch (schedule.type) {
    case 'constant':
      return rate;
    case 'cosine': {
      const steps = Math.round(plan.epochs * stepsPerEpoch) - warmUpSteps;
      return rate * halfCosine(since / steps);
    }
    case 'exponential': {
      // Multiplied out: the last bit of Math.pow differs between engines.
      let decayed = rate;
      for (let epoch = Math.floor(since / stepsPerEpoch); epoch > 0; epoch--) {
        decayed *= schedule.factor;
      }
      return decayed;
    }
    default:
      return unreachable(schedule);
  }
}
