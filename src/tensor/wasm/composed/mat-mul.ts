import type { KernelConfig } from '@tensorflow/tfjs';
import { tf, type Tensor } from '../../tf.ts';

const swapLast = (matrix: Tensor): Tensor => {
  const axes = matrix.shape.map((_, axis) => axis);
  const last = axes.splice(-2).reverse();
  return tf.transpose(matrix, [...axes, ...last]);
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
      return tf.tidy(
        () =>
          stock.kernelFunc({
            inputs: {
              a: transposeA ? swapLast(a) : a,
              b: transposeB ? swapLast(b) : b,
            },
            attrs: { transposeA: false, transposeB: false },
            backend,
          }) as Tensor,
      );
    },
  };
}
