import type { KernelConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs';
import { tf } from '../../tf.ts';

/** Zeros before and after each axis. */
export type Paddings = [number, number][];

/**
 * A stock kernel that takes padding as a number or for each side too, images NHWC. The stock one is left as it is for padding
 * that has a name.
 *
 * @param compute is given the zeros on each axis, and the attributes as they are once the images have been padded.
 */
export function paddedKernel(
  kernelName: string,
  compute: (
    inputs: Readonly<Record<string, Tensor>>,
    paddings: Paddings,
    attributes: NamedAttrMap,
  ) => Tensor,
): KernelConfig {
  const stock = tf.getKernel(kernelName, 'tensorflow');
  return {
    ...stock,
    kernelFunc: (params) => {
      const paddings = paddingsOf(params.attrs?.['pad']);
      if (paddings === undefined) return stock.kernelFunc(params);
      return tf.tidy(() =>
        compute(params.inputs as Record<string, Tensor>, paddings, {
          ...params.attrs,
          pad: 'valid',
        }),
      );
    },
  };
}

/** Padding given as a number or for each side; undefined where it is given by its name. */
function paddingsOf(value: unknown): Paddings | undefined {
  if (typeof value === 'number') {
    return value === 0
      ? undefined
      : [
          [0, 0],
          [value, value],
          [value, value],
          [0, 0],
        ];
  }
  return Array.isArray(value) ? (value as Paddings) : undefined;
}

/** Runs a kernel that has one output. */
export const run = (
  kernel: string,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: NamedAttrMap,
): Tensor => tf.engine().runKernel<Tensor>(kernel, inputs, attributes);

/** Images with a border of `value`. */
export const pad = (images: Tensor, paddings: Paddings, value = 0): Tensor =>
  tf.pad(images, paddings, value);

/** Images without their border. */
export function unpad(images: Tensor, paddings: Paddings): Tensor {
  const before = paddings.map(([above]) => above);
  const sizes = images.shape.map(
    (length, axis) => length - paddings[axis]![0] - paddings[axis]![1],
  );
  return images.slice(before, sizes);
}
