import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import { LAYER_KERNELS, type NesterovAttributes } from '../../layer-kernels.ts';
import { entryProgram, webgpuBackend } from '../webgpu-backend.ts';

/** One step of the optimizer on one variable: first the momentum, then the weight by it. */
export const nesterovKernel: KernelConfig = {
  kernelName: LAYER_KERNELS.nesterov,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { weight, velocity, gradient, rate } = inputs as Record<
      string,
      TensorInfo
    >;
    const { momentum, decay } = attrs as unknown as NesterovAttributes;
    const step = (
      name: string,
      tensors: Readonly<Record<string, TensorInfo>>,
      value: string,
    ): TensorInfo =>
      webgpuBackend(backend).runWebGPUProgram(
        entryProgram({
          name: `PenultimateNesterov${name}`,
          variables: Object.keys(tensors),
          uniforms: 'momentum : f32, decay : f32,',
          shape: weight!.shape,
          code: `
fn main(index : i32) {
  if (index < uniforms.size) {
    let slope = gradient[index] + uniforms.decay * weight[index];
    result[index] = ${value};
  }
}`,
        }),
        Object.values(tensors),
        'float32',
        [
          { type: 'float32', data: [momentum] },
          { type: 'float32', data: [decay] },
        ],
      );
    const own = { weight: weight!, gradient: gradient! };
    const newVelocity = step(
      'Velocity',
      { ...own, velocity: velocity! },
      'uniforms.momentum * velocity[index] + slope',
    );
    const newWeight = step(
      'Weight',
      { ...own, newVelocity, rate: rate! },
      'weight[index] - rate[0] * (slope + uniforms.momentum * newVelocity[index])',
    );
    return [newWeight, newVelocity];
  },
};
