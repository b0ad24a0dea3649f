import type { KernelConfig } from '@tensorflow/tfjs';
import { tf, type Tensor } from '../../tf.ts';

interface FusedAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly activation: string;
  readonly leakyreluAlpha?: number;
}

/**
 * `tf.fused.matMul` as product, bias and activation: the stock kernel is some percent off with `transposeB`, bias and relu.
 */
export const composedFusedMatMul: KernelConfig = {
  kernelName: '_FusedMatMul',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) => {
    const { a, b, bias, preluActivationWeights } = inputs as Record<
      string,
      Tensor | undefined
    >;
    const { transposeA, transposeB, activation, leakyreluAlpha } =
      attrs as unknown as FusedAttributes;
    return tf.tidy(() => {
      let product = tf.matMul(a!, b!, transposeA, transposeB);
      if (bias) product = product.add(bias);
      switch (activation) {
        case 'linear':
          return product;
        case 'relu':
          return tf.relu(product);
        case 'relu6':
          return tf.relu6(product);
        case 'elu':
          return tf.elu(product);
        case 'sigmoid':
          return tf.sigmoid(product);
        case 'leakyrelu':
          return tf.leakyRelu(product, leakyreluAlpha);
        case 'prelu':
          return tf.prelu(product, preluActivationWeights!);
        default:
          throw new Error(`There is no activation "${activation}".`);
      }
    });
  },
};
