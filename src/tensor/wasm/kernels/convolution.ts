import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs';
import { tf } from '../../tf.ts';
import {
  explicitPadding,
  type ExplicitPadding,
} from '../../explicit-padding.ts';
import { roundUp, type Heap } from './heap.ts';
import { chooseTiling, type TiledCorrelation, type Tiling } from './tiles.ts';
import { correlateTiles, filterGradientTiles } from './winograd.ts';

type Shape4D = [number, number, number, number];
type ConvolutionInfo = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | ExplicitPadding;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Bytes of input and gradient that one round of the filter gradient works on: they stay in the second-level cache. */
const CHUNK_BYTES = 262144;

/** Convolution and its two gradients. What they do not cover (dilation, channels first) goes to the stock kernels. */
export function convolutionKernels(heap: Heap): KernelConfig[] {
  return [
    withFallback('Conv2D', ({ x, filter }, attributes) =>
      convolve(heap, x!, filter!, infoOf(x!.shape, filter!.shape, attributes)),
    ),
    withFallback('Conv2DBackpropInput', ({ dy, filter }, attributes) => {
      const { inputShape } = attributes as { inputShape?: number[] };
      const info = infoOf(inputShape!, filter!.shape, attributes);
      return inputGradient(heap, dy!, filter!, info);
    }),
    withFallback('Conv2DBackpropFilter', ({ x, dy }, attributes) => {
      const { filterShape } = attributes as { filterShape?: number[] };
      const info = infoOf(x!.shape, filterShape!, attributes);
      return filterGradient(heap, x!, dy!, info);
    }),
  ];
}

type Inputs = Readonly<Record<string, TensorInfo | undefined>>;

function withFallback(
  kernelName: string,
  compute: (inputs: Inputs, attributes: ConvolutionAttributes) => TensorInfo,
): KernelConfig {
  const other = tf.getKernel(kernelName, 'wasm');
  return {
    ...other,
    kernelFunc: (parameters) => {
      const attributes = parameters.attrs as unknown as ConvolutionAttributes;
      const isPlain =
        attributes.dataFormat === 'NHWC' &&
        [attributes.dilations ?? 1].flat().every((dilation) => dilation === 1);
      return isPlain
        ? compute(parameters.inputs, attributes)
        : other.kernelFunc(parameters);
    },
  };
}

const infoOf = (
  input: readonly number[],
  filter: readonly number[],
  { strides, pad, dimRoundingMode }: ConvolutionAttributes,
): ConvolutionInfo =>
  tf.backend_util.computeConv2DInfo(
    input as Shape4D,
    filter as Shape4D,
    strides,
    1,
    // With a number the library takes the filter for square and both strides for equal.
    typeof pad === 'number' ? explicitPadding(pad) : pad,
    dimRoundingMode,
  );

/** The forward pass as a correlation that tiles could do; else undefined. */
function tileable(info: ConvolutionInfo): TiledCorrelation | undefined {
  const isSquare = info.filterHeight === 3 && info.filterWidth === 3;
  const steps = info.strideHeight * info.strideWidth;
  if (!isSquare || steps !== 1) return undefined;
  return {
    images: info.batchSize,
    rows: info.inHeight,
    columns: info.inWidth,
    channels: info.inChannels,
    outRows: info.outHeight,
    outColumns: info.outWidth,
    filters: info.outChannels,
    top: info.padInfo.top,
    left: info.padInfo.left,
  };
}

/** The gradient of its input as such a correlation. */
const turned = (sizes: TiledCorrelation): TiledCorrelation => ({
  images: sizes.images,
  rows: sizes.outRows,
  columns: sizes.outColumns,
  channels: sizes.filters,
  outRows: sizes.rows,
  outColumns: sizes.columns,
  filters: sizes.channels,
  top: 2 - sizes.top,
  left: 2 - sizes.left,
});

/** A correlation with the tiles that do it faster than the direct kernels; undefined where none do. */
function tiled(
  heap: Heap,
  sizes: TiledCorrelation | undefined,
): { sizes: TiledCorrelation; tiling: Tiling } | undefined {
  const tiling = sizes && chooseTiling(heap.kernels, sizes);
  return tiling && { sizes, tiling };
}

function convolve(
  heap: Heap,
  x: TensorInfo,
  filter: TensorInfo,
  info: ConvolutionInfo,
): TensorInfo {
  const output = heap.output(info.outShape);
  const depth = info.filterHeight * info.filterWidth * info.inChannels;
  const tiles = tiled(heap, tileable(info));
  if (tiles) {
    correlateTiles(heap, {
      ...tiles,
      input: heap.address(x),
      output: heap.address(output),
      pack(target) {
        heap.kernels.packColumns(
          ...[heap.address(filter), target, depth, info.outChannels],
        );
      },
    });
    return output;
  }
  const [packed] = heap.room(depth * roundUp(info.outChannels, 8));
  heap.kernels.packColumns(
    heap.address(filter),
    packed!,
    depth,
    info.outChannels,
  );
  const pixel = info.outChannels * 4;
  heap.kernels.correlate(
    heap.address(x),
    packed!,
    heap.address(output),
    info.batchSize,
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.outHeight,
    info.outWidth,
    info.outChannels,
    -info.padInfo.top,
    -info.padInfo.left,
    info.strideHeight,
    info.strideWidth,
    info.filterHeight,
    info.filterWidth,
    pixel * info.outWidth * info.outHeight,
    pixel * info.outWidth,
    pixel,
  );
  return output;
}

