import { setImmediate } from 'node:timers/promises';
import { Type } from '../util/type.ts';
import { defineKind, NodeError, one } from '../kind/kind.ts';
import {
  nearestNeighbours,
  type Neighbours,
} from '../ops/neighbours/nearest-neighbours.ts';
import { voteOfNeighbours, type Vote } from '../ops/neighbours/vote.ts';
import { rmsScale } from '../ops/probe/linear-probe.ts';
import { scorePredictions } from '../ops/probe/accuracy.ts';
import { ndArray, type NdArrayOf } from '../tensor/nd-array.ts';
import { splitFeatures, splitLabels } from './feature-matrix.ts';
import { checkSplitRoles } from './split-roles.ts';

interface Examples {
  readonly features: NdArrayOf<'float32'>;
  readonly labels: Int32Array;
}

/** Nearest-neighbour accuracy of one layer. */
export const knn = defineKind({
  name: 'knn',
  version: 1,
  summary:
    'Nearest-neighbour accuracy: examples take the label of their neighbours, whose number is chosen on held-out examples.',
  params: Type.Object(
    {
      layer: Type.String({
        default: 'pool',
        description: 'Layer of the features that is looked at.',
      }),
      neighbours: Type.Array(Type.Integer({ minimum: 1, maximum: 100_000 }), {
        minItems: 1,
        uniqueItems: true,
        default: [1, 2, 5, 10, 20, 50, 100, 200],
        description:
          'Numbers of neighbours to choose from; those above the number of examples of "fit" are left out. Of equally good ones the smallest is chosen.',
      }),
      distance: Type.Enum(['cosine', 'euclidean'], {
        default: 'cosine',
        description:
          'What is near: the cosine of the angle between two vectors, or their Euclidean distance. Of equally near examples the first counts.',
      }),
      vote: Type.Enum(['majority', 'weighted'], {
        default: 'majority',
        description:
          'Whether votes count equally, or as exp(similarity / temperature). Similarity is the cosine, or minus the Euclidean distance in units of the root mean squared norm of the examples of "fit". Ties go to the lowest label.',
      }),
      temperature: Type.Number({
        exclusiveMinimum: 0,
        default: 0.07,
        description:
          'How fast votes fade with distance, dimensionless, above 0; only for weighted votes.',
      }),
      metric: Type.Enum(['accuracy', 'mean-per-class'], {
        default: 'accuracy',
        description:
          'Share of right predictions over examples, or its mean over classes.',
      }),
      fit: Type.String({
        default: 'train',
        description:
          'Split whose examples are the neighbours while their number is chosen.',
      }),
      tune: Type.String({
        default: 'tune',
        description:
          'Split on which the number of neighbours is chosen; its examples are neighbours as well, afterwards.',
      }),
      test: Type.String({
        default: 'test',
        description: 'Split that is scored on, once.',
      }),
    },
    { additionalProperties: false },
  ),
  inputs: {
    features: one('features', 'The features, with their labels.'),
  },
  output: 'score',
  facts: {
    examples: 'features',
    layersFrom: ['features'],
    asks: ({ layer }) => ({ layer: [layer] }),
    splitRoles: ['fit', 'tune', 'test'],
    measuredOn: ({ test, tune }, number) =>
      number === 'accuracy' ? test : number === 'tuneAccuracy' ? tune : null,
  },
  async run(context) {
    const { params, inputs, signal } = context;
    const { layer, metric, distance } = params;
    checkSplitRoles(params);
    const read = (split: string): Examples => ({
      features: splitFeatures(inputs.features, layer, split, 'features'),
      labels: splitLabels(inputs.features, split, 'features'),
    });
    const fit = read(params.fit);
    const tune = read(params.tune);
    const test = read(params.test);
    const counts = usableCounts(
      params.neighbours,
      fit.labels.length,
      params.fit,
    );
    const left = params.neighbours.length - counts.length;
    if (left > 0) {
      context.log(
        `Split "${params.fit}" has ${fit.labels.length} examples: ${left} of ${params.neighbours.length} numbers of neighbours are above that and left out.`,
      );
    }
    const vote: Vote =
      params.vote === 'majority'
        ? { type: 'majority' }
        : {
            type: 'weighted',
            temperature: params.temperature,
            unit: distance === 'cosine' ? 1 : 1 / rmsScale(fit.features),
          };

    const total = tune.labels.length + test.labels.length;
    let before = 0;
    const search = async (
      bank: Examples,
      queries: Examples,
      count: number,
    ): Promise<Neighbours> => {
      const turns = nearestNeighbours(bank.features, queries.features, {
        distance,
        count,
      });
      let turn = turns.next();
      while (turn.done !== true) {
        const done = before + turn.value;
        context.progress({ done, total, unit: 'example' });
        await setImmediate();
        signal.throwIfAborted();
        turn = turns.next();
      }
      before += queries.labels.length;
      return turn.value;
    };

    const tuneNeighbours = await search(fit, tune, counts.at(-1) ?? 1);
    const path = voteOfNeighbours(tuneNeighbours, fit.labels, counts, vote).map(
      (predictions, which) => ({
        neighbours: counts[which] ?? 0,
        tuneAccuracy: scorePredictions(predictions, tune.labels, metric),
      }),
    );
    // Sorted ascending, so that the first of equally good ones is the smallest.
    const chosen = path.reduce((best, point) =>
      point.tuneAccuracy > best.tuneAccuracy ? point : best,
    );
    const isAtEdge = path.length > 1 && chosen === path.at(-1);
    if (isAtEdge) {
      context.log(
        `The chosen number of neighbours, ${chosen.neighbours}, is the largest: a larger one may be better.`,
      );
    }
    const bank = joined(fit, tune);
    const [predictions = new Int32Array(0)] = voteOfNeighbours(
      await search(bank, test, chosen.neighbours),
      bank.labels,
      [chosen.neighbours],
      vote,
    );
    const present = new Set([...fit.labels, ...tune.labels, ...test.labels]);
    return {
      type: 'score',
      value: {
        accuracy: scorePredictions(predictions, test.labels, metric),
        metric,
        tuneAccuracy: chosen.tuneAccuracy,
        neighbours: chosen.neighbours,
        neighboursAtEdge: isAtEdge,
        path,
        distance,
        vote: params.vote,
        temperature: vote.type === 'weighted' ? vote.temperature : null,
        layer,
        classes: present.size,
        absentClasses: inputs.features.value.classNames.length - present.size,
        examples: {
          fit: fit.labels.length,
          tune: tune.labels.length,
          test: test.labels.length,
        },
      },
      arrays: {},
    };
  },
});

/** The numbers of neighbours that there are enough examples for, ascending. */
function usableCounts(
  asked: readonly number[],
  examples: number,
  split: string,
): readonly number[] {
  const counts = asked
    .filter((count) => count <= examples)
    .toSorted((a, b) => a - b);
  if (counts.length === 0) {
    throw new NodeError(
      `"neighbours" asks for at least ${Math.min(...asked)}, but split "${split}" of input "features" has only ${examples} example${examples === 1 ? '' : 's'}.`,
    );
  }
  return counts;
}

/** Examples one after the other. */
function joined(first: Examples, second: Examples): Examples {
  const [, width = 0] = first.features.shape;
  const data = new Float32Array(
    first.features.data.length + second.features.data.length,
  );
  data.set(first.features.data);
  data.set(second.features.data, first.features.data.length);
  const labels = new Int32Array(first.labels.length + second.labels.length);
  labels.set(first.labels);
  labels.set(second.labels, first.labels.length);
  return { features: ndArray('float32', [labels.length, width], data), labels };
}
