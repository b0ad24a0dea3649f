import { setImmediate } from 'node:timers/promises';
import { defineKind, NodeError, one } from '../kind/kind.ts';
import {
  featureSpaceCka,
  isFeatureSpaceCheaper,
} from '../ops/similarity/feature-space-cka.ts';
import {
  ckaMatrix,
  minibatchCka,
  type CkaOptions,
  type CkaSums,
} from '../ops/similarity/minibatch-cka.ts';
import { ndArray } from '../tensor/nd-array.ts';
import { Type } from '../util/type.ts';
import {
  biasedBatch,
  comparedNetwork,
  constantLayer,
  gramOptions,
  gramSettings,
  type ComparedNetwork,
  type GramSettings,
} from './gram-settings.ts';

/** Layer-by-layer similarity of two networks. */
export const cka = defineKind({
  name: 'cka',
  version: 2,
  summary:
    'Centred kernel alignment of every layer of one network with every layer of another, over minibatches.',
  params: Type.Object(gramSettings, { additionalProperties: false }),
  inputs: {
    left: one(
      ['features', 'gram'],
      'One network: its features, or their Gram matrices made with the same settings.',
    ),
    right: one(['features', 'gram'], 'The other, of the same examples.'),
  },
  output: 'score',
  facts: {
    sameExamples: ['left', 'right'],
    layersFrom: ['left', 'right'],
    asks: ({ layers }) => ({ layers }),
    biasedBatch,
  },
  async run(context) {
    const { params, inputs, signal } = context;
    const { split, estimator } = params;
    const left = comparedNetwork(inputs.left, params, 'left');
    const right = comparedNetwork(inputs.right, params, 'right');
    checkSameExamples(left, right, split);
    const examples = left.labels.length;
    const { batch } = gramOptions(params, examples);
    const batches = Math.floor(examples / batch);
    const turns = sumsOf(left, right, params, { batch, batches, estimator });
    let turn = turns.next();
    while (turn.done !== true) {
      context.progress({ ...turn.value, unit: 'layer' });
      await setImmediate();
      signal.throwIfAborted();
      turn = turns.next();
    }
    refuseConstant(turn.value, { left, right }, split);
    const similarity = ckaMatrix(turn.value);
    const width = right.layers.length;
    return {
      type: 'score',
      value: {
        leftLayers: left.layers,
        rightLayers: right.layers,
        matrix: left.layers.map((_, row) => [
          ...similarity.subarray(row * width, (row + 1) * width),
        ]),
        layers: Object.fromEntries(
          left.layers.flatMap((name, row) => {
            const column = right.layers.indexOf(name);
            const value = similarity[row * width + column];
            return column === -1 || value === undefined ? [] : [[name, value]];
          }),
        ),
        kernel: params.kernel,
        ...(params.kernel === 'rbf' && { threshold: params.threshold }),
        estimator,
        split,
        batch,
        batches,
        examples: batch * batches,
        droppedExamples: examples - batch * batches,
      },
      arrays: {
        similarity: ndArray('float64', [left.layers.length, width], similarity),
      },
    };
  },
});

/** From features where that is cheaper, else from Gram matrices. */
function sumsOf(
  left: ComparedNetwork,
  right: ComparedNetwork,
  { kernel }: Pick<GramSettings, 'kernel'>,
  options: CkaOptions,
): ReturnType<typeof minibatchCka> {
  const widths = (network: ComparedNetwork) =>
    network.features?.map(({ width }) => width) ?? [];
  return kernel === 'linear' &&
    left.features !== null &&
    right.features !== null &&
    isFeatureSpaceCheaper(options.batch, widths(left), widths(right))
    ? featureSpaceCka(left.features, right.features, options)
    : minibatchCka(left.sources(), right.sources(), options);
}

/** Checks that both sides have the same examples, as far as their labels tell. */
function checkSameExamples(
  left: ComparedNetwork,
  right: ComparedNetwork,
  split: string,
): void {
  if (left.labels.length !== right.labels.length) {
    throw new NodeError(
      `Split "${split}" has ${left.labels.length} examples in input "left" and ${right.labels.length} in input "right": both must be of the same examples.`,
    );
  }
  const differs = left.labels.findIndex(
    (label, i) => label !== right.labels[i],
  );
  if (differs !== -1) {
    throw new NodeError(
      `Inputs "left" and "right" are of different examples: example ${differs} of split "${split}" has the label ${String(left.labels[differs])} on one side and ${String(right.labels[differs])} on the other.`,
    );
  }
}

function refuseConstant(
  sums: CkaSums,
  networks: { readonly left: ComparedNetwork; readonly right: ComparedNetwork },
  split: string,
): void {
  for (const side of ['left', 'right'] as const) {
    const { own, rounding } = sums[side];
    const constant = own.findIndex((value, i) => !(value > (rounding[i] ?? 0)));
    const layer = networks[side].layers[constant];
    if (layer !== undefined) throw constantLayer(layer, side, split);
  }
}
