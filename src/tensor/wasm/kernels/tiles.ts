import type { Kernels } from './load-kernels.ts';

/** A correlation with stride 1 by a 3×3 filter: sizes of what is read and what is written. */
export interface TiledCorrelation {
  readonly images: number;
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly outRows: number;
  readonly outColumns: number;
  readonly filters: number;
  /** Rows of zeros above the input, and columns to its left. */
  readonly top: number;
  readonly left: number;
}

/** Some lines of tiles, one after the other through all images. */
export interface Lines {
  readonly first: number;
  readonly count: number;
}

/** Where a transformation puts a number: bytes from one position, tile or group of four channels to the next. */
export interface Layout {
  readonly position: number;
  readonly tile: number;
  readonly group: number;
}

/**
 * A way to make a correlation of fewer products: tiles of the input and the filter are transformed, multiplied position by
 * position, and transformed back.
 */
export interface Tiling {
  /** Products of a tile. */
  readonly positions: number;
  /** Lines of tiles in an image, and tiles in a line. */
  readonly tileRows: number;
  readonly tileColumns: number;
  filter(packed: number, target: number): void;
  input(
    input: number,
    target: number,
    zeros: number,
    lines: Lines,
    layout: Layout,
  ): void;
  output(
    products: number,
    output: number,
    lines: Lines,
    position: number,
  ): void;
  gradient(
    gradient: number,
    target: number,
    lines: Lines,
    position: number,
  ): void;
  filterGradient(sums: number, output: number): void;
}

/** What transforming a tile costs, in products of a position by one channel (or filter) of the other side; measured. */
const TRANSFORMATION = 60;

/** The way that takes least, or undefined where it is the definition's. */
export function chooseTiling(
  kernels: Kernels,
  sizes: TiledCorrelation,
): Tiling | undefined {
  const { rows, columns, channels, outRows, outColumns, filters } = sizes;
  if (channels % 8 !== 0 || filters % 8 !== 0) return undefined;
  const tiling = isPair(sizes)
    ? pairs(kernels, sizes)
    : squares(kernels, sizes);
  const tiles = tiling.tileRows * tiling.tileColumns;
  // The direct kernels leave out the zeros around an image.
  const direct =
    tapsInside(rows, outRows, sizes.top) *
    tapsInside(columns, outColumns, sizes.left);
  const transformed =
    tiling.positions * 1.1 + TRANSFORMATION * (1 / channels + 1 / filters);
  return direct > tiles * transformed ? tiling : undefined;
}

/** Taps that fall into the input, summed over the places of one row (or column) of the output. */
function tapsInside(length: number, outLength: number, before: number): number {
  let taps = 0;
  for (let place = 0; place < outLength; place++) {
    const first = Math.max(0, place - before);
    taps += Math.max(0, Math.min(length, place - before + 3) - first);
  }
  return taps;
}

/** Tiles of two by two places of the output, see `assembly/winograd/`. */
function squares(
  kernels: Kernels,
  { rows, columns, channels, filters, ...sizes }: TiledCorrelation,
): Tiling {
  const { outRows, outColumns, top, left } = sizes;
  const tileRows = Math.ceil(outRows / 2);
  const tileColumns = Math.ceil(outColumns / 2);
  return {
    positions: 16,
    tileRows,
    tileColumns,
    filter(packed, target) {
      kernels.winogradFilter(packed, target, filters / 8, channels);
    },
    input(input, target, zeros, { first, count }, layout) {
      kernels.winogradInput(
        ...[input, target, zeros, first, count, rows, columns, channels],
        ...[tileRows, tileColumns, top, left],
        ...[layout.position, layout.tile, layout.group],
      );
    },
    output(products, output, { first, count }, position) {
      kernels.winogradOutput(
        ...[products, output, first, count, outRows, outColumns, filters],
        ...[tileRows, position],
      );
    },
    gradient(gradient, target, { first, count }, position) {
      kernels.winogradGradient(
        ...[gradient, target, first, count, outRows, outColumns, filters],
        ...[tileRows, position],
      );
    },
    filterGradient(sums, output) {
      kernels.winogradFilterGradient(sums, output, channels * filters);
    },
  };
}

/** Whether an image is one tile of two by two, with one pixel of zeros around it. */
const isPair = (sizes: TiledCorrelation): boolean =>
  [sizes.rows, sizes.columns, sizes.outRows, sizes.outColumns].every(
    (length) => length === 2,
  ) &&
  sizes.top === 1 &&
  sizes.left === 1;

/** Such an image, see `assembly/winograd/pairs.ts`. */
function pairs(
  kernels: Kernels,
  { channels, filters }: TiledCorrelation,
): Tiling {
  return {
    positions: 9,
    tileRows: 1,
    tileColumns: 1,
    filter(packed, target) {
      kernels.pairFilter(packed, target, filters / 8, channels);
    },
    input(input, target, _, { first, count }, layout) {
      kernels.pairInput(
        ...[input, target, first, count, channels],
        ...[layout.position, layout.tile, layout.group],
      );
    },
    output(products, output, { first, count }, position) {
      kernels.pairOutput(products, output, first, count, filters, position);
    },
    gradient(gradient, target, { first, count }, position) {
      kernels.pairGradient(gradient, target, first, count, filters, position);
    },
    filterGradient(sums, output) {
      kernels.pairFilterGradient(sums, output, channels * filters);
    },
  };
}
