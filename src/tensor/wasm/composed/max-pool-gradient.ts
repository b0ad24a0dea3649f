import type { KernelConfig } from '@tensorflow/tfjs';
import { tf } from '../../tf.ts';
import { wasmBackend } from '../wasm-backend.ts';

interface PoolAttributes {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/**
 * Gradient of max pooling in plain loops: each window hands its gradient to its first largest entry. The stock kernel takes
 * the smallest positive number for the start of a maximum, so it is wrong where a window is negative.
 */
export const plainMaxPoolGradient: KernelConfig = {
  kernelName: 'MaxPoolGrad',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { dy, input } = inputs;
    const { filterSize, strides, pad, dimRoundingMode } =
      attrs as unknown as PoolAttributes;
    const info = tf.backend_util.computePool2DInfo(
      input!.shape as [number, number, number, number],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    const wasm = wasmBackend(backend);
    const output = wasm.makeOutput(input!.shape, 'float32');
    const [x, slopes, gradient] = [input!, dy!, output].map((tensor) =>
      wasm.typedArrayFromHeap(tensor),
    ) as [Float32Array, Float32Array, Float32Array];
    gradient.fill(0);
    const { inChannels } = info;
    let at = 0;
    for (let n = 0; n < info.batchSize; n++) {
      const image = n * info.inHeight * info.inWidth;
      for (let i = 0; i < info.outHeight; i++) {
        const top = i * info.strideHeight - info.padInfo.top;
        const bottom = Math.min(
          info.inHeight,
          top + info.effectiveFilterHeight,
        );
        for (let j = 0; j < info.outWidth; j++) {
          const left = j * info.strideWidth - info.padInfo.left;
          const right = Math.min(
            info.inWidth,
            left + info.effectiveFilterWidth,
          );
          for (let c = 0; c < inChannels; c++, at++) {
            let best = -1;
            for (let row = Math.max(0, top); row < bottom; row++) {
              for (let column = Math.max(0, left); column < right; column++) {
                const place =
                  (image + row * info.inWidth + column) * inChannels + c;
                if (best < 0 || x[place]! > x[best]!) best = place;
              }
            }
            if (best >= 0) gradient[best]! += slopes[at]!;
          }
        }
      }
    }
    return output;
  },
};
