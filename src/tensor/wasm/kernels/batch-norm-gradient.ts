import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import {
  LAYER_KERNELS,
  type BatchNormAttributes,
} from '../../layer-kernels.ts';
import { sizeOf } from '../../nd-array.ts';
import type { Heap } from './heap.ts';

type Named = Readonly<Record<string, TensorInfo>>;

/**
 * The gradient of batch norm in training mode, with `s` the gradient that comes through relu and n rows:
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
      const channels = input!.shape.at(-1)!;
      const rows = sizeOf(input!.shape) / channels;
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
