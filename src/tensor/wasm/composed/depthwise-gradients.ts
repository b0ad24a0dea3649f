import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import { depthwiseInfo } from '../depthwise-info.ts';
import { wasmBackend } from '../wasm-backend.ts';

type Info = ReturnType<typeof depthwiseInfo>;

/** Calls `visit` for each product of an entry of the input with one of the filter that is in an entry of the output. */
function eachProduct(
  info: Info,
  visit: (from: number, tap: number, to: number) => void,
): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, padInfo } = info;
  const multiplier = info.outChannels / inChannels;
  for (let n = 0; n < info.batchSize; n++)
    for (let i = 0; i < outHeight; i++)
      for (let j = 0; j < outWidth; j++)
        for (let r = 0; r < info.filterHeight; r++) {
          const y = i * info.strideHeight + r * info.dilationHeight;
          const row = y - padInfo.top;
          if (row < 0 || row >= inHeight) continue;
          for (let s = 0; s < info.filterWidth; s++) {
            const x = j * info.strideWidth + s * info.dilationWidth;
            const column = x - padInfo.left;
            if (column < 0 || column >= inWidth) continue;
            const pixel =
              ((n * inHeight + row) * inWidth + column) * inChannels;
            const tap = (r * info.filterWidth + s) * info.outChannels;
            const to = ((n * outHeight + i) * outWidth + j) * info.outChannels;
            for (let f = 0; f < info.outChannels; f++)
              visit(pixel + Math.floor(f / multiplier), tap + f, to + f);
          }
        }
}

function depthwiseGradient(
  kernelName: string,
  sizes: (
    inputs: Readonly<Record<string, TensorInfo | undefined>>,
    attributes: unknown,
  ) => Info,
  shapeOf: (info: Info) => number[],
  compute: (
    info: Info,
    gradient: Float32Array,
    operands: Readonly<Record<string, Float32Array>>,
  ) => void,
): KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const info = sizes(inputs, attrs);
      const wasm = wasmBackend(backend);
      const output = wasm.makeOutput(shapeOf(info), 'float32');
      const floats = (tensor: TensorInfo): Float32Array =>
        wasm.typedArrayFromHeap(tensor) as Float32Array;
      const gradient = floats(output);
      gradient.fill(0);
      const operands = Object.entries(inputs).map(
        ([name, tensor]) => [name, floats(tensor!)] as const,
      );
      compute(info, gradient, Object.fromEntries(operands));
      return output;
    },
  };
}

/** Both gradients of a depthwise convolution in plain loops: the stock backend has none. */
export const plainDepthwiseGradients: readonly KernelConfig[] = [
  depthwiseGradient(
    'DepthwiseConv2dNativeBackpropInput',
    ({ filter }, attributes) => {
      const { inputShape } = attributes as { inputShape: number[] };
      return depthwiseInfo(inputShape, filter!.shape, attributes);
    },
    ({ inShape }) => inShape,
    (info, gradient, { dy, filter }) => {
      eachProduct(info, (from, tap, to) => {
        gradient[from]! += dy![to]! * filter![tap]!;
      });
    },
  ),
  depthwiseGradient(
    'DepthwiseConv2dNativeBackpropFilter',
    ({ x }, attributes) => {
      const { filterShape } = attributes as { filterShape: number[] };
      return depthwiseInfo(x!.shape, filterShape, attributes);
    },
    ({ filterShape }) => filterShape,
    (info, gradient, { dy, x }) => {
      eachProduct(info, (from, tap, to) => {
        gradient[tap]! += dy![to]! * x![from]!;
      });
    },
  ),
];
