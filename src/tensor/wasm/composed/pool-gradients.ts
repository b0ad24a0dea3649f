import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import { poolInfo } from '../../pool-info.ts';
import { wasmBackend } from '../wasm-backend.ts';

/**
 * Gradient of max pooling in plain loops: each window hands its gradient to its first largest entry. The stock kernel takes
 * the smallest positive number for the start of a maximum, so it is wrong where a window is negative.
 */
export const plainMaxPoolGradient = poolGradient(
  'MaxPoolGrad',
  (x, gradient, slope, places) => {
    let best = places[0]!;
    for (const place of places) if (x[place]! > x[best]!) best = place;
    gradient[best]! += slope;
  },
);

/**
 * Gradient of average pooling in plain loops: each window spreads its gradient over its places inside the image, over which
 * the mean was taken. The stock kernel divides by the whole window at borders too.
 */
export const plainAveragePoolGradient = poolGradient(
  'AvgPoolGrad',
  (_, gradient, slope, places) => {
    for (const place of places) gradient[place]! += slope / places.length;
  },
);

/** Hands out the gradient of one window: `places` are its entries inside the image, row by row, at least one. */
type HandOut = (
  x: Float32Array,
  gradient: Float32Array,
  slope: number,
  places: readonly number[],
) => void;

function poolGradient(kernelName: string, handOut: HandOut): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dy, input } = inputs;
      const info = poolInfo(input!.shape, attrs);
      const wasm = wasmBackend(backend);
      const output = wasm.makeOutput(input!.shape, 'float32');
      const floats = (tensor: TensorInfo): Float32Array =>
        wasm.typedArrayFromHeap(tensor) as Float32Array;
      const [x, slopes, gradient] = [input!, dy!, output].map(floats) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
      gradient.fill(0);
      const { inHeight, inWidth, inChannels, padInfo } = info;
      const inside = (
        first: number,
        window: number,
        length: number,
      ): number[] =>
        Array.from({ length: window }, (_, i) => first + i).filter(
          (place) => place >= 0 && place < length,
        );
      let at = 0;
      for (let n = 0; n < info.batchSize; n++)
        for (let i = 0; i < info.outHeight; i++) {
          const top = i * info.strideHeight - padInfo.top;
          const rows = inside(top, info.effectiveFilterHeight, inHeight);
          for (let j = 0; j < info.outWidth; j++) {
            const left = j * info.strideWidth - padInfo.left;
            const columns = inside(left, info.effectiveFilterWidth, inWidth);
            const pixels = rows.flatMap((row) =>
              columns.map((column) => (n * inHeight + row) * inWidth + column),
            );
            for (let c = 0; c < inChannels; c++) {
              const places = pixels.map((pixel) => pixel * inChannels + c);
              const slope = slopes[at++]!;
              if (places.length > 0) handOut(x, gradient, slope, places);
            }
          }
        }
      return output;
    },
  };
}
