import type { KernelConfig } from '@tensorflow/tfjs';
import {
  LAYER_KERNELS,
  type BatchNormAttributes,
} from '../../layer-kernels.ts';
import { tf, type Tensor, type Tensor2D, type Tensor4D } from '../../tf.ts';

type Named = Readonly<Record<string, Tensor>>;

/** Sum over all rows, `[1, columns]`: a product with ones, since the stock `Sum` is slow along leading axes. */
function columnSums(matrix: Tensor2D): Tensor2D {
  const ones: Tensor2D = tf.ones([1, matrix.shape[0]]);
  return tf.matMul(ones, matrix);
}

const asMatrix = (images: Tensor): Tensor2D =>
  images.reshape([-1, images.shape.at(-1)!]);

/** Batch norm in training mode of stock kernels. */
export const composedBatchNorm: KernelConfig = {
  kernelName: LAYER_KERNELS.batchNorm,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) => {
    const { input, gamma, beta, residual } = inputs as Named;
    const { epsilon, relu } = attrs as unknown as BatchNormAttributes;
    return tf.tidy(() => {
      const matrix = asMatrix(input!); // [rows, channels]
      const rows = matrix.shape[0];
      const mean = columnSums(matrix).div(rows);
      const centred: Tensor2D = matrix.sub(mean);
      const variance = columnSums(centred.square()).div(rows);
      const scale = gamma!.mul(tf.rsqrt(variance.add(epsilon)));
      let output = centred.mul(scale).add(beta!).reshape(input!.shape);
      if (residual) output = output.add(residual);
      if (relu) output = tf.relu(output);
      return [output, mean.flatten(), variance.flatten()];
    });
  },
};

/** Batch norm by given statistics, of stock kernels. */
export const composedBatchNormInference: KernelConfig = {
  kernelName: LAYER_KERNELS.batchNormInference,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) => {
    const { input, gamma, beta, mean, variance, residual } = inputs as Named;
    const { epsilon, relu } = attrs as unknown as BatchNormAttributes;
    return tf.tidy(() => {
      const scale = gamma!.mul(tf.rsqrt(variance!.add(epsilon))); // [channels]
      let output = input!.sub(mean!).mul(scale).add(beta!);
      if (residual) output = output.add(residual);
      return relu ? tf.relu(output) : output;
    });
  },
};

/** The gradient of batch norm in training mode. With x̂ the normalised input: `dx = scale (dy − mean(dy) − x̂ mean(dy x̂))`. */
export const composedBatchNormGradient: KernelConfig = {
  kernelName: LAYER_KERNELS.batchNormGradient,
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs }) => {
    const { dy, input, output, gamma, mean, variance } = inputs as Named;
    const { epsilon, relu, residual } = attrs as unknown as BatchNormAttributes;
    return tf.tidy(() => {
      // At 0 the slope is 0, as the stock gradient of relu has it.
      const dSum = (relu ? dy!.mul(tf.step(output!)) : dy!) as Tensor4D;
      const slope = asMatrix(dSum); // [rows, channels]
      const rows = slope.shape[0];
      const inverse = tf.rsqrt(variance!.add(epsilon)); // [channels]
      const normalised = asMatrix(input!).sub(mean!).mul(inverse);
      const dBeta = columnSums(slope); // [1, channels]
      const dGamma = columnSums(slope.mul(normalised)); // [1, channels]
      const dInput = slope
        .sub(dBeta.div(rows))
        .sub(normalised.mul(dGamma.div(rows)))
        .mul(inverse.mul(gamma!));
      const gradients = [
        dInput.reshape(input!.shape),
        dGamma.flatten(),
        dBeta.flatten(),
      ];
      return residual ? [...gradients, dSum] : gradients;
    });
  },
};
