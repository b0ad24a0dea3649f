import { Type, type Static } from '../util/type.ts';
import type { Tensor4D } from '../tensor/tf.ts';
import { neutral } from '../util/neutral.ts';
import { ModelError } from './model-error.ts';
import {
  batchNormSpecs,
  headSpecs,
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
      },
      {
        additionalProperties: false,
        default: {},
        description: 'The first convolution, 3 by 3 pixels.',
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
  readonly from: number;
  readonly to: number;
  readonly stride: number;
  readonly hasShortcut: boolean;
}

/**
 * A residual network for small images: a 3×3 convolution, post-activation blocks of two 3×3 convolutions, the mean over
 * rows and columns, a linear layer. Where a block changes the shape, its shortcut is a 1×1 convolution with batch norm.
 * Padding is one pixel of zeros on each side.
 *
 *     stem     relu(norm(conv(images)))
 *     block-n  relu(norm-2(conv-2(relu(norm-1(conv-1(x))))) + shortcut(x))
 *     pool     mean over rows and columns
 *     logits   pool W + b
 *
 * ResNet-18 for 32×32 images is `stem: { width: 64, stride: 1 }, widths: [64, 128, 256, 512], blocks: [2, 2, 2, 2]`.
 *
 * @throws {ModelError} if the lists are not equally long.
 *
 * Source: He et al. 2016, arXiv:1512.03385, with the shortcuts of its option B.
 */
export function resnet(
  settings: Static<typeof resnetSettings>,
  shape: { readonly channels: number; readonly classes: number },
): Network {
  const blocks = listBlocks(settings);
  const features = settings.widths.at(-1) ?? settings.stem.width;
  return {
    weights: [
      ...convolution('stem/conv', 3, shape.channels, settings.stem.width),
      ...batchNormSpecs('stem/norm', settings.stem.width),
      ...blocks.flatMap((block) => blockSpecs(block, settings['zero-gamma'])),
      ...headSpecs(features, shape.classes, settings['last-layer-deviation']),
    ],
    maps: ['stem', ...blocks.map(({ name }) => name)],
    features,
    classes: shape.classes,
    body(pass, images) {
      let x = convolve(pass, 'stem/conv', images, settings.stem.stride, 1);
      x = pass.normalize('stem/norm', x, { relu: true });
      pass.visit?.('stem', x);
      for (const block of blocks) {
        x = residual(pass, block, x);
        pass.visit?.(block.name, x);
      }
      return pass.layers.globalAveragePool(x);
    },
  };
}

function listBlocks(settings: Static<typeof resnetSettings>): Block[] {
  const { widths, strides, blocks } = settings;
  if (widths.length !== strides.length || widths.length !== blocks.length) {
    throw new ModelError(
      `"widths", "strides" and "blocks" of a resnet must be equally long, but have ${widths.length}, ${strides.length} and ${blocks.length} values.`,
    );
  }
  const list: Block[] = [];
  let from = settings.stem.width;
  widths.forEach((to, group) => {
    for (let index = 0; index < (blocks[group] ?? 0); index++) {
      const stride = index === 0 ? (strides[group] ?? 1) : 1;
      list.push({
        name: `block-${list.length + 1}`,
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

const blockSpecs = (
  { name, from, to, hasShortcut }: Block,
  zeroGamma: boolean,
): readonly WeightSpec[] => [
  ...convolution(`${name}/conv-1`, 3, from, to),
  ...batchNormSpecs(`${name}/norm-1`, to),
  ...convolution(`${name}/conv-2`, 3, to, to),
  ...batchNormSpecs(`${name}/norm-2`, to, zeroGamma ? 0 : 1),
  ...(hasShortcut
    ? [
        ...convolution(`${name}/shortcut-conv`, 1, from, to),
        ...batchNormSpecs(`${name}/shortcut-norm`, to),
      ]
    : []),
];

const convolve = (
  pass: Pass,
  name: string,
  input: Tensor4D,
  stride: number,
  padding: number,
): Tensor4D =>
  pass.layers.conv2d(
    input,
    pass.weight(`${name}/filter`) as Tensor4D,
    stride,
    padding,
  );

function residual(pass: Pass, block: Block, input: Tensor4D): Tensor4D {
  const { name, stride } = block;
  let shortcut = input;
  if (block.hasShortcut) {
    shortcut = convolve(pass, `${name}/shortcut-conv`, input, stride, 0);
    shortcut = pass.normalize(`${name}/shortcut-norm`, shortcut, {
      relu: false,
    });
  }
  let x = convolve(pass, `${name}/conv-1`, input, stride, 1);
  x = pass.normalize(`${name}/norm-1`, x, { relu: true });
  x = convolve(pass, `${name}/conv-2`, x, 1, 1);
  return pass.normalize(`${name}/norm-2`, x, {
    residual: shortcut,
    relu: true,
  });
}
