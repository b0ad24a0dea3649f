import { roundUp, type Heap } from './heap.ts';

/** Positions in a tile. */
const POSITIONS = 16;

/** Bytes of transformed tiles and products that one round works on: about what a second-level cache holds. */
const CHUNK_BYTES = 524288;

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

const tilesOf = ({ outRows, outColumns }: TiledCorrelation) => ({
  tileRows: Math.ceil(outRows / 2),
  tileColumns: Math.ceil(outColumns / 2),
});

/** Taps that fall into the input, summed over the places of one row (or column) of the output. */
function tapsInside(length: number, outLength: number, before: number): number {
  let taps = 0;
  for (let place = 0; place < outLength; place++) {
    const first = Math.max(0, place - before);
    taps += Math.max(0, Math.min(length, place - before + 3) - first);
  }
  return taps;
}

/**
 * Whether tiles of `assembly/winograd.ts` are worth it: fewer products than the direct kernels, which leave out the zeros
 * around an image, and channels enough to pay for the transformations.
 */
export function tilesPay(sizes: TiledCorrelation): boolean {
  const { rows, columns, channels, outRows, outColumns, filters } = sizes;
  if (channels % 8 !== 0 || filters % 8 !== 0) return false;
  const { tileRows, tileColumns } = tilesOf(sizes);
  const direct =
    tapsInside(rows, outRows, sizes.top) *
    tapsInside(columns, outColumns, sizes.left);
  const tiled = POSITIONS * tileRows * tileColumns;
  const transformations =
    tileRows * tileColumns * TRANSFORMATION * (1 / channels + 1 / filters);
  return direct > tiled * 1.1 + transformations;
}

/** What transforming a tile costs, in products of a position by one channel (or filter) of the other side; measured. */
const TRANSFORMATION = 200;

/** Tiles a round: so many that reading the transformed filter anew doesn't count, no more than the cache holds. */
function tilesPerRound(
  { channels, filters }: TiledCorrelation,
  tiles: number,
): number {
  const cached = CHUNK_BYTES / (POSITIONS * 4 * (channels + filters));
  const worthwhile = (2 * channels * filters) / (channels + filters);
  return Math.min(tiles, roundUp(Math.max(cached, worthwhile, 16), 4));
}

/**
 * The correlation through tiles.
 *
 * @param input address of float32 `[images, rows, columns, channels]`
 * @param output address of float32 `[images, outRows, outColumns, filters]`
 * @param pack writes the filter as `correlate` takes it.
 */
export function correlateTiles(
  heap: Heap,
  input: number,
  output: number,
  sizes: TiledCorrelation,
  pack: (target: number) => void,
): void {
  const { images, rows, columns, channels, outRows, outColumns, filters } =
    sizes;
  const { tileRows, tileColumns } = tilesOf(sizes);
  const tiles = images * tileRows * tileColumns;
  const round = tilesPerRound(sizes, tiles);
  const blocks = Math.ceil(filters / 8);
  const [packed, filter, transformed, products, room] = heap.room(
    9 * channels * blocks * 8,
    POSITIONS * channels * blocks * 8,
    POSITIONS * round * channels,
    POSITIONS * round * filters,
    16 + channels,
  ) as [number, number, number, number, number];
  pack(packed);
  heap.kernels.winogradFilter(packed, filter, blocks, channels);
  for (let first = 0; first < tiles; first += round) {
    const count = Math.min(round, tiles - first);
    heap.kernels.winogradInput(
      ...[input, transformed, room, first, count, rows, columns, channels],
      ...[tileRows, tileColumns, sizes.top, sizes.left],
      ...[count * channels * 4, channels * 4, 16],
    );
    heap.kernels.winogradProducts(
      ...[transformed, filter, products, count, channels, filters],
    );
    heap.kernels.winogradOutput(
      ...[products, output, first, count, outRows, outColumns, filters],
      ...[tileRows, tileColumns],
    );
  }
}

/**
 * The gradient of the filter through tiles.
 *
 * @param input address of float32 `[images, rows, columns, channels]`
 * @param gradient address of float32 `[images, outRows, outColumns, filters]`
 * @param output address of float32 `[3, 3, channels, filters]`
 */
export function filterGradientTiles(
  heap: Heap,
  input: number,
  gradient: number,
  output: number,
  sizes: TiledCorrelation,
): void {
  const { images, rows, columns, channels, outRows, outColumns, filters } =
    sizes;
  const { tileRows, tileColumns } = tilesOf(sizes);
  const tiles = images * tileRows * tileColumns;
  const round = tilesPerRound(sizes, tiles);
  const [transformed, gradients, sums, room] = heap.room(
    POSITIONS * round * channels,
    POSITIONS * round * filters,
    POSITIONS * channels * filters,
    16 + channels,
  ) as [number, number, number, number];
  for (let first = 0; first < tiles; first += round) {
    const count = Math.min(round, tiles - first);
    heap.kernels.winogradInput(
      ...[input, transformed, room, first, count, rows, columns, channels],
      ...[tileRows, tileColumns, sizes.top, sizes.left],
      ...[count * channels * 4, 16, count * 16],
    );
    heap.kernels.winogradGradient(
      ...[gradient, gradients, first, count, outRows, outColumns, filters],
      ...[tileRows, tileColumns],
    );
    heap.kernels.winogradSums(
      ...[transformed, gradients, sums, count, channels, filters],
      first === 0 ? 0 : 1,
    );
  }
  heap.kernels.winogradFilterGradient(sums, output, channels * filters);
}
