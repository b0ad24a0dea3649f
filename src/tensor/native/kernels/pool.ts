import type { KernelConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs';
import { tf, type Tensor4D } from '../../tf.ts';

/** Zeros before and after each axis. */
type Paddings = [number, number][];

/** The four stock kernels of pooling, which refuse padding that has no name. */
export function poolKernels(): KernelConfig[] {
  const wrap = (
    kernelName: string,
    compute: (
      inputs: Readonly<Record<string, Tensor>>,
      paddings: Paddings,
      attributes: NamedAttrMap,
    ) => Tensor,
  ): KernelConfig => {
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
  };
  return [
    wrap(tf.MaxPool, ({ x }, paddings, attributes) =>
      run(tf.MaxPool, { x: padForMax(x!, paddings) }, attributes),
    ),
    wrap(tf.MaxPoolGrad, ({ dy, input, output }, paddings, attributes) =>
      unpad(
        run(
          tf.MaxPoolGrad,
          { dy: dy!, input: padForMax(input!, paddings), output: output! },
          attributes,
        ),
        paddings,
      ),
    ),
    wrap(tf.AvgPool, ({ x }, paddings, attributes) =>
      run(tf.AvgPool, { x: pad(x!, paddings) }, attributes).div(
        shareInside(x!, paddings, attributes),
      ),
    ),
    wrap(tf.AvgPoolGrad, ({ dy, input }, paddings, attributes) =>
      unpad(
        run(
          tf.AvgPoolGrad,
          {
            dy: dy!.div(shareInside(input!, paddings, attributes)),
            input: pad(input!, paddings),
          },
          attributes,
        ),
        paddings,
      ),
    ),
  ];
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

const run = (
  kernel: string,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: NamedAttrMap,
): Tensor => tf.engine().runKernel<Tensor>(kernel, inputs, attributes);

const pad = (images: Tensor, paddings: Paddings, value = 0): Tensor =>
  tf.pad(images, paddings, value);

/** Below everything that float32 can hold, so that no place outside of the image is ever the largest. */
const padForMax = (images: Tensor, paddings: Paddings): Tensor =>
  pad(images, paddings, -Infinity);

function unpad(images: Tensor, paddings: Paddings): Tensor {
  const before = paddings.map(([above]) => above);
  const sizes = images.shape.map(
    (length, axis) => length - paddings[axis]![0] - paddings[axis]![1],
  );
  return images.slice(before, sizes);
}

/** The share of each window that lies inside the image, `[1, rows, columns, 1]`: a mean is over those places alone. */
function shareInside(
  { shape: [, rows, columns] }: Tensor,
  paddings: Paddings,
  attributes: NamedAttrMap,
): Tensor {
  const inside: Tensor4D = tf.ones([1, rows!, columns!, 1]);
  return run(tf.AvgPool, { x: pad(inside, paddings) }, attributes);
}
