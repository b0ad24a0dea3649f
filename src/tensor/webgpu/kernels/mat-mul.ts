import type { KernelConfig } from '@tensorflow/tfjs';
import { tf, type Tensor } from '../../tf.ts';

/** The product with leading axes of length 1 repeated where the other side is longer: the stock one does so for one side only. */
export function repeatingMatMul(): KernelConfig {
  const stock = tf.getKernel('BatchMatMul', 'webgpu');
  return {
    ...stock,
    kernelFunc: (parameters) => {
      const { a, b } = parameters.inputs as { a: Tensor; b: Tensor };
      const [left, right] = [a, b].map(({ shape }) => shape.slice(0, -2)) as [
        number[],
        number[],
      ];
      const batch = tf.broadcast_util.assertAndGetBroadcastShape(left, right);
      const repeat = (matrix: Tensor): Tensor =>
        tf.broadcastTo(matrix, [...batch, ...matrix.shape.slice(-2)]);
      return tf.util.arraysEqual(left, right)
        ? stock.kernelFunc(parameters)
        : tf.tidy(
            () =>
              stock.kernelFunc({
                ...parameters,
                inputs: { a: repeat(a), b: repeat(b) },
              }) as Tensor,
          );
    },
  };
}
