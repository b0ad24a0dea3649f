import type { KernelConfig } from '@tensorflow/tfjs';
import { LAYER_KERNELS } from '../../layer-kernels.ts';
import { tf, type Tensor, type Tensor3D } from '../../tf.ts';

/** Mean over rows and columns of stock kernels. */
export const composedGlobalAveragePool: KernelConfig = {
  kernelName: LAYER_KERNELS.globalAveragePool,
  backendName: 'wasm',
  kernelFunc: ({ inputs }) => {
    const input = inputs['input'] as Tensor;
    const [batch, rows, columns, channels] = input.shape as [
      number,
      number,
      number,
      number,
    ];
    return tf.tidy(() =>
      tf.mean(input.reshape([batch, rows * columns, channels]), 1),
    );
  },
};

/** Its gradient: each place gets an equal share. */
export const composedGlobalAveragePoolGradient: KernelConfig = {
  kernelName: LAYER_KERNELS.globalAveragePoolGradient,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) => {
    const dy = inputs['dy'] as Tensor;
    const [batch, rows, columns, channels] = (
      attrs as unknown as { shape: [number, number, number, number] }
    ).shape;
    return tf.tidy(() => {
      const places = rows * columns;
      const share = dy.div(places).reshape([batch, 1, channels]);
      const spread: Tensor3D = tf.ones([batch, places, channels]);
      return spread.mul(share).reshape([batch, rows, columns, channels]);
    });
  },
};
