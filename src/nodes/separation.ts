import { setImmediate } from 'node:timers/promises';
import { Type } from '../util/type.ts';
import { defineKind, one } from '../kind/kind.ts';
import {
  classSeparation,
  type Separation,
} from '../ops/separation/class-separation.ts';
import { euclideanSeparation } from '../ops/separation/euclidean-separation.ts';
import { neutral } from '../util/neutral.ts';
import { splitFeatures, splitLabels } from './feature-matrix.ts';

/** Examples between two looks at the abort signal, where every pair is compared. */
const EXAMPLES_A_TURN = 256;

/** Class separation R² of one layer. */
export const separation = defineKind({
  name: 'separation',
  version: 1,
  summary:
    'Class separation R²: the share of the distance between examples that lies between classes.',
  params: Type.Object(
    {
      layer: Type.String({
        default: 'pool',
        description: 'Layer of the features that is measured.',
      }),
      split: Type.String({
        default: 'train',
        description: 'Split whose examples are measured.',
      }),
      distance: Type.Enum(['cosine', 'squared-euclidean', 'euclidean'], {
        default: 'cosine',
        description:
          'Distance between two examples; cosine is 1 - cosine of the angle. "euclidean" compares every pair: its time grows with the square of the number of examples.',
      }),
      center: Type.Boolean({
        default: false,
        ...neutral(false),
        description:
          'Whether the mean over examples is subtracted first, before vectors are normalised. Changes nothing for Euclidean distances.',
      }),
    },
    { additionalProperties: false },
  ),
  inputs: { features: one('features', 'The features to measure.') },
  output: 'score',
  async run(context) {
    const { inputs, signal } = context;
    const { layer, split, distance, center } = context.params;
    const features = splitFeatures(inputs.features, layer, split, 'features');
    const labels = splitLabels(inputs.features, split, 'features');

    let result: Separation;
    if (distance === 'euclidean') {
      const turns = euclideanSeparation(features, labels);
      let turn = turns.next();
      while (turn.done !== true) {
        if (turn.value % EXAMPLES_A_TURN === 0) {
          const total = labels.length;
          context.progress({ done: turn.value, total, unit: 'example' });
          await setImmediate();
          signal.throwIfAborted();
        }
        turn = turns.next();
      }
      result = turn.value;
    } else {
      result = classSeparation(features, labels, { distance, center });
    }
    if (result.r2 === null) {
      context.log(
        `All ${result.examples} examples of split "${split}" are equal in layer "${layer}": the total distance is 0 and there is no R².`,
      );
    }
    return {
      type: 'score',
      value: {
        r2: result.r2,
        within: result.within,
        total: result.total,
        outcome: result.r2 === null ? 'all-examples-equal' : 'measured',
        layer,
        split,
        distance,
        centered: center,
        examples: result.examples,
        classes: result.classes,
        absentClasses: inputs.features.value.classNames.length - result.classes,
        zeroVectors: result.zeroVectors,
      },
      arrays: {},
    };
  },
});
