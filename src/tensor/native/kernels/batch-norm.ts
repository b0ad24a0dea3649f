import type { KernelConfig } from '@tensorflow/tfjs';
import {
  LAYER_KERNELS,
  type BatchNormAttributes,
} from '../../layer-kernels.ts';
import { tf, type Tensor } from '../../tf.ts';
import type { NativeBackend, OpAttribute } from '../binding.ts';
import { OpAttributes } from './op-attributes.ts';

type Named = Readonly<Record<string, Tensor | undefined>>;

/** Batch norm through libtensorflow's fused kernels, its sum and ReLU beside them: a graph joins those where it can. */
export function batchNormKernels(backend: NativeBackend): KernelConfig[] {
  const attributesOf = (
    epsilon: number,
    isTraining: boolean,
  ): OpAttribute[] => {
    const to = new OpAttributes(backend.binding);
    return [
      to.float32('T'),
      to.float32('U'),
      to.float('epsilon', epsilon),
      to.text('data_format', 'NHWC'),
      to.boolean('is_training', isTraining),
    ];
  };
  const withTail = (
    normalised: Tensor,
    residual: Tensor | undefined,
    relu: boolean,
  ): Tensor => {
    const sum = residual ? normalised.add(residual) : normalised;
    return relu ? tf.relu(sum) : sum;
  };
  return [
    {
      kernelName: LAYER_KERNELS.batchNorm,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const { input, gamma, beta, residual } = inputs as Named;
        const { epsilon, relu } = attrs as unknown as BatchNormAttributes;
        return tf.tidy(() => {
          const none = tf.tensor1d([], 'float32');
          const [normalised, mean, variance, ...reserve] =
            backend.executeMultipleOutputs(
              'FusedBatchNormV3',
              [
                ...attributesOf(epsilon, true),
                new OpAttributes(backend.binding).float(
                  'exponential_avg_factor',
                  1,
                ),
              ],
              [input!, gamma!, beta!, none, none],
              6,
            );
          const count = input!.size / gamma!.size;
          return [
            withTail(normalised!, residual, relu),
            mean!,
            // The op yields the unbiased one.
            variance!.mul((count - 1) / count),
            ...reserve,
          ];
        });
      },
    },
    {
      kernelName: LAYER_KERNELS.batchNormGradient,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const { dy, input, output, gamma } = inputs as Named;
        const { reserve0, reserve1, reserve2 } = inputs as Named;
        const { epsilon, relu, residual } =
          attrs as unknown as BatchNormAttributes;
        const to = new OpAttributes(backend.binding);
        return tf.tidy(() => {
          const dSum = relu
            ? backend.executeSingleOutput(
                'ReluGrad',
                [to.float32('T')],
                [dy!, output!],
              )
            : dy!;
          const gradients = backend
            .executeMultipleOutputs(
              'FusedBatchNormGradV3',
              attributesOf(epsilon, true),
              [dSum, input!, gamma!, reserve0!, reserve1!, reserve2!],
              5,
            )
            .slice(0, 3);
          return residual ? [...gradients, dSum] : gradients;
        });
      },
    },
    {
      kernelName: LAYER_KERNELS.batchNormInference,
      backendName: 'tensorflow',
      kernelFunc: ({ inputs, attrs }) => {
        const { input, gamma, beta, mean, variance, residual } =
          inputs as Named;
        const { epsilon, relu } = attrs as unknown as BatchNormAttributes;
        return tf.tidy(() => {
          const [normalised] = backend.executeMultipleOutputs(
            'FusedBatchNormV3',
            attributesOf(epsilon, false),
            [input!, gamma!, beta!, mean!, variance!],
            6,
          );
          return withTail(normalised!, residual, relu);
        });
      },
    },
  ];
}
