import type { CompiledStep, StepTensors } from './compiled-step.ts';
import type {
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor4D,
  Variable,
} from './tf.ts';

/** What batch norm does after normalising: `output = relu(normalised + residual)`, each part optional. */
export interface BatchNormTail {
  /** Same shape as the input; receives the gradient too. */
  readonly residual?: Tensor4D | undefined;
  readonly relu: boolean;
}

/** Batch norm in training mode. */
export interface BatchNormResult {
  readonly output: Tensor4D;
  /** Batch mean, `[channels]`; no gradient flows through it. */
  readonly mean: Tensor1D;
  /** Biased batch variance, `[channels]`; no gradient flows through it. */
  readonly variance: Tensor1D;
}

/** One trained array with its optimizer slot. Both are replaced by an update; read them anew after it. */
export interface TrainedVariable {
  readonly weight: Variable;
  /** Momentum, same shape; zeros at the start. */
  readonly velocity: Variable;
  /** Coefficient of `1/2 ‖weight‖²` in the objective; 0 for biases and batch norm. */
  readonly decay: number;
}

/**
 * The blocks that networks are made of, each backend in its own way (fused kernels, graph ops, compositions). All are
 * differentiable through `tf.grads` and friends unless said otherwise; images are NHWC, float32.
 */
export interface LayerOps {
  /**
   * 2-D convolution without bias.
   *
   * @param input `[batch, rows, columns, in]`
   * @param filter `[filterRows, filterColumns, in, out]`
   * @param stride in both directions, ≥ 1
   * @param padding zeros on each of the four sides, as PyTorch's `padding=`; TensorFlow's `same` differs from it for even
   *   sizes and stride 2.
   * @returns `[batch, ⌊(rows + 2·padding − filterRows) / stride⌋ + 1, …, out]`
   */
  conv2d(
    input: Tensor4D,
    filter: Tensor4D,
    stride: number,
    padding: number,
  ): Tensor4D;

  /**
   * Batch norm by the statistics of the batch: `gamma (x − mean) / sqrt(variance + epsilon) + beta`, then the tail.
   * Mean and biased variance are taken over batch, rows and columns.
   */
  batchNormTraining(
    input: Tensor4D,
    gamma: Tensor1D,
    beta: Tensor1D,
    epsilon: number,
    tail: BatchNormTail,
  ): BatchNormResult;

  /** Batch norm by given statistics, then the tail. Differentiable in `input`, `gamma`, `beta`, `residual`. */
  batchNormInference(
    input: Tensor4D,
    gamma: Tensor1D,
    beta: Tensor1D,
    mean: Tensor1D,
    variance: Tensor1D,
    epsilon: number,
    tail: BatchNormTail,
  ): Tensor4D;

  /** `[batch, rows, columns, channels]` -> mean over rows and columns, `[batch, channels]`. */
  globalAveragePool(input: Tensor4D): Tensor2D;

  /**
   * Matrix product with either side transposed, at the speed of the untransposed one.
   * `a` is `[n, k]` (`[k, n]` if `transposeA`), `b` is `[k, m]` (`[m, k]` if `transposeB`).
   */
  matMul(
    a: Tensor2D,
    b: Tensor2D,
    transposeA?: boolean,
    transposeB?: boolean,
  ): Tensor2D;

  /**
   * One step of SGD with Nesterov momentum, on all variables at once; not differentiable:
   *
   *     g = gradient + decay · weight;  v = momentum · v + g;  weight −= rate · (g + momentum · v)
   *
   * as PyTorch, TF1 and TensorFlow.js (Keras differs while the rate changes).
   *
   * @param rate a tensor, so that a compiled step can be given another one.
   */
  nesterovStep(
    variables: readonly TrainedVariable[],
    gradients: readonly Tensor[],
    rate: Scalar,
    momentum: number,
  ): void;

  /**
   * Makes a step fast that is taken many times. Some backends record one call and replay it, once for each set of input
   * shapes. So the step must be a function of its inputs and its state alone, with the same operations at each call: rates,
   * masks and random numbers come in as inputs, and no value is read inside.
   *
   * @param step disposes what it makes but for what it returns, and may `assign` to variables of the state.
   * @param state every variable that the step reads or changes. From the first run on, the compiled step alone may
   *   change them.
   */
  compile<
    Inputs extends StepTensors<Inputs>,
    Outputs extends StepTensors<Outputs>,
  >(
    step: (inputs: Inputs) => Outputs,
    state: readonly Variable[],
  ): CompiledStep<Inputs, Outputs>;
}
