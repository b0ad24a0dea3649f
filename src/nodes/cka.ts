import { setImmediate } from 'node:timers/promises';
import { Type } from '../util/type.ts';
import type { Artifact } from '../artifact/artifact.ts';
import { defineKind, NodeError, one } from '../kind/kind.ts';
import {
  ckaMatrix,
  minibatchCka,
  type CkaSums,
  type LayerReader,
} from '../ops/similarity/minibatch-cka.ts';
import { ndArray } from '../tensor/nd-array.ts';
import { splitFeatures, splitLabels } from './feature-matrix.ts';

/** Fewest examples for which the unbiased estimate exists. */
const MIN_BATCH = 4;

/** Layer-by-layer similarity of two networks. */
export const cka = defineKind({
  name: 'cka',
  version: 1,
  summary:
    'Linear centred kernel alignment of every layer of one network with every layer of another, over minibatches.',
  params: Type.Object(
    {
      split: Type.String({
        default: 'test',
        description: 'Split whose examples are compared.',
      }),
      batch: Type.Integer({
        default: 250,
        minimum: MIN_BATCH,
        description:
          'Examples of a minibatch, in the order of the split; a remainder is dropped, and fewer examples than this are one batch.',
      }),
      estimator: Type.Enum(['unbiased', 'biased'], {
        default: 'unbiased',
        description:
          'HSIC estimator. "biased" is inflated where a batch has fewer examples than a layer has features.',
      }),
      layers: Type.Optional(
        Type.Array(Type.String({ minLength: 1 }), {
          minItems: 1,
          uniqueItems: true,
          description:
            'Layers that are compared, on both sides. Default: all that the features have.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  inputs: {
    left: one('features', 'Features of one network.'),
    right: one('features', 'Features of the other, of the same examples.'),
  },
  output: 'score',
  async run(context) {
    const { params, inputs, signal } = context;
    const { split, estimator } = params;
    const examples = sameExamples(inputs, split);
    const batch = Math.min(params.batch, examples);
    const names = {
      left: params.layers ?? layerNames(inputs.left),
      right: params.layers ?? layerNames(inputs.right),
    };
    const readers = (side: Side): LayerReader[] =>
      names[side].map((layer) => ({
        read: () => splitFeatures(inputs[side], layer, split, side),
      }));

    const { layers } = await context.backend();
    const turns = minibatchCka(readers('left'), readers('right'), {
      layers,
      examples,
      batch,
      estimator,
    });
    let turn = await turns.next();
    while (turn.done !== true) {
      context.progress({ ...turn.value, unit: 'layer' });
      await setImmediate();
      signal.throwIfAborted();
      turn = await turns.next();
    }
    refuseConstant(turn.value, names, split);
    const similarity = ckaMatrix(turn.value);
    const width = names.right.length;
    return {
      type: 'score',
      value: {
        leftLayers: names.left,
        rightLayers: names.right,
        matrix: names.left.map((_, row) => [
          ...similarity.subarray(row * width, (row + 1) * width),
        ]),
        layers: Object.fromEntries(
          names.left.flatMap((name, row) => {
            const column = names.right.indexOf(name);
            const value = similarity[row * width + column];
            return column === -1 || value === undefined ? [] : [[name, value]];
          }),
        ),
        kernel: 'linear',
        estimator,
        split,
        batch,
        batches: turn.value.batches,
        examples: batch * turn.value.batches,
        droppedExamples: examples - batch * turn.value.batches,
      },
      arrays: {
        similarity: ndArray(
          'float64',
          [names.left.length, names.right.length],
          similarity,
        ),
      },
    };
  },
});

type Side = 'left' | 'right';
type Sides<T> = Readonly<Record<Side, T>>;

const layerNames = (features: Artifact<'features'>): readonly string[] =>
  features.value.layers.map(({ name }) => name);

/** The number of examples, once it is sure that both sides have the same ones, as far as their labels tell. */
function sameExamples(
  inputs: Sides<Artifact<'features'>>,
  split: string,
): number {
  const left = splitLabels(inputs.left, split, 'left');
  const right = splitLabels(inputs.right, split, 'right');
  if (left.length !== right.length) {
    throw new NodeError(
      `Split "${split}" has ${left.length} examples in input "left" and ${right.length} in input "right": both must be of the same examples.`,
    );
  }
  const differs = left.findIndex((label, i) => label !== right[i]);
  if (differs !== -1) {
    throw new NodeError(
      `Inputs "left" and "right" are of different examples: example ${differs} of split "${split}" has the label ${String(left[differs])} on one side and ${String(right[differs])} on the other.`,
    );
  }
  if (left.length < MIN_BATCH) {
    throw new NodeError(
      `Split "${split}" has ${left.length} examples; similarity needs at least ${MIN_BATCH}.`,
    );
  }
  return left.length;
}

function refuseConstant(
  sums: CkaSums,
  names: Sides<readonly string[]>,
  split: string,
): void {
  for (const side of ['left', 'right'] as const) {
    const constant = sums[side].findIndex((own) => !(own > sums.rounding));
    if (constant !== -1) {
      throw new NodeError(
        `Layer "${String(names[side][constant])}" of input "${side}" is the same for all examples of split "${split}", or for all but one: its similarity to others is not defined.`,
      );
    }
  }
}
