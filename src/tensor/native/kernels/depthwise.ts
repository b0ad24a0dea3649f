import type { KernelConfig } from '@tensorflow/tfjs';
import { tf } from '../../tf.ts';
import { pad, paddedKernel, run, unpad } from './padded-kernels.ts';

/** The three stock kernels of depthwise convolution, which refuse padding given as a number. */
export function depthwiseKernels(): KernelConfig[] {
  return [
    paddedKernel(
      tf.DepthwiseConv2dNative,
      ({ x, filter }, paddings, attributes) =>
        run(
          tf.DepthwiseConv2dNative,
          { x: pad(x!, paddings), filter: filter! },
          attributes,
        ),
    ),
    paddedKernel(
      tf.DepthwiseConv2dNativeBackpropInput,
      ({ dy, filter }, paddings, attributes) =>
        unpad(
          run(
            tf.DepthwiseConv2dNativeBackpropInput,
            { dy: dy!, filter: filter! },
            {
              ...attributes,
              inputShape: (attributes['inputShape'] as number[]).map(
                (length, axis) =>
                  length + paddings[axis]![0] + paddings[axis]![1],
              ),
            },
          ),
          paddings,
        ),
    ),
    paddedKernel(
      tf.DepthwiseConv2dNativeBackpropFilter,
      ({ x, dy }, paddings, attributes) =>
        run(
          tf.DepthwiseConv2dNativeBackpropFilter,
          { x: pad(x!, paddings), dy: dy! },
          attributes,
        ),
    ),
  ];
}
