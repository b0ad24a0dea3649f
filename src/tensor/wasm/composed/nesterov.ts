import type { KernelConfig } from '@tensorflow/tfjs';
import { LAYER_KERNELS, type NesterovAttributes } from '../../layer-kernels.ts';
import { tf, type Tensor } from '../../tf.ts';

/** One step of the optimizer on one variable, of stock kernels. */
export const composedNesterov: KernelConfig = {
  kernelName: LAYER_KERNELS.nesterov,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) => {
    const { weight, velocity, gradient, rate } = inputs as Record<
      string,
      Tensor
    >;
    const { momentum, decay } = attrs as unknown as NesterovAttributes;
    return tf.tidy(() => {
      const slope = gradient!.add(weight!.mul(decay));
      const newVelocity = velocity!.mul(momentum).add(slope);
      const step = slope.add(newVelocity.mul(momentum)).mul(rate!);
      return [weight!.sub(step), newVelocity];
    });
  },
};
