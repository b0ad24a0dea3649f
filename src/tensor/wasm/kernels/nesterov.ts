import type { KernelConfig } from '@tensorflow/tfjs';
import { LAYER_KERNELS, type NesterovAttributes } from '../../layer-kernels.ts';
import { sizeOf } from '../../nd-array.ts';
import type { Heap } from './heap.ts';

/** One step of the optimizer on one variable. */
export function nesterovKernel(heap: Heap): KernelConfig {
  return {
    kernelName: LAYER_KERNELS.nesterov,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { weight, velocity, gradient, rate } = inputs;
      const { momentum, decay } = attrs as unknown as NesterovAttributes;
      const newWeight = heap.output(weight!.shape);
      const newVelocity = heap.output(weight!.shape);
      const [rateNow] = heap.floats(heap.address(rate!), 1);
      heap.kernels.nesterov(
        heap.address(weight!),
        heap.address(velocity!),
        heap.address(gradient!),
        heap.address(newWeight),
        heap.address(newVelocity),
        sizeOf(weight!.shape),
        ...[rateNow!, momentum, decay],
      );
      return [newWeight, newVelocity];
    },
  };
}
