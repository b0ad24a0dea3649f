import { tf } from './tf.ts';

/** Attributes of the stock kernels of pooling. */
interface PoolAttributes {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** All sizes of a pooling of images of a shape. */
export function poolInfo(
  shape: readonly number[],
  attributes: unknown,
): ReturnType<typeof tf.backend_util.computePool2DInfo> {
  const { filterSize, strides, pad, dimRoundingMode } =
    attributes as PoolAttributes;
  return tf.backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
}
