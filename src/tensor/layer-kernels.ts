import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from './tf.ts';
import { tf } from './tf.ts';
import { uncompiled } from './compiled-step.ts';
import { explicitPadding } from './explicit-padding.ts';
import type {
  BatchNormResult,
  BatchNormTail,
  LayerOps,
  TrainedVariable,
} from './layer-ops.ts';

/**
 * Kernels that TensorFlow.js does not have and a backend registers for `LayerOps`: name -> inputs, attributes, outputs.
 * A name of its own keeps them clear of the stock kernels.
 */
export const LAYER_KERNELS = {
  /** `{input, gamma, beta, residual?}`, `{epsilon, relu}` -> `[output, mean, variance, …reserve]`: up to three tensors that a backend wants to find again in the gradient. */
  batchNorm: 'PenultimateBatchNorm',
  /** `{dy, input, output, gamma, mean, variance, reserve0?, reserve1?, reserve2?}`, `{epsilon, relu, residual}` -> `[input, gamma, beta, residual?]`: the last only with relu, else it is `dy`. */
  batchNormGradient: 'PenultimateBatchNormGradient',
  /** `{input, gamma, beta, mean, variance, residual?}`, `{epsilon, relu}` -> `[output]`. */
  batchNormInference: 'PenultimateBatchNormInference',
  /** `{input}` -> `[output]`. */
  globalAveragePool: 'PenultimateGlobalAveragePool',
  /** `{dy}`, `{shape}` -> `[input]`. */
  globalAveragePoolGradient: 'PenultimateGlobalAveragePoolGradient',
  /** `{weight, velocity, gradient, rate}`, `{momentum, decay}` -> `[weight, velocity]`, new tensors. */
  nesterov: 'PenultimateNesterov',
} as const;

/** Attributes of the batch norm kernels. */
export interface BatchNormAttributes {
  readonly epsilon: number;
  readonly relu: boolean;
  readonly residual: boolean;
}

const run = <T extends Tensor | Tensor[]>(
  kernel: string,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: object = {},
): T => tf.engine().runKernel<T>(kernel, inputs, { ...attributes });

/** Attributes of the optimizer's kernel. */
export interface NesterovAttributes {
  readonly momentum: number;
  readonly decay: number;
}

/** `LayerOps` on a backend that has registered `LAYER_KERNELS`. */
export const kernelLayers: LayerOps = {
  conv2d: (input, filter, stride, padding) =>
    tf.conv2d(input, filter, stride, explicitPadding(padding)),
  batchNormTraining,
  batchNormInference,
  globalAveragePool: (input) =>
    run<Tensor2D>(LAYER_KERNELS.globalAveragePool, { input }),
  matMul: (a, b, transposeA = false, transposeB = false) =>
    tf.matMul(a, b, transposeA, transposeB),
  nesterovStep,
  compile: uncompiled,
};

function nesterovStep(
  variables: readonly TrainedVariable[],
  gradients: readonly Tensor[],
  rate: Scalar,
  momentum: number,
): void {
  if (variables.length !== gradients.length) {
    throw new Error(
      `Internal error: ${gradients.length} gradients for ${variables.length} variables`,
    );
  }
  tf.tidy(() => {
    variables.forEach(({ weight, velocity, decay }, index) => {
      // New tensors, not a change in place: stock kernels keep packed copies of weights that they have seen.
      const [newWeight, newVelocity] = run<Tensor[]>(
        LAYER_KERNELS.nesterov,
        { weight, velocity, gradient: gradients[index]!, rate },
        { momentum, decay },
      );
      weight.assign(newWeight!);
      velocity.assign(newVelocity!);
    });
  });
}

function batchNormTraining(
  input: Tensor4D,
  gamma: Tensor1D,
  beta: Tensor1D,
  epsilon: number,
  { residual, relu }: BatchNormTail,
): BatchNormResult {
  const inputs = { input, gamma, beta, ...(residual && { residual }) };
  const attributes = { epsilon, relu, residual: residual !== undefined };
  const [output, mean, variance, ...reserve] = run<Tensor[]>(
    LAYER_KERNELS.batchNorm,
    inputs,
    attributes,
  ) as [Tensor4D, Tensor1D, Tensor1D, ...Tensor[]];
  // The gradient has saved what it needs.
  tf.dispose(reserve);
  return { output, mean, variance };
}

function batchNormInference(
  input: Tensor4D,
  gamma: Tensor1D,
  beta: Tensor1D,
  mean: Tensor1D,
  variance: Tensor1D,
  epsilon: number,
  { residual, relu }: BatchNormTail,
): Tensor4D {
  return run<Tensor4D>(
    LAYER_KERNELS.batchNormInference,
    { input, gamma, beta, mean, variance, ...(residual && { residual }) },
    { epsilon, relu, residual: residual !== undefined },
  );
}

/** Registers the gradients of `LAYER_KERNELS`, the same for every backend. Once per process. */
export function registerLayerGradients(): void {
  tf.registerGradient({
    kernelName: LAYER_KERNELS.batchNorm,
    inputsToSave: ['input', 'gamma'],
    outputsToSave: [true, true, true, true, true, true],
    gradFunc: (dys, saved, attributes) => {
      // Mean and variance are outputs for the running statistics: what arrives for them is not passed on.
      const [dy] = dys as Tensor[];
      const [input, gamma, output, mean, variance, ...reserve] = saved;
      const { relu, residual } = attributes as unknown as BatchNormAttributes;
      const [dInput, dGamma, dBeta, dSum] = run<Tensor[]>(
        LAYER_KERNELS.batchNormGradient,
        {
          dy: dy!,
          input: input!,
          gamma: gamma!,
          output: output!,
          mean: mean!,
          variance: variance!,
          ...Object.fromEntries(
            reserve.map((tensor, index) => [`reserve${index}`, tensor]),
          ),
        },
        { ...attributes, residual: relu && residual },
      );
      return {
        input: () => dInput!,
        gamma: () => dGamma!,
        beta: () => dBeta!,
        ...(residual && { residual: () => dSum ?? dy!.clone() }),
      };
    },
  });
  tf.registerGradient({
    kernelName: LAYER_KERNELS.batchNormInference,
    inputsToSave: ['input', 'gamma', 'mean', 'variance'],
    outputsToSave: [true],
    gradFunc: (dy, [input, gamma, mean, variance, output], attributes) => {
      const { epsilon, relu, residual } =
        attributes as unknown as BatchNormAttributes;
      const slope = (): Tensor =>
        relu ? (dy as Tensor).mul(tf.step(output!)) : (dy as Tensor).clone();
      const inverse = (): Tensor => tf.rsqrt(variance!.add(epsilon)); // [channels]
      const overRows = (images: Tensor): Tensor => images.sum([0, 1, 2]); // [channels]
      return {
        input: () => slope().mul(gamma!.mul(inverse())),
        gamma: () => overRows(slope().mul(input!.sub(mean!))).mul(inverse()),
        beta: () => overRows(slope()),
        ...(residual && { residual: slope }),
      };
    },
  });
  tf.registerGradient({
    kernelName: LAYER_KERNELS.globalAveragePool,
    inputsToSave: ['input'],
    gradFunc: (dy, [input]) => ({
      input: () =>
        run(
          LAYER_KERNELS.globalAveragePoolGradient,
          { dy: dy as Tensor },
          { shape: input!.shape },
        ),
    }),
  });
}
