import type { KernelConfig } from '@tensorflow/tfjs';
import { LAYER_KERNELS } from '../../layer-kernels.ts';
import { entryProgram, webgpuBackend } from '../webgpu-backend.ts';

/** Mean over rows and columns. */
const mean: KernelConfig = {
  kernelName: LAYER_KERNELS.globalAveragePool,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, backend }) => {
    const x = inputs['input']!;
    const [batch, , , channels] = x.shape as [number, number, number, number];
    const program = entryProgram({
      name: LAYER_KERNELS.globalAveragePool,
      ...{ variables: ['x'], uniforms: '', shape: [batch, channels] },
      code: `
fn main(index : i32) {
  if (index < uniforms.size) {
    let channels = uniforms.xShape.w;
    let places = uniforms.xShape.y * uniforms.xShape.z;
    let first = index / channels * places * channels + index % channels;
    var sum = 0.0;
    for (var place = 0; place < places; place++) {
      sum += x[first + place * channels];
    }
    result[index] = sum / f32(places);
  }
}`,
    });
    return webgpuBackend(backend).runWebGPUProgram(program, [x], 'float32');
  },
};

/** Its gradient: each place gets an equal share. */
const gradient: KernelConfig = {
  kernelName: LAYER_KERNELS.globalAveragePoolGradient,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { shape } = attrs as unknown as { shape: number[] };
    const program = entryProgram({
      name: LAYER_KERNELS.globalAveragePoolGradient,
      ...{ variables: ['dy'], uniforms: '', shape },
      code: `
fn main(index : i32) {
  if (index < uniforms.size) {
    let channels = uniforms.outShape.w;
    let places = uniforms.outShape.y * uniforms.outShape.z;
    let example = index / (places * channels);
    result[index] = dy[example * channels + index % channels] / f32(places);
  }
}`,
    });
    const dy = inputs['dy']!;
    return webgpuBackend(backend).runWebGPUProgram(program, [dy], 'float32');
  },
};

/** The global average of `LayerOps`. */
export const globalPoolKernels: readonly KernelConfig[] = [mean, gradient];
