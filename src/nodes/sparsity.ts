import type { SplitRange } from '../artifact/dataset.ts';
import { defineKind, NodeError, one } from '../kind/kind.ts';
import { activationBatches } from '../model/activations.ts';
import { examplesOf } from '../model/batches.ts';
import { Inference } from '../model/inference.ts';
import { layerNames, POOL } from '../model/network.ts';
import { Type } from '../util/type.ts';
import { unknownName } from './feature-matrix.ts';
import { checkImageShape, dataSplit, readImages } from './images.ts';
import { restoreModel } from './model-artifact.ts';

/** How many activations of each layer are not zero. */
export const sparsity = defineKind({
  name: 'sparsity',
  version: 2,
  summary:
    'Share of activations that are not zero, layer by layer, over all examples of a split.',
  params: Type.Object(
    {
      layers: Type.Optional(
        Type.Array(Type.String({ minLength: 1 }), {
          minItems: 1,
          uniqueItems: true,
          description:
            'Layers by name. Default: those behind a ReLU, which are all spatial ones, and "pool".',
        }),
      ),
      split: Type.String({
        default: 'test',
        description: 'Split whose images are passed through the network.',
      }),
      batch: Type.Integer({
        minimum: 1,
        maximum: 65_536,
        default: 250,
        description:
          'Images at a time; changes the memory it takes, and no number.',
      }),
    },
    { additionalProperties: false },
  ),
  inputs: {
    model: one('model', 'The network.'),
    data: one(
      'dataset',
      'The images, of the shape that the network was trained on.',
    ),
  },
  output: 'score',
  facts: {
    examples: 'data',
    layersFrom: ['model'],
    asks: ({ layers }) => ({ layers }),
  },
  async run(context) {
    const { params, inputs, signal } = context;
    const { data } = inputs;
    checkImageShape(inputs.model, data);
    const range: SplitRange = dataSplit(data, params.split);
    const model = await restoreModel(inputs.model);
    const { network } = model;
    const known = layerNames(network);
    const asked = params.layers ?? [
      ...network.maps.map(({ name }) => name),
      POOL,
    ];
    for (const layer of asked) {
      if (!known.includes(layer)) {
        throw unknownName('layer', layer, 'input "model"', known);
      }
    }
    // In the order of depth, whatever the order in the file.
    const chosen = known.filter((layer) => asked.includes(layer));
    const counts = new Map(chosen.map((layer) => [layer, EMPTY]));

    const { layers } = await context.backend();
    const inference = new Inference({ ...model, layers });
    const examples = examplesOf(range);
    try {
      const passes = activationBatches(inference, readImages(data), examples, {
        wanted: new Set(chosen),
        // Every activation counts: a mean over rows and columns is zero only where all of them are.
        pooling: 'none',
        batch: params.batch,
        signal,
      });
      for await (const pass of passes) {
        for (const [layer, values] of Object.entries(pass.layers)) {
          const before = counts.get(layer) ?? EMPTY;
          counts.set(layer, {
            nonZero: before.nonZero + nonZeroIn(layer, values),
            all: before.all + values.length,
          });
        }
        context.progress({
          ...{ done: pass.done, total: examples.length, unit: 'image' },
          imagesPerSecond: pass.imagesPerSecond,
        });
      }
    } finally {
      inference.dispose();
    }
    return {
      type: 'score',
      value: {
        layers: Object.fromEntries(
          [...counts].map(([layer, { nonZero, all }]) => [
            layer,
            nonZero / all,
          ]),
        ),
        activations: Object.fromEntries(
          [...counts].map(([layer, { all }]) => [layer, all / examples.length]),
        ),
        split: params.split,
        examples: examples.length,
      },
      arrays: {},
    };
  },
});

const EMPTY = { nonZero: 0, all: 0 };

/** @throws {NodeError} if an activation is no number: neither zero nor not. */
function nonZeroIn(layer: string, values: Float32Array): number {
  let count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) {
      throw new NodeError(
        `Layer "${layer}" of input "model" is ${value} for some images: the network is broken.`,
      );
    }
    if (value !== 0) count += 1;
  }
  return count;
}
