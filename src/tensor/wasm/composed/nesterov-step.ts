import type { NesterovStep } from '../../layer-kernels.ts';
import { tf } from '../../tf.ts';

/** `LayerOps.nesterovStep` of stock kernels. */
export const composedNesterovStep: NesterovStep = (
  variables,
  gradients,
  rate,
  momentum,
) => {
  tf.tidy(() => {
    variables.forEach(({ weight, velocity, decay }, index) => {
      const slope = gradients[index]!;
      const gradient = decay === 0 ? slope : slope.add(weight.mul(decay));
      const next = velocity.mul(momentum).add(gradient);
      velocity.assign(next);
      weight.assign(weight.sub(gradient.add(next.mul(momentum)).mul(rate)));
    });
  });
};