/** What the rows (or columns) of an input with one remainder by the stride have in common. */
interface Phase {
  /** First row with that remainder, and how many follow a stride apart. */
  readonly first: number;
  readonly count: number;
  /** First of their taps, and how many there are a stride apart. */
  readonly tap: number;
  readonly taps: number;
  /** Row of the output's gradient under the last of these taps at the first row. */
  readonly start: number;
}

/**
 * Input row `y` meets tap `r` of output row `i` where `y + top = i · stride + r`: so rows with one remainder of
 * `y + top` by the stride meet the same taps, and their gradient is a correlation with these taps in reverse order.
 */
function phases(
  length: number,
  top: number,
  stride: number,
  filterLength: number,
): Phase[] {
  return Array.from({ length: Math.min(stride, length) }, (_, first) => {
    const tap = (first + top) % stride;
    const taps = Math.max(0, Math.ceil((filterLength - tap) / stride));
    return {
      first,
      count: Math.ceil((length - first) / stride),
      tap,
      taps,
      start: (first + top - tap) / stride - (taps - 1),
    };
  });
}

function inputGradient(
  heap: Heap,
  dy: TensorInfo,
  filter: TensorInfo,
  info: ConvolutionInfo,
): TensorInfo {
  const output = heap.output(info.inShape);
  const forward = tileable(info);
  const tiles = tiled(heap, forward && turned(forward));
  if (tiles) {
    correlateTiles(heap, {
      ...tiles,
      input: heap.address(dy),
      output: heap.address(output),
      pack(target) {
        heap.kernels.packReversed(
          ...[heap.address(filter), target],
          ...[3, info.inChannels, info.outChannels, 0, 0, 1, 1, 3, 3],
        );
      },
    });
    return output;
  }
  const pixel = info.inChannels * 4;
  const [packed] = heap.room(
    info.filterHeight *
      info.filterWidth *
      info.outChannels *
      roundUp(info.inChannels, 8),
  );
  const rowPhases = phases(
    info.inHeight,
    info.padInfo.top,
    info.strideHeight,
    info.filterHeight,
  );
  const columnPhases = phases(
    info.inWidth,
    info.padInfo.left,
    info.strideWidth,
    info.filterWidth,
  );
  for (const row of rowPhases) {
    for (const column of columnPhases) {
      heap.kernels.packReversed(
        heap.address(filter),
        packed!,
        info.filterWidth,
        info.inChannels,
        info.outChannels,
        row.tap,
        column.tap,
        info.strideHeight,
        info.strideWidth,
        row.taps,
        column.taps,
      );
      heap.kernels.correlate(
        heap.address(dy),
        packed!,
        heap.address(output) +
          pixel * (row.first * info.inWidth + column.first),
        info.batchSize,
        info.outHeight,
        info.outWidth,
        info.outChannels,
        row.count,
        column.count,
        info.inChannels,
        row.start,
        column.start,
        1,
        1,
        row.taps,
        column.taps,
        pixel * info.inWidth * info.inHeight,
        pixel * info.inWidth * info.strideHeight,
        pixel * info.strideWidth,
      );
    }
  }
  return output;
}

function filterGradient(
  heap: Heap,
  x: TensorInfo,
  dy: TensorInfo,
  info: ConvolutionInfo,
): TensorInfo {
  const output = heap.output(info.filterShape);
  const tiles = tiled(heap, tileable(info));
  if (tiles) {
    filterGradientTiles(heap, {
      ...tiles,
      input: heap.address(x),
      gradient: heap.address(dy),
      output: heap.address(output),
    });
    return output;
  }
  const inPlaces = info.inHeight * info.inWidth;
  const outPlaces = info.outHeight * info.outWidth;
  const channels = roundUp(info.inChannels, 4);
  const filters = roundUp(info.outChannels, 8);
  const taps = info.filterHeight * info.filterWidth;
  const isWhole = channels === info.inChannels && filters === info.outChannels;
  const perImage = inPlaces * channels + outPlaces * filters;
  const chunk = Math.min(
    info.batchSize,
    Math.max(4, Math.floor(CHUNK_BYTES / 4 / perImage)),
  );
  const [panels, gradients, sums] = heap.room(
    chunk * inPlaces * channels,
    chunk * outPlaces * filters,
    isWhole ? 0 : taps * channels * filters,
  );
  const target = isWhole ? heap.address(output) : sums!;
  for (let first = 0; first < info.batchSize; first += chunk) {
    const images = Math.min(chunk, info.batchSize - first);
    heap.kernels.packPanels(
      heap.address(x) + first * inPlaces * info.inChannels * 4,
      panels!,
      images,
      inPlaces,
      info.inChannels,
      4,
    );
    heap.kernels.packPanels(
      heap.address(dy) + first * outPlaces * info.outChannels * 4,
      gradients!,
      images,
      outPlaces,
      info.outChannels,
      8,
    );
    heap.kernels.filterGradient(
      panels!,
      gradients!,
      target,
      images,
      info.inHeight,
      info.inWidth,
      info.inChannels,
      info.outHeight,
      info.outWidth,
      info.outChannels,
      info.padInfo.top,
      info.padInfo.left,
      info.strideHeight,
      info.strideWidth,
      info.filterHeight,
      info.filterWidth,
      first === 0 ? 0 : 1,
    );
  }
  if (!isWhole) {
    for (let tap = 0; tap < taps; tap++) {
      heap.kernels.cropColumns(
        target + tap * channels * filters * 4,
        heap.address(output) + tap * info.inChannels * info.outChannels * 4,
        info.inChannels,
        filters,
        info.outChannels,
      );
    }
  }
  return output;
}
