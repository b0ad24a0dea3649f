import type { KernelConfig } from '@tensorflow/tfjs';
import {
  explicitPadding,
  type ExplicitPadding,
} from '../../explicit-padding.ts';
import { tf, type Tensor4D } from '../../tf.ts';

type Shape4D = [number, number, number, number];

/** Attributes of the stock kernel `Conv2DBackpropFilter`. */
interface FilterGradientAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: Shape4D;
}

/**
 * The filter gradient of a convolution as a convolution: channels of the input become its batch, examples become its
 * channels, and the stride becomes its dilation.
 */
export const composedFilterGradient: KernelConfig = {
  kernelName: 'Conv2DBackpropFilter',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) => {
    const { x, dy } = inputs as { x: Tensor4D; dy: Tensor4D };
    const { strides, pad, dimRoundingMode, filterShape } =
      attrs as unknown as FilterGradientAttributes;
    const { padInfo } = tf.backend_util.computeConv2DInfo(
      x.shape,
      filterShape,
      strides,
      1,
      typeof pad === 'number' ? explicitPadding(pad) : pad,
      dimRoundingMode,
    );
    const [filterRows, filterColumns, channels, filters] = filterShape;
    return tf.tidy(() => {
      const gradient = tf.conv2d(
        tf.transpose(x, [3, 1, 2, 0]), // [in, rows, columns, batch]
        tf.transpose(dy, [1, 2, 0, 3]), // [outRows, outColumns, batch, out]
        1,
        [
          [0, 0],
          [padInfo.top, padInfo.bottom],
          [padInfo.left, padInfo.right],
          [0, 0],
        ],
        'NHWC',
        strides,
      ); // [in, ≥ filterRows, ≥ filterColumns, out]
      // Where the stride does not divide, the last rows of the input met no filter and make extra rows here.
      return gradient
        .slice([0, 0, 0, 0], [channels, filterRows, filterColumns, filters])
        .transpose([1, 2, 0, 3]); // [filterRows, filterColumns, in, out]
    });
  },
};
