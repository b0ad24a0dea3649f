import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import {
  LAYER_KERNELS,
  type BatchNormAttributes,
} from '../../layer-kernels.ts';
import {
  entryProgram,
  webgpuBackend,
  type WebgpuBackend,
} from '../webgpu-backend.ts';
import { sumRows } from './row-sums.ts';

type Named = Readonly<Record<string, TensorInfo>>;

/** WGSL: the normalised input of an entry. */
const NORMALISED =
  '((x[entry] - mean[channel]) * inverseSqrt(variance[channel] + uniforms.epsilon))';

/** A result of the shape of the first input, each entry by an expression in WGSL of `entry` and `channel`. */
function entries(
  backend: WebgpuBackend,
  options: {
    readonly name: string;
    readonly inputs: Named;
    readonly value: string;
    readonly epsilon: number;
    /** `uniforms.share`, where the value has it. */
    readonly share?: number;
  },
): TensorInfo {
  const { name, inputs, value, epsilon, share = 0 } = options;
  const [{ shape }] = Object.values(inputs) as [TensorInfo];
  const program = entryProgram({
    name: `PenultimateBatchNorm${name}`,
    variables: Object.keys(inputs),
    uniforms: 'channels : i32, epsilon : f32, share : f32,',
    shape,
    code: `
fn main(entry : i32) {
  if (entry < uniforms.size) {
    let channel = entry % uniforms.channels;
    result[entry] = ${value};
  }
}`,
  });
  return backend.runWebGPUProgram(program, Object.values(inputs), 'float32', [
    { type: 'int32', data: [shape.at(-1)!] },
    { type: 'float32', data: [epsilon] },
    { type: 'float32', data: [share] },
  ]);
}

const sizesOf = ({
  shape,
}: TensorInfo): { readonly rows: number; readonly channels: number } => {
  const channels = shape.at(-1)!;
  const size = shape.reduce((product, length) => product * length, 1);
  return { rows: size / channels, channels };
};

/** Batch norm by statistics that are there, with its tail. */
function normalise(
  backend: WebgpuBackend,
  { input, gamma, beta, mean, variance, residual }: Named,
  { epsilon, relu }: BatchNormAttributes,
): TensorInfo {
  const sum = `${NORMALISED} * gamma[channel] + beta[channel]${residual ? ' + residual[entry]' : ''}`;
  return entries(backend, {
    name: `Output${residual ? 'Residual' : ''}${relu ? 'Relu' : ''}`,
    inputs: {
      ...{ x: input!, gamma: gamma!, beta: beta!, mean: mean! },
      variance: variance!,
      ...(residual && { residual }),
    },
    value: relu ? `max(${sum}, 0.0)` : sum,
    epsilon,
  });
}

/** Batch norm in training mode. */
const training: KernelConfig = {
  kernelName: LAYER_KERNELS.batchNorm,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const gpu = webgpuBackend(backend);
    const named = inputs as Named;
    const attributes = attrs as unknown as BatchNormAttributes;
    const x = named['input']!;
    const sizes = { ...sizesOf(x), epsilon: attributes.epsilon };
    const factor = 1 / sizes.rows;
    const mean = sumRows(gpu, {
      ...{ name: 'Mean', inputs: { x }, term: 'x[entry]' },
      ...{ ...sizes, factor },
    });
    // Centred first: E[x²] − E[x]² would cancel.
    const variance = sumRows(gpu, {
      ...{ name: 'Variance', inputs: { x, mean } },
      term: '(x[entry] - mean[channel]) * (x[entry] - mean[channel])',
      ...{ ...sizes, factor },
    });
    const output = normalise(gpu, { ...named, mean, variance }, attributes);
    return [output, mean, variance];
  },
};

/** Batch norm by given statistics. */
const inference: KernelConfig = {
  kernelName: LAYER_KERNELS.batchNormInference,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) =>
    normalise(
      webgpuBackend(backend),
      inputs as Named,
      attrs as unknown as BatchNormAttributes,
    ),
};

/** The gradient of batch norm in training mode. With x̂ the normalised input: `dx = scale (dy − mean(dy) − x̂ mean(dy x̂))`. */
const gradient: KernelConfig = {
  kernelName: LAYER_KERNELS.batchNormGradient,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const gpu = webgpuBackend(backend);
    const { dy, input, output, gamma, mean, variance } = inputs as Named;
    const { epsilon, relu, residual } = attrs as unknown as BatchNormAttributes;
    // A tensor of its own, since a shader is promised eight buffers only. At 0 the slope is 0, as the stock gradient has it.
    const slope = relu
      ? entries(gpu, {
          ...{ name: 'Slope', inputs: { dy: dy!, y: output! }, epsilon },
          value: 'select(0.0, dy[entry], y[entry] > 0.0)',
        })
      : dy!;
    const sizes = { ...sizesOf(input!), epsilon, factor: 1 };
    const statistics = { mean: mean!, variance: variance! };
    const dBeta = sumRows(gpu, {
      ...{ name: 'Beta', inputs: { slope }, term: 'slope[entry]' },
      ...sizes,
    });
    const dGamma = sumRows(gpu, {
      ...{ name: 'Gamma', inputs: { slope, x: input!, ...statistics } },
      ...{ term: `slope[entry] * ${NORMALISED}`, ...sizes },
    });
    const dInput = entries(gpu, {
      name: 'Input',
      inputs: {
        ...{ slope, x: input!, gamma: gamma!, ...statistics, dBeta, dGamma },
      },
      value: `(slope[entry] - (dBeta[channel] + ${NORMALISED} * dGamma[channel]) * uniforms.share)
        * gamma[channel] * inverseSqrt(variance[channel] + uniforms.epsilon)`,
      ...{ epsilon, share: 1 / sizes.rows },
    });
    if (residual) return [dInput, dGamma, dBeta, slope];
    if (slope !== dy) gpu.disposeData(slope.dataId);
    return [dInput, dGamma, dBeta];
  },
};

/** Batch norm of `LayerOps`: a handful of shaders each way, where compositions take thirty. */
export const batchNormKernels: readonly KernelConfig[] = [
  training,
  inference,
  gradient,
];
