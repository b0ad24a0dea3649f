import { setImmediate } from 'node:timers/promises';
import type { StreamedArray } from '../artifact/artifact.ts';
import { ArrayFileError } from '../artifact/array-files/array-file-error.ts';
import { layerArray } from '../artifact/features.ts';
import { defineKind, NodeError } from '../kind/kind.ts';
import { ndArray } from '../tensor/nd-array.ts';
import {
  readFeatureFiles,
  type FeatureFiles,
  type FeatureLayer,
} from './feature-files.ts';
import { featuresParams, type FeaturesParams } from './features-params.ts';

/** Features that another program wrote. */
export const features = defineKind({
  name: 'features',
  version: 1,
  summary:
    'Features from elsewhere: matrices and labels out of .npy, .npz or .safetensors files.',
  params: featuresParams,
  inputs: {},
  output: 'features',
  files: ({ source }) => pathsOf(source),
  async run(context) {
    const { signal } = context;
    let files: FeatureFiles;
    try {
      files = await readFeatureFiles(context.params, {
        scratch: context.downloads,
        signal,
      });
    } catch (error) {
      throw error instanceof ArrayFileError
        ? new NodeError(error.message)
        : error;
    }
    const { layers, labels, value } = files;
    for (const [split, { start, end }] of Object.entries(value.splits)) {
      context.log(`${end - start} examples of split "${split}"`);
    }
    let done = 0;
    const total = layers.length * labels.length;
    const stream = (layer: FeatureLayer): StreamedArray => ({
      dtype: 'float32',
      shape: [labels.length, layer.width],
      async *pieces() {
        for (const block of rowsOf(layer)) {
          yield block;
          done += block.length / layer.width;
          context.progress({ done, total, unit: 'row' });
          await setImmediate();
          signal.throwIfAborted();
        }
      },
    });
    return {
      type: 'features',
      value,
      arrays: { labels: ndArray('int32', [labels.length], labels) },
      streams: Object.fromEntries(
        layers.map((layer) => [layerArray(layer.name), stream(layer)]),
      ),
      close: () => {
        files[Symbol.dispose]();
      },
    };
  },
});

type Source = FeaturesParams['source'];

/** All files, in an order that does not depend on how the mappings are written. */
function pathsOf(source: Source): readonly string[] {
  const sorted = <T>(mapping: Readonly<Record<string, T>>): readonly T[] =>
    Object.entries(mapping)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, one]) => one);
  switch (source.type) {
    case 'archive':
      return [source.file];
    case 'archives':
    case 'arrays':
      return sorted(source.files);
    case 'split-arrays':
      return sorted(source.files).flatMap(sorted);
  }
}

/** A layer's rows as float32, checked to be finite, block after block. */
function* rowsOf(layer: FeatureLayer): Generator<Float32Array> {
  for (const { array, rows } of layer.parts) {
    let at = 0;
    for (const block of array.numbers(rows)) {
      const narrow = Float32Array.from(block);
      const bad = narrow.findIndex((value) => !Number.isFinite(value));
      if (bad !== -1) {
        const row = rows[at + Math.floor(bad / layer.width)] ?? 0;
        const given = block[bad] ?? NaN;
        throw new NodeError(
          `${array.what}, ${array.description}, is ${given} at example ${row}, feature ${bad % layer.width}${Number.isFinite(given) ? ', which is beyond float32' : ''}.`,
        );
      }
      yield narrow;
      at += block.length / layer.width;
    }
  }
}
