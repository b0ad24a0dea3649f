import type { BatchNormTail, LayerOps } from '../tensor/layer-ops.ts';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '../tensor/tf.ts';
import type { Head } from '../ops/loss/objective.ts';
import type { WeightSpec } from './weights.ts';

/** Added to variances under the root. Also that of the authors' released code and of PyTorch. */
export const BATCH_NORM_EPSILON = 1e-5;

/** What a network needs to compute: blocks, weights, and how batch norm gets its statistics. */
export interface Pass {
  readonly layers: LayerOps;
  /** The array of that name. */
  weight(name: string): Tensor;
  /** Batch norm with the weights `${name}/gamma` and so on. */
  normalize(name: string, input: Tensor4D, tail: BatchNormTail): Tensor4D;
  /** Sees the activations of each named layer of the body. They belong to the pass. */
  visit?(layer: string, activations: Tensor4D): void;
}

/** A layer with spatial activations. */
export interface MapLayer {
  readonly name: string;
  readonly channels: number;
  /** An image of so many rows has one of them in this layer; parts of a row count as one. */
  readonly reduction: number;
}

/** A network: shapes and a pure forward pass. It holds no tensors. */
export interface Network {
  /** Every array, from the first layer to the last. */
  readonly weights: readonly WeightSpec[];
  /** Layers with spatial activations, by depth: `stem`, `block-1`, … */
  readonly maps: readonly MapLayer[];
  /** Width of the penultimate layer. */
  readonly features: number;
  readonly classes: number;
  /** Images `[batch, rows, columns, channels]` to penultimate activations `[batch, features]`. */
  body(pass: Pass, images: Tensor4D): Tensor2D;
}

/** The penultimate layer. */
export const POOL = 'pool';
/** What the last layer yields, and that after the objective's scaling. */
export const LOGITS = 'logits';
export const OUTPUTS = 'outputs';

/** Names of the last layer's arrays. */
export const HEAD_WEIGHTS = 'logits/weights';
export const HEAD_BIAS = 'logits/bias';

/** All layers whose activations can be extracted, by depth. */
export const layerNames = ({ maps }: Network): readonly string[] => [
  ...maps.map(({ name }) => name),
  POOL,
  LOGITS,
  OUTPUTS,
];

/** The last layer's arrays. */
export const headSpecs = (
  features: number,
  classes: number,
  deviation: number,
): readonly WeightSpec[] => [
  {
    name: HEAD_WEIGHTS,
    shape: [features, classes],
    initial: { type: 'normal', deviation },
    trained: true,
    decays: true,
  },
  {
    name: HEAD_BIAS,
    shape: [classes],
    initial: { type: 'constant', value: 0 },
    trained: true,
    decays: false,
  },
];

/** The last layer on penultimate activations. */
export const headOf = (
  features: Tensor2D,
  weight: (name: string) => Tensor,
): Head => ({
  features,
  weights: weight(HEAD_WEIGHTS) as Tensor2D,
  bias: weight(HEAD_BIAS) as Tensor1D,
});

/** The four arrays of a batch norm. */
export const batchNormSpecs = (
  name: string,
  channels: number,
  gamma = 1,
): readonly WeightSpec[] =>
  (
    [
      ['gamma', gamma, true],
      ['beta', 0, true],
      ['mean', 0, false],
      ['variance', 1, false],
    ] as const
  ).map(([part, value, trained]) => ({
    name: `${name}/${part}`,
    shape: [channels],
    initial: { type: 'constant', value },
    trained,
    decays: false,
  }));

/** Batch norm by the running statistics, for evaluation. */
export const evaluationPass = (
  layers: LayerOps,
  weight: (name: string) => Tensor,
): Pass => ({
  layers,
  weight,
  normalize: (name, input, tail) =>
    layers.batchNormInference(
      input,
      weight(`${name}/gamma`) as Tensor1D,
      weight(`${name}/beta`) as Tensor1D,
      weight(`${name}/mean`) as Tensor1D,
      weight(`${name}/variance`) as Tensor1D,
      BATCH_NORM_EPSILON,
      tail,
    ),
});
