import type { KernelConfig } from '@tensorflow/tfjs';
import { LAYER_KERNELS, type NesterovAttributes } from '../../layer-kernels.ts';
import { tf, type Tensor } from '../../tf.ts';
import type { Recorder } from '../recorder.ts';

/** One step of the optimizer on one variable. A recording is told of it, so that a graph changes the variable in place. */
export function nesterovKernel(recorder: Recorder): KernelConfig {
  return {
    kernelName: LAYER_KERNELS.nesterov,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) => {
      const { weight, velocity, gradient, rate } = inputs as Record<
        string,
        Tensor
      >;
      const { momentum, decay } = attrs as unknown as NesterovAttributes;
      return tf.tidy(() => {
        const factor = tf.scalar(momentum);
        const slope =
          decay === 0 ? gradient! : gradient!.add(weight!.mul(decay));
        const newVelocity = velocity!.mul(factor).add(slope);
        const step = slope.add(newVelocity.mul(factor)).mul(rate!);
        const newWeight = weight!.sub(step);
        const id = (tensor: Tensor): number => recorder.idOf(tensor);
        recorder.recording?.addUpdate({
          weight: id(weight!),
          velocity: id(velocity!),
          gradient: id(slope),
          rate: id(rate!),
          momentum: id(factor),
          newWeight: id(newWeight),
          newVelocity: id(newVelocity),
        });
        return [newWeight, newVelocity];
      });
    },
  };
}
