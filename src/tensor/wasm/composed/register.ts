import type { KernelConfig } from '@tensorflow/tfjs';
import { tf } from '../../tf.ts';
import { composedBatchNorm, composedBatchNormGradient } from './batch-norm.ts';
import { composedFilterGradient } from './convolution.ts';
import {
  composedGlobalAveragePool,
  composedGlobalAveragePoolGradient,
} from './pool.ts';
import { segmentSum } from './segment-sum.ts';
import { composedMatMul } from './mat-mul.ts';

const COMPOSED: readonly KernelConfig[] = [
  composedBatchNorm,
  composedBatchNormGradient,
  composedFilterGradient,
  composedGlobalAveragePool,
  composedGlobalAveragePoolGradient,
  segmentSum,
];

/** Registers what the stock backend lacks, as compositions of what it has. */
export function registerComposedKernels(): void {
  for (const config of COMPOSED) tf.registerKernel(config);
  replaceKernel(composedMatMul());
}

/** Registers a kernel over the stock one of that name, without the library's warning. */
export function replaceKernel(config: KernelConfig): void {
  tf.unregisterKernel(config.kernelName, config.backendName);
  tf.registerKernel(config);
}
