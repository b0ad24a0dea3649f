import { layerArray } from '../artifact/features.ts';
import type { Artifact } from '../artifact/artifact.ts';
import { NodeError } from '../kind/kind.ts';
import { packedLength } from '../ops/similarity/centred-gram.ts';
import {
  GramMaker,
  NoBandwidthError,
  type GramOptions,
  type GramSource,
  type Kernel,
  type LayerReader,
} from '../ops/similarity/gram-source.ts';
import { Type, type Static } from '../util/type.ts';
import { splitFeatures, splitLabels, unknownName } from './feature-matrix.ts';

/** Fewest examples for which the unbiased estimate exists. */
const MIN_BATCH = 4;

/** What an inner product of a stored layer with itself may differ from 1: the rounding of float32. */
const UNIT_TOLERANCE = 1e-5;

/** Parameters of the kinds that compare representations. */
export const gramSettings = {
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
  kernel: Type.Enum(['linear', 'rbf'], {
    default: 'linear',
    description:
      'How like two examples are: the inner product of their features, or a Gaussian of their distance.',
  }),
  threshold: Type.Number({
    default: 0.5,
    exclusiveMinimum: 0,
    description:
      'Bandwidth of the RBF kernel, as a share of the median distance between the examples of a minibatch; the linear kernel has none.',
  }),
  layers: Type.Optional(
    Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      uniqueItems: true,
      description: 'Layers that are compared. Default: all that there are.',
    }),
  ),
};

/** The parameters as `run` gets them. */
export type GramSettings = Static<
  ReturnType<typeof Type.Object<typeof gramSettings>>
>;

/** Examples of a minibatch where the estimator is the biased one of the linear kernel, else null: a fact for lint rules. */
export const biasedBatch = ({
  estimator,
  kernel,
  batch,
}: GramSettings): number | null =>
  estimator === 'biased' && kernel === 'linear' ? batch : null;

/** One network, ready to be compared. */
export interface ComparedNetwork {
  readonly layers: readonly string[];
  /** int32 `[examples]`, before a remainder is dropped. */
  readonly labels: Int32Array;
  sources(): readonly GramSource[];
  /** Its features, where it has them. */
  readonly features: readonly FeatureLayer[] | null;
}

/** A layer whose features are at hand. */
export interface FeatureLayer extends LayerReader {
  readonly width: number;
}

export const kernelOf = (settings: GramSettings): Kernel =>
  settings.kernel === 'linear'
    ? { type: 'linear' }
    : { type: 'rbf', threshold: settings.threshold };

/** How the Gram matrices of so many examples are made. */
export const gramOptions = (
  settings: GramSettings,
  examples: number,
): GramOptions => ({
  kernel: kernelOf(settings),
  estimator: settings.estimator,
  batch: Math.min(settings.batch, examples),
});

/**
 * A network as its input has it: features, of which Gram matrices will be made, or the matrices themselves.
 *
 * @param slot name of the input, for messages.
 * @throws {NodeError} if it lacks the split or a layer, has too few examples, or if its Gram matrices were made with other
 * settings.
 */
export function comparedNetwork(
  input: Artifact<'features' | 'gram'>,
  settings: GramSettings,
  slot: string,
): ComparedNetwork {
  const known = input.value.layers.map(({ name }) => name);
  const layers = settings.layers ?? known;
  for (const layer of layers) {
    if (!known.includes(layer))
      throw unknownName('layer', layer, `input "${slot}"`, known);
  }
  return isGram(input)
    ? storedNetwork(input, layers, settings, slot)
    : freshNetwork(input as Artifact<'features'>, layers, settings, slot);
}

const isGram = (
  input: Artifact<'features' | 'gram'>,
): input is Artifact<'gram'> => input.type === 'gram';

function freshNetwork(
  input: Artifact<'features'>,
  layers: readonly string[],
  settings: GramSettings,
  slot: string,
): ComparedNetwork {
  const { split } = settings;
  const labels = splitLabels(input, split, slot);
  if (labels.length < MIN_BATCH) {
    throw new NodeError(
      `Split "${split}" has ${labels.length} examples; similarity needs at least ${MIN_BATCH}.`,
    );
  }
  const features = layers.map((layer) => ({
    width: input.value.layers.find(({ name }) => name === layer)?.width ?? 0,
    read: () => splitFeatures(input, layer, split, slot),
  }));
  return {
    layers,
    labels,
    features,
    sources: () => {
      const maker = new GramMaker(gramOptions(settings, labels.length));
      return features.map((reader, index) => {
        const source = maker.source(reader);
        return {
          read: (first, outs) => {
            try {
              return source.read(first, outs);
            } catch (error) {
              if (!(error instanceof NoBandwidthError)) throw error;
              throw new NodeError(
                `More than half of the pairs of a minibatch are equal in layer "${layers[index] ?? ''}" of input "${slot}": the median distance is 0 and the RBF kernel has no bandwidth.`,
              );
            }
          },
        };
      });
    },
  };
}

function storedNetwork(
  input: Artifact<'gram'>,
  layers: readonly string[],
  settings: GramSettings,
  slot: string,
): ComparedNetwork {
  const { value } = input;
  const labels = input.array('labels', 'int32').data;
  const options = gramOptions(settings, labels.length);
  const asked = {
    split: settings.split,
    batch: options.batch,
    estimator: settings.estimator,
    kernel: settings.kernel,
    ...(settings.kernel === 'rbf' && { threshold: settings.threshold }),
  };
  for (const [setting, wanted] of Object.entries(asked)) {
    const made = value[setting as keyof typeof asked];
    if (made !== wanted) {
      throw new NodeError(
        `The Gram matrices of input "${slot}" were made with ${setting} "${String(made)}", and this node compares with ${setting} "${String(wanted)}": give both nodes the same "${setting}".`,
      );
    }
  }
  const length = packedLength(value.batch, value.estimator);
  return {
    layers,
    labels,
    features: null,
    sources: () =>
      layers.map((layer) => ({
        read: (first, outs) => {
          const { data } = input.array(layerArray(layer), 'float32');
          let own = 0;
          for (const value of data) own += value * value;
          checkUnit(own, layer, slot);
          outs.forEach((out, number) => {
            const start = (first + number) * length;
            out.set(data.subarray(start, start + length));
          });
          return outs.map(() => 0);
        },
      })),
  };
}

/**
 * A layer is as similar to itself as can be: what was stored must say so still.
 *
 * @param own inner product of its Gram matrices with themselves.
 * @throws {NodeError} if it is not 1.
 */
export function checkUnit(own: number, layer: string, slot: string): void {
  if (!(Math.abs(own - 1) <= UNIT_TOLERANCE)) {
    throw new NodeError(
      `Layer "${layer}" of input "${slot}" has similarity ${own} to itself instead of 1: its Gram matrices are damaged.`,
    );
  }
}

/** The sentence for a layer whose similarity to others is not defined. */
export const constantLayer = (
  layer: string,
  slot: string,
  split: string,
): NodeError =>
  new NodeError(
    `Layer "${layer}" of input "${slot}" is the same for all examples of split "${split}", or for all but one: its similarity to others is not defined.`,
  );
