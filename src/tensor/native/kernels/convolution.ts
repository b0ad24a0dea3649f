import type { backend_util, KernelConfig, Tensor } from '@tensorflow/tfjs';
import { tf } from '../../tf.ts';
import type { NativeBackend, OpAttribute } from '../binding.ts';
import { OpAttributes } from './op-attributes.ts';

/** What the attributes of the three stock kernels have in common. */
interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: Parameters<typeof backend_util.computeConv2DInfo>[4];
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  /** Of the gradient of the input. */
  readonly inputShape: [number, number, number, number];
  /** Of the gradient of the filter. */
  readonly filterShape: [number, number, number, number];
}

/** Zeros on the four sides: above, below, left, right. */
type Sides = readonly [number, number, number, number];

/** A convolution as its ops take it. */
interface Convolution {
  readonly attributes: readonly OpAttribute[];
  readonly padding: 'SAME' | 'VALID' | 'EXPLICIT';
  readonly sides: Sides;
}

/**
 * 2-D convolution and its gradients with padding of any kind. The stock kernels refuse padding given as a number, and the
 * gradients padding given for each side too.
 */
export function convolutionKernels(backend: NativeBackend): KernelConfig[] {
  const to = new OpAttributes(backend.binding);
  const convolution = (
    inputShape: readonly number[],
    filterShape: readonly number[],
    attributes: ConvolutionAttributes,
  ): Convolution => {
    const { strides, pad, dataFormat, dilations = 1 } = attributes;
    const information = tf.backend_util.computeConv2DInfo(
      inputShape as [number, number, number, number],
      filterShape as [number, number, number, number],
      strides,
      dilations,
      pad,
      attributes.dimRoundingMode,
      false,
      tf.backend_util.convertConv2DDataFormat(dataFormat),
    );
    const { strideHeight, strideWidth, dilationHeight, dilationWidth } =
      information;
    const spatial = (height: number, width: number): number[] =>
      dataFormat === 'NHWC' ? [1, height, width, 1] : [1, 1, height, width];
    const sides = neededSides(information);
    return {
      attributes: [
        to.float32('T'),
        to.integers('strides', spatial(strideHeight, strideWidth)),
        to.integers('dilations', spatial(dilationHeight, dilationWidth)),
        to.text('data_format', dataFormat),
      ],
      padding: nameOfPadding(information, sides),
      sides,
    };
  };
  const sizes = (shape: readonly number[]): Tensor =>
    tf.tensor1d([...shape], 'int32');
  // The ops for gradients take padding for each side too, but only by kernels that are several times slower.
  const namedPadding = ({ padding }: Convolution): OpAttribute =>
    to.text('padding', padding === 'EXPLICIT' ? 'VALID' : padding);
  return [
    {
      kernelName: tf.Conv2D,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const { x, filter } = inputs;
        const attributes = attrs as unknown as ConvolutionAttributes;
        const made = convolution(x!.shape, filter!.shape, attributes);
        const { padding, sides } = made;
        return backend.executeSingleOutput(
          'Conv2D',
          [
            ...made.attributes,
            to.text('padding', padding),
            ...(padding === 'EXPLICIT'
              ? [
                  to.integers(
                    'explicit_paddings',
                    paddings(attributes.dataFormat, sides).flat(),
                  ),
                ]
              : []),
          ],
          [x!, filter!],
        );
      },
    },
    {
      kernelName: tf.Conv2DBackpropInput,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const { dy, filter } = inputs;
        const attributes = attrs as unknown as ConvolutionAttributes;
        const { inputShape, dataFormat } = attributes;
        const made = convolution(inputShape, filter!.shape, attributes);
        const around =
          made.padding === 'EXPLICIT'
            ? paddings(dataFormat, made.sides)
            : NO_PADDINGS;
        return tf.tidy(() => {
          const padded = backend.executeSingleOutput(
            'Conv2DBackpropInput',
            [...made.attributes, namedPadding(made)],
            [
              sizes(
                inputShape.map(
                  (length, axis) =>
                    length + around[axis]![0] + around[axis]![1],
                ),
              ),
              filter!,
              dy!,
            ],
          );
          return around === NO_PADDINGS
            ? padded
            : padded.slice(
                around.map(([before]) => before),
                inputShape,
              );
        });
      },
    },
    {
      kernelName: tf.Conv2DBackpropFilter,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const { x, dy } = inputs;
        const attributes = attrs as unknown as ConvolutionAttributes;
        const { filterShape, dataFormat } = attributes;
        const made = convolution(x!.shape, filterShape, attributes);
        return tf.tidy(() =>
          backend.executeSingleOutput(
            'Conv2DBackpropFilter',
            [...made.attributes, namedPadding(made)],
            [
              made.padding === 'EXPLICIT'
                ? tf.pad(x as Tensor, paddings(dataFormat, made.sides))
                : x!,
              sizes(filterShape),
              dy!,
            ],
          ),
        );
      },
    },
  ];
}

const NO_PADDINGS: [number, number][] = [
  [0, 0],
  [0, 0],
  [0, 0],
  [0, 0],
];

/** Zeros before and after each axis. */
function paddings(
  dataFormat: 'NHWC' | 'NCHW',
  [top, bottom, left, right]: Sides,
): [number, number][] {
  const spatial: [number, number][] = [
    [top, bottom],
    [left, right],
  ];
  return dataFormat === 'NHWC'
    ? [[0, 0], ...spatial, [0, 0]]
    : [[0, 0], [0, 0], ...spatial];
}

/**
 * The padding without what no window reaches: zeros at the end that a stride of 2 leaves out would only be computed with.
 */
function neededSides(information: backend_util.Conv2DInfo): Sides {
  const { padInfo, inHeight, inWidth, outHeight, outWidth } = information;
  const after = (
    before: number,
    input: number,
    output: number,
    stride: number,
    extent: number,
  ): number => Math.max((output - 1) * stride + extent - input - before, 0);
  const { top, left } = padInfo;
  const bottom = after(
    ...[top, inHeight, outHeight, information.strideHeight],
    information.effectiveFilterHeight,
  );
  const right = after(
    ...[left, inWidth, outWidth, information.strideWidth],
    information.effectiveFilterWidth,
  );
  return [top, bottom, left, right];
}

/** The name of a padding, where a name means the same: the kernels are made for those. */
function nameOfPadding(
  information: backend_util.Conv2DInfo,
  [top, bottom, left, right]: Sides,
): 'SAME' | 'VALID' | 'EXPLICIT' {
  const { inHeight, inWidth, outHeight, outWidth } = information;
  if (top === 0 && bottom === 0 && left === 0 && right === 0) return 'VALID';
  // "SAME" puts half of what is needed before, rounded down.
  const isSame = (
    [before, after]: readonly [number, number],
    [input, output]: readonly [number, number],
    stride: number,
  ): boolean =>
    output === Math.ceil(input / stride) &&
    before === Math.floor((before + after) / 2);
  return isSame(
    [top, bottom],
    [inHeight, outHeight],
    information.strideHeight,
  ) && isSame([left, right], [inWidth, outWidth], information.strideWidth)
    ? 'SAME'
    : 'EXPLICIT';
}
