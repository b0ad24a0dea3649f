import type { KernelConfig } from '@tensorflow/tfjs';
import { LAYER_KERNELS } from '../../layer-kernels.ts';
import { tf, type Tensor } from '../../tf.ts';

/** The mean over rows and columns, and its gradient. */
export const globalPoolKernels: readonly KernelConfig[] = [
  {
    kernelName: LAYER_KERNELS.globalAveragePool,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs }) => tf.mean(inputs['input'] as Tensor, [1, 2]),
  },
  {
    kernelName: LAYER_KERNELS.globalAveragePoolGradient,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) => {
      const { shape } = attrs as unknown as { readonly shape: number[] };
      const [batch, rows, columns, channels] = shape as [
        ...[number, number, number, number],
      ];
      return tf.tidy(() =>
        (inputs['dy'] as Tensor)
          .div(rows * columns)
          .reshape([batch, 1, 1, channels])
          .tile([1, rows, columns, 1]),
      );
    },
  },
];
