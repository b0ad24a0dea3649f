import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import {
  LAYER_KERNELS,
  type BatchNormAttributes,
} from '../../layer-kernels.ts';
import { sizeOf } from '../../nd-array.ts';
import type { Heap } from './heap.ts';

type Named = Readonly<Record<string, TensorInfo>>;

const channelsOf = ({ shape }: TensorInfo): number => shape.at(-1)!;
const rowsOf = (tensor: TensorInfo): number =>
  sizeOf(tensor.shape.slice(0, -1));

/** Batch norm in training mode: one pass for the statistics, one for the rest. */
export function batchNormKernel(heap: Heap): KernelConfig {
  return {
    kernelName: LAYER_KERNELS.batchNorm,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { input, gamma, beta } = inputs as Named;
      const { residual } = inputs;
      const { epsilon, relu } = attrs as unknown as BatchNormAttributes;
      const rows = rowsOf(input!);
      const channels = channelsOf(input!);
      const output = heap.output(input!.shape);
      const mean = heap.output([channels]);
      const variance = heap.output([channels]);
      const [scale] = heap.room(channels);
      heap.kernels.moments(
        heap.address(input!),
        heap.address(mean),
        heap.address(variance),
        rows,
        channels,
      );
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
        rows,
        channels,
        relu ? 1 : 0,
      );
      return [output, mean, variance];
    },
  };
}

/**
 * Its gradient, with `s` the gradient that comes through relu and n rows:
 *
 *     dBeta = Σ s;  dGamma = Σ s x̂;  dInput = gamma / σ · (s − dBeta / n − x̂ dGamma / n);  x̂ = (x − mean) / σ
 */
export function batchNormGradientKernel(heap: Heap): KernelConfig {
  return {
    kernelName: LAYER_KERNELS.batchNormGradient,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { dy, input, output, gamma, mean, variance } = inputs as Named;
      const { epsilon, relu, residual } =
        attrs as unknown as BatchNormAttributes;
      const rows = rowsOf(input!);
      const channels = channelsOf(input!);
      const dInput = heap.output(input!.shape);
      const dGamma = heap.output([channels]);
      const dBeta = heap.output([channels]);
      const dResidual = residual ? heap.output(input!.shape) : undefined;
      const [products, scale, constant, factor] = heap.room(
        ...[channels, channels, channels, channels],
      );
      heap.kernels.normalizeSums(
        heap.address(dy!),
        heap.address(input!),
        relu ? heap.address(output!) : 0,
        heap.address(mean!),
        dResidual ? heap.address(dResidual) : 0,
        heap.address(dBeta),
        products!,
        rows,
        channels,
      );
      const floats = (address: number): Float32Array =>
        heap.floats(address, channels);
      const sums = floats(heap.address(dBeta));
      const centredProducts = floats(products!);
      const gammas = floats(heap.address(gamma!));
      const variances = floats(heap.address(variance!));
      const dGammas = floats(heap.address(dGamma));
      const [scales, constants, factors] = [scale!, constant!, factor!].map(
        floats,
      ) as [Float32Array, Float32Array, Float32Array];
      for (let c = 0; c < channels; c++) {
        const inverse = 1 / Math.sqrt(variances[c]! + epsilon);
        const slope = gammas[c]! * inverse;
        dGammas[c] = centredProducts[c]! * inverse;
        scales[c] = slope;
        constants[c] = (slope * sums[c]!) / rows;
        factors[c] = (slope * inverse * inverse * centredProducts[c]!) / rows;
      }
      // Once the slope has been written down, relu needs no second look.
      heap.kernels.normalizeGradient(
        heap.address(dResidual ?? dy!),
        heap.address(input!),
        relu && !dResidual ? heap.address(output!) : 0,
        heap.address(mean!),
        scale!,
        constant!,
        factor!,
        heap.address(dInput),
        rows,
        channels,
      );
      const gradients = [dInput, dGamma, dBeta];
      return dResidual ? [...gradients, dResidual] : gradients;
    },
  };
}
