import type { KernelConfig } from '@tensorflow/tfjs';
import { tf, type Tensor } from '../../tf.ts';

const swapLast = (matrix: Tensor): Tensor => {
  const axes = matrix.shape.map((_, axis) => axis);
  const last = axes.splice(-2).reverse();
  return tf.transpose(matrix, [...axes, ...last]);
};

/** Repeats leading axes of length 1: the stock product does so for one side only. */
const repeat = (matrix: Tensor, batch: readonly number[]): Tensor => {
  const shape = [...batch, ...matrix.shape.slice(-2)];
  return matrix.shape.length === shape.length &&
    matrix.shape.every((length, axis) => length === shape[axis])
    ? matrix
    : tf.broadcastTo(matrix, shape);
};

/** The stock product is a scalar loop wherever a side is transposed; transposing first is several times faster. */
export function composedMatMul(): KernelConfig {
  const stock = tf.getKernel('BatchMatMul', 'wasm');
  return {
    ...stock,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { a, b } = inputs as { a: Tensor; b: Tensor };
      const { transposeA, transposeB } = attrs as unknown as {
        transposeA: boolean;
        transposeB: boolean;
      };
      const batch = tf.broadcast_util.assertAndGetBroadcastShape(
        a.shape.slice(0, -2),
        b.shape.slice(0, -2),
      );
      return tf.tidy(
        () =>
          stock.kernelFunc({
            inputs: {
              a: repeat(transposeA ? swapLast(a) : a, batch),
              b: repeat(transposeB ? swapLast(b) : b, batch),
            },
            attrs: { transposeA: false, transposeB: false },
            backend,
          }) as Tensor,
      );
    },
  };
}
