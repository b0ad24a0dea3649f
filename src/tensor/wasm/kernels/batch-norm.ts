import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import {
  LAYER_KERNELS,
  type BatchNormAttributes,
} from '../../layer-kernels.ts';
import { sizeOf } from '../../nd-array.ts';
import type { Heap } from './heap.ts';

type Inputs = Readonly<Record<string, TensorInfo | undefined>>;

/** Output by given statistics: one pass. */
function normalize(
  heap: Heap,
  inputs: Inputs,
  statistics: { readonly mean: TensorInfo; readonly variance: TensorInfo },
  { epsilon, relu }: BatchNormAttributes,
): TensorInfo {
  const { input, gamma, beta, residual } = inputs;
  const { mean, variance } = statistics;
  const channels = input!.shape.at(-1)!;
  const output = heap.output(input!.shape);
  const [scale] = heap.room(channels);
  const scales = heap.floats(scale!, channels);
  const gammas = heap.floats(heap.address(gamma!), channels);
  const variances = heap.floats(heap.address(variance), channels);
  for (let c = 0; c < channels; c++) {
    scales[c] = gammas[c]! / Math.sqrt(variances[c]! + epsilon);
  }
  heap.kernels.normalize(
    heap.address(input!),
    heap.address(mean),
    scale!,
    heap.address(beta!),
    residual ? heap.address(residual) : 0,
    heap.address(output),
    sizeOf(input!.shape) / channels,
    channels,
    relu ? 1 : 0,
  );
  return output;
}

/** Batch norm in training mode: one pass for the statistics, one for the rest. */
export function batchNormKernel(heap: Heap): KernelConfig {
  return {
    kernelName: LAYER_KERNELS.batchNorm,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const input = inputs['input']!;
      const channels = input.shape.at(-1)!;
      const mean = heap.output([channels]);
      const variance = heap.output([channels]);
      heap.kernels.moments(
        heap.address(input),
        heap.address(mean),
        heap.address(variance),
        sizeOf(input.shape) / channels,
        channels,
      );
      const attributes = attrs as unknown as BatchNormAttributes;
      const output = normalize(heap, inputs, { mean, variance }, attributes);
      return [output, mean, variance];
    },
  };
}

/** Batch norm by given statistics. */
export function batchNormInferenceKernel(heap: Heap): KernelConfig {
  return {
    kernelName: LAYER_KERNELS.batchNormInference,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const attributes = attrs as unknown as BatchNormAttributes;
      const { mean, variance } = inputs;
      const statistics = { mean: mean!, variance: variance! };
      return normalize(heap, inputs, statistics, attributes);
    },
  };
}
