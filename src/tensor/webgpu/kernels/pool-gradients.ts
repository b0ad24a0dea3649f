import type { KernelConfig } from '@tensorflow/tfjs';
import { poolInfo } from '../../pool-info.ts';
import { entryProgram, webgpuBackend } from '../webgpu-backend.ts';

/**
 * Gradient of max pooling: each window hands its gradient to its first largest entry. The stock kernel takes the last one, so
 * that training would go another way than on every other backend.
 */
export const maxPoolGradient = poolGradient(
  'MaxPoolGrad',
  true,
  `
  var best = start;
  for (var row = start.x; row < end.x; row++) {
    for (var column = start.y; column < end.y; column++) {
      if (getX(batch, row, column, channel) > getX(batch, best.x, best.y, channel)) {
        best = vec2<i32>(row, column);
      }
    }
  }
  return select(0.0, slope, all(best == place));`,
);

/**
 * Gradient of average pooling: each window spreads its gradient over its places inside the image, over which the mean was
 * taken. The stock kernel divides by the whole window at borders too.
 */
export const averagePoolGradient = poolGradient(
  'AvgPoolGrad',
  false,
  `
  let places = end - start;
  return slope / f32(places.x * places.y);`,
);

/**
 * @param readsInput whether the share depends on the entries; a shader must use each tensor that it is given.
 * @param share WGSL: what a place gets of the gradient `slope` of a window that it is in, which has the places of the image from
 *   `start` to before `end`.
 */
function poolGradient(
  kernelName: string,
  readsInput: boolean,
  share: string,
): KernelConfig {
  const code = `
fn shareOf(slope : f32, place : vec2<i32>, start : vec2<i32>, end : vec2<i32>, batch : i32, channel : i32) -> f32 {
  ${share}
}

fn main(index : i32) {
  if (index < uniforms.size) {
    let coords = getCoordsFromIndex(index);
    let place = coords.yz;
    let padded = place + uniforms.before;
    let firstWindow = max((padded - uniforms.window + uniforms.strides) / uniforms.strides, vec2<i32>(0));
    let lastWindow = min(padded / uniforms.strides, uniforms.windows - 1);
    var sum = 0.0;
    for (var i = firstWindow.x; i <= lastWindow.x; i++) {
      for (var j = firstWindow.y; j <= lastWindow.y; j++) {
        let corner = vec2<i32>(i, j) * uniforms.strides - uniforms.before;
        let start = max(corner, vec2<i32>(0));
        let end = min(corner + uniforms.window, uniforms.outShape.yz);
        let slope = getDy(coords.x, i, j, coords.w);
        sum += shareOf(slope, place, start, end, coords.x, coords.w);
      }
    }
    setOutputAtIndex(index, sum);
  }
}`;
  return {
    kernelName,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dy, input } = inputs;
      const info = poolInfo(input!.shape, attrs);
      const program = entryProgram({
        name: `Penultimate${kernelName}`,
        variables: readsInput ? ['dy', 'x'] : ['dy'],
        uniforms:
          'strides : vec2<i32>, before : vec2<i32>, window : vec2<i32>, windows : vec2<i32>,',
        ...{ shape: input!.shape, code },
      });
      return webgpuBackend(backend).runWebGPUProgram(
        program,
        readsInput ? [dy!, input!] : [dy!],
        'float32',
        [
          [info.strideHeight, info.strideWidth],
          [info.padInfo.top, info.padInfo.left],
          [info.effectiveFilterHeight, info.effectiveFilterWidth],
          [info.outHeight, info.outWidth],
        ].map((data) => ({ type: 'int32' as const, data })),
      );
    },
  };
}
