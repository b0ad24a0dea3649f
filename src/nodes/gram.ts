import { setImmediate } from 'node:timers/promises';
import { layerArray } from '../artifact/features.ts';
import { defineKind, one } from '../kind/kind.ts';
import { unitGrams } from '../ops/similarity/gram-source.ts';
import { packedLength } from '../ops/similarity/centred-gram.ts';
import { ndArray, type NdArrayOf } from '../tensor/nd-array.ts';
import { Type } from '../util/type.ts';
import {
  biasedBatch,
  comparedNetwork,
  constantLayer,
  gramOptions,
  gramSettings,
} from './gram-settings.ts';

/** Centred Gram matrices of one network, made once for all networks that it is compared with. */
export const gram = defineKind({
  name: 'gram',
  version: 1,
  summary:
    'Centred Gram matrices of every layer of one network, over minibatches: made once, then compared by "cka" with those of any other.',
  params: Type.Object(gramSettings, { additionalProperties: false }),
  inputs: { features: one('features', 'Features of the network.') },
  output: 'gram',
  facts: {
    examples: 'features',
    layersFrom: ['features'],
    asks: ({ layers }) => ({ layers }),
    layers: ({ layers }, from) =>
      from?.filter(({ name }) => layers?.includes(name) ?? true) ?? null,
    biasedBatch,
  },
  async run(context) {
    const { params, inputs, signal } = context;
    const { features } = inputs;
    const network = comparedNetwork(features, params, 'features');
    const options = gramOptions(params, network.labels.length);
    const batches = Math.floor(network.labels.length / options.batch);
    const length = packedLength(options.batch, options.estimator);
    const arrays: Record<string, NdArrayOf<'float32'>> = {};
    for (const [index, source] of network.sources().entries()) {
      const layer = network.layers[index] ?? '';
      const grams = unitGrams(source, batches, options);
      if (grams === null) throw constantLayer(layer, 'features', params.split);
      arrays[layerArray(layer)] = ndArray('float32', [batches, length], grams);
      context.progress({
        done: index + 1,
        total: network.layers.length,
        unit: 'layer',
      });
      await setImmediate();
      signal.throwIfAborted();
    }
    return {
      type: 'gram',
      value: {
        layers: features.value.layers
          .filter(({ name }) => network.layers.includes(name))
          .map(({ name, width }) => ({ name, width })),
        kernel: params.kernel,
        threshold: params.kernel === 'rbf' ? params.threshold : null,
        estimator: params.estimator,
        split: params.split,
        batch: options.batch,
        batches,
      },
      arrays: {
        ...arrays,
        labels: ndArray('int32', [network.labels.length], network.labels),
      },
    };
  },
});
