import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import { tf } from '../../tf.ts';
import { wasmBackend } from '../wasm-backend.ts';

type Shape5D = [number, number, number, number, number];
type Volume = ReturnType<typeof tf.backend_util.computeConv3DInfo>;

interface Attributes {
  readonly strides: [number, number, number] | number;
  readonly pad: 'valid' | 'same';
}

/** Calls `visit` with the first input, output and filter entry of each pair of a place in the output and a tap inside. */
function eachTap(
  info: Volume,
  visit: (input: number, output: number, filter: number) => void,
): void {
  const { front, top, left } = info.padInfo;
  for (let n = 0; n < info.batchSize; n++)
    for (let i = 0; i < info.outDepth; i++)
      for (let j = 0; j < info.outHeight; j++)
        for (let k = 0; k < info.outWidth; k++)
          for (let q = 0; q < info.filterDepth; q++)
            for (let r = 0; r < info.filterHeight; r++)
              for (let s = 0; s < info.filterWidth; s++) {
                const z = i * info.strideDepth + q - front;
                const y = j * info.strideHeight + r - top;
                const x = k * info.strideWidth + s - left;
                if (z < 0 || z >= info.inDepth) continue;
                if (y < 0 || y >= info.inHeight) continue;
                if (x < 0 || x >= info.inWidth) continue;
                const place =
                  ((n * info.inDepth + z) * info.inHeight + y) * info.inWidth +
                  x;
                const made =
                  ((n * info.outDepth + i) * info.outHeight + j) *
                    info.outWidth +
                  k;
                const tap = (q * info.filterHeight + r) * info.filterWidth + s;
                visit(
                  place * info.inChannels,
                  made * info.outChannels,
                  tap * info.inChannels * info.outChannels,
                );
              }
}

/** The gradients of a 3-D convolution in plain loops: those of the stock backend are wrong, with a stride or without. */
export const plainConv3DGradients: readonly KernelConfig[] = [
  {
    kernelName: 'Conv3DBackpropInputV2',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { dy, filter } = inputs;
      const { inputShape } = attrs as unknown as { inputShape: Shape5D };
      const info = infoOf(inputShape, filter!.shape, attrs);
      const [output, floats] = prepare(backend, inputShape);
      const [gradient, slopes, w] = [output, dy!, filter!].map(floats) as [
        ...[Float32Array, Float32Array, Float32Array],
      ];
      const { inChannels, outChannels } = info;
      eachTap(info, (input, made, tap) => {
        for (let c = 0; c < inChannels; c++)
          for (let f = 0; f < outChannels; f++) {
            gradient[input + c]! +=
              slopes[made + f]! * w[tap + c * outChannels + f]!;
          }
      });
      return output;
    },
  },
  {
    kernelName: 'Conv3DBackpropFilterV2',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, dy } = inputs;
      const { filterShape } = attrs as unknown as { filterShape: Shape5D };
      const info = infoOf(x!.shape, filterShape, attrs);
      const [output, floats] = prepare(backend, filterShape);
      const [gradient, slopes, images] = [output, dy!, x!].map(floats) as [
        ...[Float32Array, Float32Array, Float32Array],
      ];
      const { inChannels, outChannels } = info;
      eachTap(info, (input, made, tap) => {
        for (let c = 0; c < inChannels; c++)
          for (let f = 0; f < outChannels; f++) {
            gradient[tap + c * outChannels + f]! +=
              slopes[made + f]! * images[input + c]!;
          }
      });
      return output;
    },
  },
];

const infoOf = (
  input: readonly number[],
  filter: readonly number[],
  attributes: unknown,
): Volume => {
  const { strides, pad } = attributes as Attributes;
  return tf.backend_util.computeConv3DInfo(
    input as Shape5D,
    filter as Shape5D,
    strides,
    1,
    pad,
  );
};

/** A tensor of zeros, and how to see a tensor's numbers. */
function prepare(
  backend: unknown,
  shape: readonly number[],
): [TensorInfo, (tensor: TensorInfo) => Float32Array] {
  const wasm = wasmBackend(backend);
  const output = wasm.makeOutput(shape, 'float32');
  const floats = (tensor: TensorInfo): Float32Array =>
    wasm.typedArrayFromHeap(tensor) as Float32Array;
  floats(output).fill(0);
  return [output, floats];
}
