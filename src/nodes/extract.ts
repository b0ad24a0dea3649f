import { setImmediate } from 'node:timers/promises';
import { alike } from '../util/alike.ts';
import { Type } from '../util/type.ts';
import type { SplitRange } from '../artifact/dataset.ts';
import { layerArray, type FeaturesValue } from '../artifact/features.ts';
import { defineKind, one } from '../kind/kind.ts';
import { batchesOf, BatchBuilder, examplesOf } from '../model/batches.ts';
import { Inference } from '../model/inference.ts';
import { layerNames } from '../model/network.ts';
import { Speedometer } from '../model/speedometer.ts';
import { ndArray } from '../tensor/nd-array.ts';
import { unknownName } from './feature-matrix.ts';
import {
  checkImageShape,
  chosenSplits,
  dataSplit,
  readImages,
} from './images.ts';
import { restoreModel } from './model-artifact.ts';
import { extractedLayer } from './model-facts.ts';

const params = Type.Object(
  {
    layers: Type.Array(Type.String(), {
      minItems: 1,
      uniqueItems: true,
      default: ['pool'],
      description:
        'Layers by name: "stem", "block-1" and so on, "pool" (penultimate), "logits", and "outputs" (logits as the objective scales them).',
    }),
    splits: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        uniqueItems: true,
        description:
          'Splits whose images are passed through the network; all where it is left out.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        ...alike('preprocessing'),
        description:
          'The most examples of each split, the first ones; all where it is left out.',
      }),
    ),
    pooling: Type.Enum(['average', 'none'], {
      default: 'average',
      ...alike('preprocessing'),
      description:
        'What becomes of spatial layers: their mean over rows and columns, or all numbers, row by row.',
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
);

/** Passes images through a network and keeps what its layers say. */
export const extract = defineKind({
  name: 'extract',
  version: 2,
  summary:
    'Features: what named layers of a network make of images, in evaluation mode.',
  params,
  inputs: {
    model: one('model', 'The network.'),
    data: one(
      'dataset',
      'The images, of the shape that the network was trained on.',
    ),
  },
  output: 'features',
  resources: { gpus: 1 },
  facts: {
    examples: 'data',
    layersFrom: ['model'],
    asks: ({ layers }) => ({ layers }),
    layers: ({ layers, pooling }, from, imageSide) =>
      from
        ?.filter(({ name }) => layers.includes(name))
        .map((layer) => extractedLayer(layer, pooling, imageSide)) ?? null,
  },
  async run(context) {
    const { inputs, signal } = context;
    const { layers: asked, limit, pooling, batch } = context.params;
    const { data } = inputs;
    checkImageShape(inputs.model, data);
    const splits = chosenSplits(data, context.params.splits).map(
      (name): readonly [string, SplitRange] => {
        const { start, end } = dataSplit(data, name);
        return [name, { start, end: Math.min(end, start + (limit ?? end)) }];
      },
    );
    const model = await restoreModel(inputs.model);
    const known = layerNames(model.network);
    for (const layer of asked) {
      if (!known.includes(layer)) {
        throw unknownName('layer', layer, 'input "model"', known);
      }
    }
    const wanted = new Set(asked);
    const examples = examplesOf(...splits.map(([, range]) => range));
    const source = readImages(data);
    const builder = new BatchBuilder(source);

    const { layers } = await context.backend();
    const inference = new Inference({ ...model, layers });
    const found = new Map<string, { width: number; data: Float32Array }>();
    try {
      const speed = new Speedometer();
      let done = 0;
      for (const chosen of batchesOf(examples, batch)) {
        const activations = await inference.activations(
          builder.images(chosen),
          [chosen.length, ...source.imageShape],
          wanted,
          pooling,
        );
        for (const [layer, values] of Object.entries(activations)) {
          const width = values.length / chosen.length;
          let matrix = found.get(layer);
          if (matrix === undefined) {
            const rows = new Float32Array(examples.length * width);
            matrix = { width, data: rows };
            found.set(layer, matrix);
          }
          matrix.data.set(values, done * width);
        }
        done += chosen.length;
        speed.add(chosen.length);
        context.progress({
          done,
          total: examples.length,
          unit: 'image',
          imagesPerSecond: speed.imagesPerSecond,
        });
        await setImmediate();
        signal.throwIfAborted();
      }
    } finally {
      inference.dispose();
    }

    const described: FeaturesValue['layers'][number][] = [];
    const arrays: Record<string, ReturnType<typeof ndArray<'float32'>>> = {};
    for (const name of known) {
      const matrix = found.get(name);
      if (matrix === undefined) continue;
      const isMap = model.network.maps.some((map) => map.name === name);
      described.push({
        name,
        width: matrix.width,
        pooling: isMap ? pooling : 'none',
      });
      const shape = [examples.length, matrix.width];
      arrays[layerArray(name)] = ndArray('float32', shape, matrix.data);
    }
    return {
      type: 'features',
      value: {
        layers: described,
        classNames: data.value.classNames,
        splits: laidOut(splits),
      },
      arrays: {
        ...arrays,
        labels: ndArray('int32', [examples.length], builder.labels(examples)),
      },
    };
  },
});

/** Splits end to end, as their examples lie in the arrays. */
function laidOut(
  splits: readonly (readonly [string, SplitRange])[],
): Readonly<Record<string, SplitRange>> {
  let start = 0;
  return Object.fromEntries(
    splits.map(([name, range]) => {
      const laid = { start, end: start + range.end - range.start };
      start = laid.end;
      return [name, laid];
    }),
  );
}
