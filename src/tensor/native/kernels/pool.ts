import type { KernelConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs';
import { tf, type Tensor4D } from '../../tf.ts';
import {
  pad,
  paddedKernel,
  run,
  unpad,
  type Paddings,
} from './padded-kernels.ts';

/** The four stock kernels of pooling, which refuse padding that has no name. */
export function poolKernels(): KernelConfig[] {
  return [
    paddedKernel(tf.MaxPool, ({ x }, paddings, attributes) =>
      run(tf.MaxPool, { x: padForMax(x!, paddings) }, attributes),
    ),
    paddedKernel(
      tf.MaxPoolGrad,
      ({ dy, input, output }, paddings, attributes) =>
        unpad(
          run(
            tf.MaxPoolGrad,
            { dy: dy!, input: padForMax(input!, paddings), output: output! },
            attributes,
          ),
          paddings,
        ),
    ),
    paddedKernel(tf.AvgPool, ({ x }, paddings, attributes) =>
      run(tf.AvgPool, { x: pad(x!, paddings) }, attributes).div(
        shareInside(x!, paddings, attributes),
      ),
    ),
    paddedKernel(tf.AvgPoolGrad, ({ dy, input }, paddings, attributes) =>
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

/** Below everything that float32 can hold, so that no place outside of the image is ever the largest. */
const padForMax = (images: Tensor, paddings: Paddings): Tensor =>
  pad(images, paddings, -Infinity);

/** The share of each window that lies inside the image, `[1, rows, columns, 1]`: a mean is over those places alone. */
function shareInside(
  { shape: [, rows, columns] }: Tensor,
  paddings: Paddings,
  attributes: NamedAttrMap,
): Tensor {
  const inside: Tensor4D = tf.ones([1, rows!, columns!, 1]);
  return run(tf.AvgPool, { x: pad(inside, paddings) }, attributes);
}
