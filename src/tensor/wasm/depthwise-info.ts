import { tf } from '../tf.ts';

type Shape4D = [number, number, number, number];

/** Attributes of the stock kernels of depthwise convolutions. */
interface DepthwiseAttributes {
  readonly strides: [number, number] | number;
  readonly dilations: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** All sizes of a depthwise convolution of images of a shape. */
export function depthwiseInfo(
  input: readonly number[],
  filter: readonly number[],
  attributes: unknown,
): ReturnType<typeof tf.backend_util.computeConv2DInfo> {
  const { strides, dilations, pad, dimRoundingMode } =
    attributes as DepthwiseAttributes;
  return tf.backend_util.computeConv2DInfo(
    input as Shape4D,
    filter as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
}
