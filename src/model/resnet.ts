import { Type, type Static } from '../util/type.ts';
import { tf, type Tensor4D } from '../tensor/tf.ts';
import { neutral } from '../util/neutral.ts';
import { ModelError } from './model-error.ts';
import {
  batchNormSpecs,
  headSpecs,
  type MapLayer,
  type Network,
  type Pass,
} from './network.ts';
import type { WeightSpec } from './weights.ts';

const WIDTH = { minimum: 1, maximum: 8192 };
const STRIDE = { minimum: 1, maximum: 8 };

/** Settings of a residual network for small images; the defaults are the network of the miniature study. */
export const resnetSettings = Type.Object(
  {
    stem: Type.Object(
      {
        width: Type.Integer({
          ...WIDTH,
          default: 16,
          description: 'Channels of the first convolution.',
        }),
        stride: Type.Integer({
          ...STRIDE,
          default: 2,
          description:
            'Stride of the first convolution, in pixels; 1 keeps the size of the images.',
        }),
        size: Type.Optional(
          Type.Enum([3, 5, 7], {
            ...neutral(3),
            description:
              'Rows and columns of the first convolution, in pixels; 3 where it is left out.',
          }),
        ),
        pool: Type.Optional(
          Type.Boolean({
            ...neutral(false),
            description:
              'Whether the largest of each 3 by 3 pixels follows, with stride 2, as for large photographs; no where it is left out.',
          }),
        ),
      },
      {
        additionalProperties: false,
        default: {},
        description: 'The first convolution.',
      },
    ),
    widths: Type.Array(Type.Integer(WIDTH), {
      minItems: 1,
      maxItems: 16,
      default: [16, 32, 64, 128],
      description:
        'Channels of each group of blocks; the last is the number of penultimate features.',
    }),
    strides: Type.Array(Type.Integer(STRIDE), {
      minItems: 1,
      maxItems: 16,
      default: [1, 2, 2, 2],
      description: 'Stride of the first block of each group.',
    }),
    blocks: Type.Array(Type.Integer({ minimum: 1, maximum: 256 }), {
      minItems: 1,
      maxItems: 16,
      default: [1, 1, 1, 1],
      description: 'Residual blocks of each group.',
    }),
    bottleneck: Type.Optional(
      Type.Boolean({
        ...neutral(false),
        description:
          'Whether a block is of three convolutions, the middle one on a quarter of the channels; of two where it is left out.',
      }),
    ),
    'zero-gamma': Type.Boolean({
      default: false,
      ...neutral(false),
      description:
        'Whether the last batch norm of each block begins with scale 0, so that the block begins as its shortcut.',
    }),
    'last-layer-deviation': Type.Number({
      exclusiveMinimum: 0,
      default: 0.01,
      description:
        "Standard deviation of the last layer's initial weights, above 0.",
    }),
  },
  { additionalProperties: false },
);

interface Block {
  readonly name: string;
  readonly isBottleneck: boolean;
  readonly from: number;
  readonly to: number;
  readonly stride: number;
  readonly hasShortcut: boolean;
}

/**
 * A residual network: a convolution, post-activation blocks of two 3×3 convolutions, the mean over rows and columns, a
 * linear layer. Where a block changes the shape, its shortcut is a 1×1 convolution with batch norm. Padding is half of the
 * filter, rounded down, of zeros on each side.
 *
 *     stem     relu(norm(conv(images))), then the largest of 3×3 with stride 2 where "pool" says so
 *     block-n  relu(norm-2(conv-2(relu(norm-1(conv-1(x))))) + shortcut(x))
 *              as a bottleneck: 1×1 to a quarter of the channels, 3×3 with the stride, 1×1 to all channels (norm-3)
 *     pool     mean over rows and columns
 *     logits   pool W + b
 *
 * ResNet-18 for 32×32 images is `stem: { width: 64, stride: 1 }, widths: [64, 128, 256, 512], blocks: [2, 2, 2, 2]`.
 * ResNet-50 for 224×224 images is `stem: { width: 64, stride: 2, size: 7, pool: true }, bottleneck: true,
 * widths: [256, 512, 1024, 2048], blocks: [3, 4, 6, 3]`.
 *
 * @throws {ModelError} if the lists are not equally long, or a width has no quarter.
 *
 * Source: He et al. 2016, arXiv:1512.03385, with the shortcuts of its option B; the stride of a bottleneck is in its 3×3
 * convolution, as in PyTorch (Goyal et al. 2017, arXiv:1706.02677).
 */
export function resnet(
  settings: Static<typeof resnetSettings>,
  shape: { readonly channels: number; readonly classes: number },
): Network {
  const blocks = listBlocks(settings);
  const { width, stride, size = 3, pool = false } = settings.stem;
  const features = settings.widths.at(-1) ?? width;
  return {
    weights: [
      ...convolution('stem/conv', size, shape.channels, width),
      ...batchNormSpecs('stem/norm', width),
      ...blocks.flatMap((block) => blockSpecs(block, settings['zero-gamma'])),
      ...headSpecs(features, shape.classes, settings['last-layer-deviation']),
    ],
    maps: mapLayers(settings.stem, blocks),
    features,
    classes: shape.classes,
    body(pass, images) {
      let x = convolve(pass, 'stem/conv', images, stride);
      x = pass.normalize('stem/norm', x, { relu: true });
      if (pool) x = tf.maxPool(x, 3, 2, 1);
      pass.visit?.('stem', x);
      for (const block of blocks) {
        x = residual(pass, block, x);
        pass.visit?.(block.name, x);
      }
      return pass.layers.globalAveragePool(x);
    },
  };
}

