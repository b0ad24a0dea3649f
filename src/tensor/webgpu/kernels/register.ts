import { replaceKernels } from '../../replace-kernels.ts';
import { batchNormKernels } from './batch-norm.ts';
import { globalPoolKernels } from './global-pool.ts';
import { repeatingMatMul } from './mat-mul.ts';
import { nesterovKernel } from './nesterov.ts';
import { averagePoolGradient, maxPoolGradient } from './pool-gradients.ts';

/** Registers shaders for the blocks of `LayerOps`, and what replaces stock kernels that compute something else. */
export function registerWebgpuKernels(): void {
  replaceKernels([
    ...batchNormKernels,
    ...globalPoolKernels,
    nesterovKernel,
    maxPoolGradient,
    averagePoolGradient,
    repeatingMatMul(),
  ]);
}
