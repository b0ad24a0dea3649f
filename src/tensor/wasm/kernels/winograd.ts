import { roundUp, type Heap } from './heap.ts';
import type { TiledCorrelation, Tiling } from './tiles.ts';

/** Bytes of transformed tiles and products that one round works on: about half of what a second-level cache holds. */
const CHUNK_BYTES = 524288;

/** A correlation through tiles: addresses are of float32 arrays as told there. */
export interface CorrelationThroughTiles {
  readonly sizes: TiledCorrelation;
  readonly tiling: Tiling;
  /** `[images, rows, columns, channels]` */
  readonly input: number;
  /** `[images, outRows, outColumns, filters]` */
  readonly output: number;
  /** Writes the filter as `correlate` takes it. */
  readonly pack: (target: number) => void;
}

/** The correlation through tiles. */
export function correlateTiles(
  heap: Heap,
  { sizes, tiling, input, output, pack }: CorrelationThroughTiles,
): void {
  const { columns, channels, filters } = sizes;
  const { positions, tileColumns } = tiling;
  const round = roundOf(sizes, tiling);
  const [packed, filter, transformed, products, zeros] = heap.room(
    9 * channels * filters,
    positions * channels * filters,
    positions * round.input,
    positions * round.output,
    columns * channels,
  ) as [number, number, number, number, number];
  pack(packed);
  tiling.filter(packed, filter);
  const layout = { position: round.input * 4, tile: channels * 4, group: 16 };
  for (const lines of round.all) {
    tiling.input(input, transformed, zeros, lines, layout);
    heap.kernels.winogradProducts(
      ...[transformed, filter, products, lines.count * tileColumns],
      ...[channels, filters, positions, round.input * 4, round.output * 4],
    );
    tiling.output(products, output, lines, round.output * 4);
  }
}

/** The gradient of a filter through tiles: addresses are of float32 arrays as told there. */
export interface FilterGradientThroughTiles {
  readonly sizes: TiledCorrelation;
  readonly tiling: Tiling;
  /** `[images, rows, columns, channels]` */
  readonly input: number;
  /** `[images, outRows, outColumns, filters]` */
  readonly gradient: number;
  /** `[3, 3, channels, filters]` */
  readonly output: number;
}

/** The gradient of the filter through tiles. */
export function filterGradientTiles(
  heap: Heap,
  { sizes, tiling, input, gradient, output }: FilterGradientThroughTiles,
): void {
  const { columns, channels, filters } = sizes;
  const { positions, tileColumns } = tiling;
  const round = roundOf(sizes, tiling);
  const [transformed, gradients, sums, zeros] = heap.room(
    positions * round.input,
    positions * round.output,
    positions * channels * filters,
    columns * channels,
  ) as [number, number, number, number];
  for (const lines of round.all) {
    const tiles = lines.count * tileColumns;
    const layout = { position: round.input * 4, tile: 16, group: tiles * 16 };
    tiling.input(input, transformed, zeros, lines, layout);
    tiling.gradient(gradient, gradients, lines, round.output * 4);
    heap.kernels.winogradSums(
      ...[transformed, gradients, sums, tiles, channels, filters],
      ...[lines.first === 0 ? 0 : 1],
      ...[positions, round.input * 4, round.output * 4],
    );
  }
  tiling.filterGradient(sums, output);
}

/** Lines of all images in rounds, and how many numbers a position takes on each side. */
function roundOf(
  { images, channels, filters }: TiledCorrelation,
  { positions, tileRows, tileColumns }: Tiling,
): {
  readonly all: readonly { readonly first: number; readonly count: number }[];
  readonly input: number;
  readonly output: number;
} {
  const cached = CHUNK_BYTES / (positions * 4 * (channels + filters));
  // With fewer tiles, reading the transformed filter anew would count.
  const worthwhile = (2 * channels * filters) / (channels + filters);
  const wanted = Math.max(cached, worthwhile, 16) / tileColumns;
  const lines = images * tileRows;
  // Products are made of four tiles at a time.
  const round = Math.min(lines, roundUp(wanted, 4));
  const all = Array.from({ length: Math.ceil(lines / round) }, (_, index) => ({
    first: index * round,
    count: Math.min(round, lines - index * round),
  }));
  return {
    all,
    input: apart(round * tileColumns * channels),
    output: apart(round * tileColumns * filters),
  };
}

/**
 * Numbers from one position to the next: a cache line more than they take. Were it a power of two, all positions of a tile
 * would compete for one set of the first-level cache, and a transformation would take twice as long.
 */
const apart = (length: number): number => roundUp(length, 16) + 16;