function mapLayers(
  { width, stride, pool = false }: Static<typeof resnetSettings>['stem'],
  blocks: readonly Block[],
): readonly MapLayer[] {
  const stem = {
    ...{ name: 'stem', channels: width },
    reduction: stride * (pool ? 2 : 1),
  };
  const maps = [stem];
  let { reduction } = stem;
  for (const block of blocks) {
    reduction *= block.stride;
    maps.push({ name: block.name, channels: block.to, reduction });
  }
  return maps;
}

function listBlocks(settings: Static<typeof resnetSettings>): Block[] {
  const { widths, strides, blocks } = settings;
  if (widths.length !== strides.length || widths.length !== blocks.length) {
    throw new ModelError(
      `"widths", "strides" and "blocks" of a resnet must be equally long, but have ${widths.length}, ${strides.length} and ${blocks.length} values.`,
    );
  }
  const list: Block[] = [];
  const isBottleneck = settings.bottleneck ?? false;
  const odd = widths.find((width) => width % 4 !== 0);
  if (isBottleneck && odd !== undefined) {
    throw new ModelError(
      `"widths" of a resnet with bottlenecks must be multiples of 4, but one is ${odd}.`,
    );
  }
  let from = settings.stem.width;
  widths.forEach((to, group) => {
    for (let index = 0; index < (blocks[group] ?? 0); index++) {
      const stride = index === 0 ? (strides[group] ?? 1) : 1;
      list.push({
        name: `block-${list.length + 1}`,
        isBottleneck,
        from,
        to,
        stride,
        hasShortcut: from !== to || stride !== 1,
      });
      from = to;
    }
  });
  return list;
}

const convolution = (
  name: string,
  size: number,
  from: number,
  to: number,
): readonly WeightSpec[] => [
  {
    name: `${name}/filter`,
    shape: [size, size, from, to],
    initial: { type: 'he-normal', fanIn: size * size * from },
    trained: true,
    decays: true,
  },
];

/** A convolution of a block, with the batch norm that follows it. */
interface BlockLayer {
  /** Number in the names of its arrays. */
  readonly number: number;
  readonly size: number;
  readonly from: number;
  readonly to: number;
  readonly stride: number;
}

/** What lies beside a block's shortcut. */
function layersOf({ isBottleneck, from, to, stride }: Block): BlockLayer[] {
  if (!isBottleneck) {
    return [
      { number: 1, size: 3, from, to, stride },
      { number: 2, size: 3, from: to, to, stride: 1 },
    ];
  }
  const narrow = to / 4;
  return [
    { number: 1, size: 1, from, to: narrow, stride: 1 },
    { number: 2, size: 3, from: narrow, to: narrow, stride },
    { number: 3, size: 1, from: narrow, to, stride: 1 },
  ];
}

function blockSpecs(block: Block, zeroGamma: boolean): readonly WeightSpec[] {
  const { name, from, to, hasShortcut } = block;
  const layers = layersOf(block);
  return [
    ...layers.flatMap((layer) => [
      ...convolution(
        `${name}/conv-${layer.number}`,
        layer.size,
        layer.from,
        layer.to,
      ),
      ...batchNormSpecs(
        `${name}/norm-${layer.number}`,
        layer.to,
        zeroGamma && layer.number === layers.length ? 0 : 1,
      ),
    ]),
    ...(hasShortcut
      ? [
          ...convolution(`${name}/shortcut-conv`, 1, from, to),
          ...batchNormSpecs(`${name}/shortcut-norm`, to),
        ]
      : []),
  ];
}

function convolve(
  pass: Pass,
  name: string,
  input: Tensor4D,
  stride: number,
): Tensor4D {
  const filter = pass.weight(`${name}/filter`) as Tensor4D;
  const padding = Math.floor(filter.shape[0] / 2);
  return pass.layers.conv2d(input, filter, stride, padding);
}

function residual(pass: Pass, block: Block, input: Tensor4D): Tensor4D {
  const { name, stride } = block;
  let shortcut = input;
  if (block.hasShortcut) {
    shortcut = convolve(pass, `${name}/shortcut-conv`, input, stride);
    shortcut = pass.normalize(`${name}/shortcut-norm`, shortcut, {
      relu: false,
    });
  }
  const layers = layersOf(block);
  let x = input;
  for (const layer of layers) {
    x = convolve(pass, `${name}/conv-${layer.number}`, x, layer.stride);
    x = pass.normalize(`${name}/norm-${layer.number}`, x, {
      residual: layer.number === layers.length ? shortcut : undefined,
      relu: true,
    });
  }
  return x;
}
