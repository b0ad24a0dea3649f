import type { KernelConfig } from '@tensorflow/tfjs';
import { replaceKernels } from '../../replace-kernels.ts';
import {
  composedBatchNorm,
  composedBatchNormGradient,
  composedBatchNormInference,
} from './batch-norm.ts';
import { plainConv3DGradients } from './conv3d-gradients.ts';
import { composedFilterGradient } from './convolution.ts';
import { plainDepthwiseGradients } from './depthwise-gradients.ts';
import { composedFusedMatMul } from './fused-mat-mul.ts';
import { sharingIdentity } from './identity.ts';
import { composedMatMul } from './mat-mul.ts';
import { composedNesterov } from './nesterov.ts';
import {
  composedGlobalAveragePool,
  composedGlobalAveragePoolGradient,
} from './pool.ts';
import {
  plainAveragePoolGradient,
  plainMaxPoolGradient,
} from './pool-gradients.ts';
import { segmentSum } from './segment-sum.ts';

const COMPOSED: readonly KernelConfig[] = [
  composedBatchNorm,
  composedBatchNormGradient,
  composedBatchNormInference,
  composedFilterGradient,
  composedFusedMatMul,
  composedGlobalAveragePool,
  composedGlobalAveragePoolGradient,
  composedNesterov,
  ...plainConv3DGradients,
  ...plainDepthwiseGradients,
  plainAveragePoolGradient,
  plainMaxPoolGradient,
  segmentSum,
];

/** Registers what the stock backend lacks or does wrong, as compositions of what it does well. */
export function registerComposedKernels(): void {
  replaceKernels([...COMPOSED, composedMatMul(), sharingIdentity()]);
}
