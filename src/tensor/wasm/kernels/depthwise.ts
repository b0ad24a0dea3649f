import type { KernelConfig } from '@tensorflow/tfjs';
import { depthwiseInfo } from '../depthwise-info.ts';
import type { Heap } from './heap.ts';

type Shape4D = [number, number, number, number];

/** Sizes of a depthwise convolution, in the order in which the kernels take them. */
function depthwiseSizes(
  input: readonly number[],
  filter: readonly number[],
  attributes: unknown,
): number[] {
  const info = depthwiseInfo(input, filter, attributes);
  return [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    info.outChannels / info.inChannels,
    ...[info.outHeight, info.outWidth, info.padInfo.top, info.padInfo.left],
    ...[info.strideHeight, info.strideWidth],
    ...[info.dilationHeight, info.dilationWidth],
    ...[info.filterHeight, info.filterWidth],
  ];
}

/** Both gradients of a depthwise convolution, which the stock backend lacks. */
export function depthwiseKernels(heap: Heap): KernelConfig[] {
  return [
    {
      kernelName: 'DepthwiseConv2dNativeBackpropInput',
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) => {
        const { dy, filter } = inputs;
        const { inputShape } = attrs as unknown as { inputShape: Shape4D };
        const output = heap.output(inputShape);
        heap.kernels.depthwiseInputGradient(
          heap.address(dy!),
          heap.address(filter!),
          heap.address(output),
          ...depthwiseSizes(inputShape, filter!.shape, attrs),
        );
        return output;
      },
    },
    {
      kernelName: 'DepthwiseConv2dNativeBackpropFilter',
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) => {
        const { x, dy } = inputs;
        const { filterShape } = attrs as unknown as { filterShape: Shape4D };
        const output = heap.output(filterShape);
        heap.kernels.depthwiseFilterGradient(
          heap.address(x!),
          heap.address(dy!),
          heap.address(output),
          ...depthwiseSizes(x!.shape, filterShape, attrs),
        );
        return output;
      },
    },
  ];
}
