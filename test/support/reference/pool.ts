import { outputSizes, type ConvolutionSizes } from './convolution.ts';

/** Sizes of a pooling: those of a depthwise convolution. */
export type PoolSizes = Omit<ConvolutionSizes, 'filters' | 'depthwise'>;

/** Calls `visit` for each window with its place in the output and its places in the input, row by row. */
function eachWindow(
  sizes: PoolSizes,
  visit: (to: number, from: readonly number[]) => void,
): void {
  const { batch, rows, columns, channels, strides, padding } = sizes;
  const [outRows, outColumns] = outputSizes({ ...sizes, filters: 1 });
  let to = 0;
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < outRows; i++)
      for (let j = 0; j < outColumns; j++)
        for (let c = 0; c < channels; c++) {
          const from: number[] = [];
          for (let r = 0; r < sizes.filterRows; r++)
            for (let s = 0; s < sizes.filterColumns; s++) {
              const row = i * strides[0] + r - padding[0];
              const column = j * strides[1] + s - padding[2];
              if (row < 0 || row >= rows || column < 0 || column >= columns)
                continue;
              from.push(((n * rows + row) * columns + column) * channels + c);
            }
          visit(to++, from);
        }
}

/** Max and average pooling over the places of each window inside the image. */
export function poolLoops(
  x: ArrayLike<number>,
  sizes: PoolSizes,
): { readonly largest: number[]; readonly average: number[] } {
  const largest: number[] = [];
  const average: number[] = [];
  eachWindow(sizes, (to, from) => {
    const values = from.map((place) => x[place]!);
    largest[to] = Math.max(...values);
    average[to] = values.reduce((a, b) => a + b, 0) / values.length;
  });
  return { largest, average };
}

/** Gradient of max pooling: to the first largest entry of each window. */
export function maxPoolGradientLoops(
  x: ArrayLike<number>,
  slopes: ArrayLike<number>,
  sizes: PoolSizes,
): Float64Array {
  const dx = new Float64Array(x.length);
  eachWindow(sizes, (to, from) => {
    const best = from.reduce((a, b) => (x[b]! > x[a]! ? b : a));
    dx[best]! += slopes[to]!;
  });
  return dx;
}

/**
 * Gradient of average pooling over the places inside the image; with `countPadding`, over the whole window, which is the
 * classic mistake.
 */
export function averagePoolGradientLoops(
  length: number,
  slopes: ArrayLike<number>,
  sizes: PoolSizes,
  { countPadding = false } = {},
): Float64Array {
  const dx = new Float64Array(length);
  eachWindow(sizes, (to, from) => {
    const places = countPadding
      ? sizes.filterRows * sizes.filterColumns
      : from.length;
    for (const place of from) dx[place]! += slopes[to]! / places;
  });
  return dx;
}
