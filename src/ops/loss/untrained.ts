import { Type } from '../../util/type.ts';
import { defineObjective } from './objective.ts';

/**
 * No objective: the network keeps its initial weights. The null baseline beside which every other row is read.
 *
 *     outputs = z = x W + b
 *
 * There is no loss; no step is taken, however many epochs are asked for.
 *
 * Source: ours.
 */
export const untrained = defineObjective({
  summary: 'No training: the network keeps its initial weights.',
  settings: Type.Object({}, { additionalProperties: false }),
});
