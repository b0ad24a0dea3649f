import { replaceKernels } from '../../replace-kernels.ts';
import { batchNormInferenceKernel, batchNormKernel } from './batch-norm.ts';
import { batchNormGradientKernel } from './batch-norm-gradient.ts';
import { convolutionKernels } from './convolution.ts';
import { depthwiseKernels } from './depthwise.ts';
import type { Heap } from './heap.ts';
import { matMulKernel } from './mat-mul.ts';
import { nesterovKernel } from './nesterov.ts';
import { poolKernels } from './pool.ts';

/** Registers our SIMD kernels over stock kernels and compositions. */
export function registerOwnKernels(heap: Heap): void {
  replaceKernels([
    ...convolutionKernels(heap),
    ...depthwiseKernels(heap),
    ...poolKernels(heap),
    batchNormKernel(heap),
    batchNormGradientKernel(heap),
    batchNormInferenceKernel(heap),
    matMulKernel(heap),
    nesterovKernel(heap),
  ]);
}
