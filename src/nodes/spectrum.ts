import { setImmediate } from 'node:timers/promises';
import type { Artifact } from '../artifact/artifact.ts';
import { weightArray } from '../artifact/model.ts';
import { defineKind, NodeError, one } from '../kind/kind.ts';
import { HEAD_WEIGHTS } from '../model/network.ts';
import { singularValues } from '../ops/spectrum/singular-values.ts';
import { summariseSpectrum } from '../ops/spectrum/summarise-spectrum.ts';
import { ndArray, type NdArrayOf } from '../tensor/nd-array.ts';
import { Type } from '../util/type.ts';
import { splitFeatures } from './feature-matrix.ts';

/** The layer and split of features where nothing else is said. */
const DEFAULT_LAYER = 'pool';
const DEFAULT_SPLIT = 'train';

/** Singular values of features, or of a network's last layer. */
export const spectrum = defineKind({
  name: 'spectrum',
  version: 1,
  summary:
    "Singular values of a layer's features, or of the weights of a network's last layer, and how many directions are used.",
  params: Type.Object(
    {
      layer: Type.Optional(
        Type.String({
          description: `Layer of the features; "${DEFAULT_LAYER}" where it is left out. Not for a model.`,
        }),
      ),
      split: Type.Optional(
        Type.String({
          description: `Split of the features; "${DEFAULT_SPLIT}" where it is left out. Not for a model.`,
        }),
      ),
      center: Type.Boolean({
        default: true,
        description:
          'Whether the mean is subtracted first: over examples for features, over classes for weights (which no softmax sees).',
      }),
    },
    { additionalProperties: false },
  ),
  inputs: {
    matrix: one(
      ['features', 'model'],
      'Features [examples, features], or a network, of whose last layer the weights [classes, features] are taken.',
    ),
  },
  output: 'score',
  facts: {
    examples: 'matrix',
    layersFrom: ['matrix'],
    asks: ({ layer = DEFAULT_LAYER }) => ({ layer: [layer] }),
  },
  async run(context) {
    const { params, inputs, signal } = context;
    const { layer = DEFAULT_LAYER, split = DEFAULT_SPLIT, center } = params;
    const input = inputs.matrix;
    const isModel = isOf(input, 'model');
    if (isModel && (params.layer ?? params.split) !== undefined) {
      throw new NodeError(
        '"layer" and "split" are of features, but input "matrix" is a model: its last layer is what is measured.',
      );
    }
    const matrix = isModel
      ? lastLayer(input)
      : splitFeatures(input as Artifact<'features'>, layer, split, 'matrix');
    const [rows = 0, columns = 0] = matrix.shape;
    const turns = singularValues(matrix, center);
    let turn = turns.next();
    while (turn.done !== true) {
      context.progress({ ...turn.value, unit: 'row' });
      await setImmediate();
      signal.throwIfAborted();
      turn = turns.next();
    }
    const values = turn.value;
    const classes = input.value.classNames.length;
    const summary = summariseSpectrum(values, matrix.shape, classes);
    if (summary.largest === 0) {
      context.log(
        `All ${rows} rows are ${center ? 'equal' : 'zero'}: there are no directions.`,
      );
    }
    return {
      type: 'score',
      value: {
        ...summary,
        leading: classes,
        outcome: summary.largest === 0 ? 'no-directions' : 'measured',
        of: isModel ? 'last-layer' : 'features',
        layer: isModel ? null : layer,
        split: isModel ? null : split,
        centered: center,
        rows,
        columns,
      },
      arrays: {
        singularValues: ndArray('float64', [values.length], values),
      },
    };
  },
});

const isOf = <T extends 'features' | 'model'>(
  artifact: Artifact<'features' | 'model'>,
  type: T,
): artifact is Artifact<T> => artifact.type === type;

/** Weights of the last layer, a row a class. */
function lastLayer(model: Artifact<'model'>): NdArrayOf<'float32'> {
  const name = weightArray(HEAD_WEIGHTS);
  if (!model.arrayNames.includes(name)) {
    throw new NodeError(
      `Input "matrix" has no weight "${HEAD_WEIGHTS}": it is no model of this version.`,
    );
  }
  const { shape, data } = model.array(name, 'float32');
  const [width = 0, classes = 0] = shape;
  const rows = new Float32Array(data.length);
  for (let j = 0; j < width; j++)
    for (let k = 0; k < classes; k++)
      rows[k * width + j] = data[j * classes + k] ?? 0;
  const bad = rows.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1) {
    throw new NodeError(
      `Weights of the last layer of input "matrix" are ${String(rows[bad])} for class ${Math.floor(bad / width)}: the network is broken.`,
    );
  }
  return ndArray('float32', [classes, width], rows);
}
