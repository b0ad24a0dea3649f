/** Sizes of a convolution of `[batch, rows, columns, channels]` with `[filterRows, filterColumns, channels, filters]`. */
export interface ConvolutionSizes {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly filters: number;
  readonly filterRows: number;
  readonly filterColumns: number;
  /** Down and across. */
  readonly strides: readonly [number, number];
  /** Zeros above, below, left and right. */
  readonly padding: readonly [number, number, number, number];
  readonly dilation?: number;
  /** Depthwise: `filters` is the number of filters per channel. */
  readonly depthwise?: boolean;
}

/** Rows and columns of the output. */
export function outputSizes(sizes: ConvolutionSizes): [number, number] {
  const { rows, columns, filterRows, filterColumns, strides, padding } = sizes;
  const dilation = sizes.dilation ?? 1;
  const [top, bottom, left, right] = padding;
  const along = (
    length: number,
    pads: number,
    filter: number,
    stride: number,
  ): number =>
    Math.floor((length + pads - (filter - 1) * dilation - 1) / stride) + 1;
  return [
    along(rows, top + bottom, filterRows, strides[0]),
    along(columns, left + right, filterColumns, strides[1]),
  ];
}

/**
 * A convolution and both its gradients in one loop over all products `x · w` that make an output: what multiplies what is
 * written once.
 *
 * @param slopes gradient of the output; zeros if it is left out.
 */
export function convolutionLoops(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  sizes: ConvolutionSizes,
  slopes?: ArrayLike<number>,
): {
  readonly y: Float64Array;
  readonly dx: Float64Array;
  readonly dw: Float64Array;
} {
  const { batch, rows, columns, channels, filters } = sizes;
  const { filterRows, filterColumns, strides, padding } = sizes;
  const dilation = sizes.dilation ?? 1;
  const isDepthwise = sizes.depthwise === true;
  const [outRows, outColumns] = outputSizes(sizes);
  const outChannels = isDepthwise ? channels * filters : filters;
  const y = new Float64Array(batch * outRows * outColumns * outChannels);
  const dx = new Float64Array(x.length);
  const dw = new Float64Array(w.length);
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < outRows; i++)
      for (let j = 0; j < outColumns; j++)
        for (let r = 0; r < filterRows; r++)
          for (let s = 0; s < filterColumns; s++) {
            const row = i * strides[0] + r * dilation - padding[0];
            const column = j * strides[1] + s * dilation - padding[2];
            if (row < 0 || row >= rows || column < 0 || column >= columns)
              continue;
            for (let c = 0; c < channels; c++)
              for (let f = 0; f < filters; f++) {
                const from =
                  ((n * rows + row) * columns + column) * channels + c;
                const tap =
                  ((r * filterColumns + s) * channels + c) * filters + f;
                const to =
                  ((n * outRows + i) * outColumns + j) * outChannels +
                  (isDepthwise ? c * filters + f : f);
                y[to]! += x[from]! * w[tap]!;
                dx[from]! += (slopes?.[to] ?? 0) * w[tap]!;
                dw[tap]! += x[from]! * (slopes?.[to] ?? 0);
              }
          }
  return { y, dx, dw };
}
