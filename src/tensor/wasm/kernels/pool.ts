import type { KernelConfig } from '@tensorflow/tfjs';
import { LAYER_KERNELS } from '../../layer-kernels.ts';
import { poolInfo } from '../../pool-info.ts';
import type { Heap } from './heap.ts';

type Shape4D = [number, number, number, number];

/** Sizes of a pooling, in the order in which the kernels take them. */
function poolSizes(shape: readonly number[], attributes: unknown): number[] {
  const info = poolInfo(shape, attributes);
  return [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    ...[info.outHeight, info.outWidth, info.padInfo.top, info.padInfo.left],
    ...[info.strideHeight, info.strideWidth],
    ...[info.effectiveFilterHeight, info.effectiveFilterWidth],
  ];
}

/** Global average pooling both ways, and the gradients of pooling with windows. */
export function poolKernels(heap: Heap): KernelConfig[] {
  const backendName = 'wasm';
  return [
    {
      kernelName: LAYER_KERNELS.globalAveragePool,
      backendName,
      kernelFunc: ({ inputs }) => {
        const input = inputs['input']!;
        const [images, rows, columns, channels] = input.shape as Shape4D;
        const output = heap.output([images, channels]);
        heap.kernels.averagePlaces(
          heap.address(input),
          heap.address(output),
          images,
          rows * columns,
          channels,
        );
        return output;
      },
    },
    {
      kernelName: LAYER_KERNELS.globalAveragePoolGradient,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const { shape } = attrs as unknown as { shape: Shape4D };
        const [images, rows, columns, channels] = shape;
        const output = heap.output(shape);
        heap.kernels.spreadPlaces(
          heap.address(inputs['dy']!),
          heap.address(output),
          images,
          rows * columns,
          channels,
        );
        return output;
      },
    },
    {
      // The stock kernel takes the smallest positive number for the start of a maximum: wrong where a window is negative.
      kernelName: 'MaxPoolGrad',
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const { dy, input, output } = inputs;
        const gradient = heap.output(input!.shape);
        heap.kernels.maxPoolGradient(
          heap.address(dy!),
          heap.address(input!),
          heap.address(output!),
          heap.address(gradient),
          ...poolSizes(input!.shape, attrs),
        );
        return gradient;
      },
    },
    {
      // The stock kernel divides by the whole window where a part of it lies outside of the image.
      kernelName: 'AvgPoolGrad',
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const { dy, input } = inputs;
        const gradient = heap.output(input!.shape);
        heap.kernels.averagePoolGradient(
          heap.address(dy!),
          heap.address(gradient),
          ...poolSizes(input!.shape, attrs),
        );
        return gradient;
      },
    },
  ];
}
