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

/**
 * 2-D convolution and its gradients with padding of any kind. The stock kernels refuse padding given as a number, and the
 * gradients padding given for each side too.
 */
export function convolutionKernels(backend: NativeBackend): KernelConfig[] {
  const attributesOf = (
    inputShape: readonly number[],
    filterShape: readonly number[],
    attributes: ConvolutionAttributes,
  ): OpAttribute[] => {
    const to = new OpAttributes(backend.binding);
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
    return [
      to.float32('T'),
      to.integers('strides', spatial(strideHeight, strideWidth)),
      to.integers('dilations', spatial(dilationHeight, dilationWidth)),
      to.text('data_format', dataFormat),
      ...paddingOf(information, dataFormat, to),
    ];
  };
  const sizes = (shape: readonly number[]): Tensor =>
    tf.tensor1d([...shape], 'int32');
  return [
    {
      kernelName: tf.Conv2D,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const { x, filter } = inputs;
        return backend.executeSingleOutput(
          'Conv2D',
          attributesOf(
            x!.shape,
            filter!.shape,
            attrs as unknown as ConvolutionAttributes,
          ),
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
        const { inputShape } = attributes;
        return tf.tidy(() =>
          backend.executeSingleOutput(
            'Conv2DBackpropInput',
            attributesOf(inputShape, filter!.shape, attributes),
            [sizes(inputShape), filter!, dy!],
          ),
        );
      },
    },
    {
      kernelName: tf.Conv2DBackpropFilter,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const { x, dy } = inputs;
        const attributes = attrs as unknown as ConvolutionAttributes;
        const { filterShape } = attributes;
        return tf.tidy(() =>
          backend.executeSingleOutput(
            'Conv2DBackpropFilter',
            attributesOf(x!.shape, filterShape, attributes),
            [x!, sizes(filterShape), dy!],
          ),
        );
      },
    },
  ];
}

/** Padding by name where a name means the same: some kernels are faster with it. */
function paddingOf(
  information: backend_util.Conv2DInfo,
  dataFormat: 'NHWC' | 'NCHW',
  to: OpAttributes,
): OpAttribute[] {
  const { padInfo, inHeight, inWidth, outHeight, outWidth } = information;
  const { top, bottom, left, right } = padInfo;
  if (top === 0 && bottom === 0 && left === 0 && right === 0) {
    return [to.text('padding', 'VALID')];
  }
  const isSame = (
    [before, after]: readonly [number, number],
    [input, output]: readonly [number, number],
    stride: number,
    extent: number,
  ): boolean => {
    const total = Math.max((output - 1) * stride + extent - input, 0);
    return (
      output === Math.ceil(input / stride) &&
      before === Math.floor(total / 2) &&
      after === total - before
    );
  };
  if (
    isSame(
      [top, bottom],
      [inHeight, outHeight],
      information.strideHeight,
      information.effectiveFilterHeight,
    ) &&
    isSame(
      [left, right],
      [inWidth, outWidth],
      information.strideWidth,
      information.effectiveFilterWidth,
    )
  ) {
    return [to.text('padding', 'SAME')];
  }
  const spatial = [top, bottom, left, right];
  return [
    to.text('padding', 'EXPLICIT'),
    to.integers(
      'explicit_paddings',
      dataFormat === 'NHWC'
        ? [0, 0, ...spatial, 0, 0]
        : [0, 0, 0, 0, ...spatial],
    ),
  ];
}
