import { loadLanes } from './lanes';

/** Copies `lanes` floats (1 to 8) and fills up with zeros. With a literal for `lanes` no choice of lanes is left. */
// @ts-ignore: decorator
@inline
function copyPair(source: usize, target: usize, lanes: i32): void {
  v128.store(target, loadLanes(source, lanes));
  const high = lanes > 4 ? loadLanes(source + 16, lanes - 4) : f32x4.splat(0);
  v128.store(target, high, 16);
}

/**
 * `[depth, columns]` -> `[⌈columns / 8⌉, depth, 8]`, zeros beyond the columns: what `correlate` reads as a filter.
 * A convolution filter `[rows, columns, in, out]` is such a matrix of depth `rows · columns · in`.
 */
export function packColumns(
  source: usize,
  target: usize,
  depth: i32,
  columns: i32,
): void {
  const stride: usize = (<usize>columns) << 2;
  for (let first = 0; first < columns; first += 8) {
    const lanes = columns - first;
    let from = source + ((<usize>first) << 2);
    if (lanes >= 8) {
      for (let k = 0; k < depth; ++k) {
        copyPair(from, target, 8);
        from += stride;
        target += 32;
      }
    } else {
      for (let k = 0; k < depth; ++k) {
        copyPair(from, target, lanes);
        from += stride;
        target += 32;
      }
    }
  }
}

/** Transposes up to eight rows of a matrix: `[count, depth]` -> `[depth, 8]`, zeros beyond the count. */
function transposeEight(
  source: usize,
  stride: usize,
  target: usize,
  depth: i32,
  count: i32,
): void {
  let k = 0;
  if (count >= 8) {
    for (; k + 4 <= depth; k += 4) {
      transposeFour(source, stride, target);
      transposeFour(source + 4 * stride, stride, target + 16);
      source += 16;
      target += 128;
    }
  }
  for (; k < depth; ++k) {
    for (let lane = 0; lane < 8; ++lane) {
      const value: f32 =
        lane < count ? load<f32>(source + stride * lane) : <f32>0;
      store<f32>(target + ((<usize>lane) << 2), value);
    }
    source += 4;
    target += 32;
  }
}

/** Transposes a 4×4 square; rows of the result are 32 bytes apart. */
// @ts-ignore: decorator
@inline
function transposeFour(source: usize, stride: usize, target: usize): void {
  const a = v128.load(source);
  const b = v128.load(source + stride);
  const c = v128.load(source + 2 * stride);
  const d = v128.load(source + 3 * stride);
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const abHigh = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const cdHigh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(target, v128.shuffle<i64>(ab, cd, 1, 3), 32);
  v128.store(target, v128.shuffle<i64>(abHigh, cdHigh, 0, 2), 64);
  v128.store(target, v128.shuffle<i64>(abHigh, cdHigh, 1, 3), 96);
}

/** `[columns, depth]` -> `[⌈columns / 8⌉, depth, 8]`: `packColumns` of the transposed matrix. */
export function packRows(
  source: usize,
  target: usize,
  depth: i32,
  columns: i32,
): void {
  const stride: usize = (<usize>depth) << 2;
  for (let first = 0; first < columns; first += 8) {
    transposeEight(source, stride, target, depth, columns - first);
    source += 8 * stride;
    target += stride * 8;
  }
}

/**
 * The part of a filter that the input gradient needs where row and column have a given remainder by the stride: every
 * `rowStep`-th tap from `firstRow` on, in reverse order, with inputs and outputs changed over.
 *
 *     [rows, columns, in, out] -> [⌈in / 8⌉, tapRows, tapColumns, out, 8]
 */
export function packReversed(
  source: usize,
  target: usize,
  columns: i32,
  channels: i32,
  filters: i32,
  firstRow: i32,
  firstColumn: i32,
  rowStep: i32,
  columnStep: i32,
  tapRows: i32,
  tapColumns: i32,
): void {
  const stride: usize = (<usize>filters) << 2;
  for (let first = 0; first < channels; first += 8) {
    for (let i = tapRows - 1; i >= 0; --i) {
      const row = firstRow + i * rowStep;
      for (let j = tapColumns - 1; j >= 0; --j) {
        const tap = row * columns + firstColumn + j * columnStep;
        const from = source + stride * (tap * channels + first);
        transposeEight(from, stride, target, filters, channels - first);
        target += stride * 8;
      }
    }
  }
}

/** One image at one place of a tile of `packPanels`. */
// @ts-ignore: decorator
@inline
function packPixel(
  source: usize,
  target: usize,
  width: i32,
  lanes: i32,
): void {
  if (width > 4) copyPair(source, target, lanes);
  else v128.store(target, loadLanes(source, lanes));
}

/** `packPanels` for one width. */
// @ts-ignore: decorator
@inline
function packTiles(
  source: usize,
  target: usize,
  images: i32,
  places: i32,
  channels: i32,
  width: i32,
): void {
  const pixel: usize = (<usize>channels) << 2;
  const imageStride: usize = pixel * places;
  const tilePixel: usize = (<usize>width) << 2;
  const placeStride: usize = tilePixel * images;
  const tileStride: usize = placeStride * places;
  for (let place = 0; place < places; ++place) {
    let row = source + pixel * place;
    let column = target + placeStride * place;
    let n = 0;
    // Four images at a time fill whole cache lines of each tile, and read theirs once.
    for (; n + 4 <= images; n += 4) {
      let from = row;
      let to = column;
      let c = 0;
      for (; c + width <= channels; c += width) {
        packPixel(from, to, width, width);
        packPixel(from + imageStride, to + tilePixel, width, width);
        packPixel(from + 2 * imageStride, to + 2 * tilePixel, width, width);
        packPixel(from + 3 * imageStride, to + 3 * tilePixel, width, width);
        from += tilePixel;
        to += tileStride;
      }
      if (c < channels) {
        for (let i = 0; i < 4; ++i) {
          const image = from + imageStride * i;
          packPixel(image, to + tilePixel * i, width, channels - c);
        }
      }
      row += 4 * imageStride;
      column += 4 * tilePixel;
    }
    for (; n < images; ++n) {
      let from = row;
      let to = column;
      for (let c = 0; c < channels; c += width) {
        packPixel(from, to, width, channels - c);
        from += tilePixel;
        to += tileStride;
      }
      row += imageStride;
      column += tilePixel;
    }
  }
}

/**
 * Cuts channels into tiles so that the images of one place lie side by side:
 * `[images, places, channels]` -> `[⌈channels / width⌉, places, images, width]`, zeros beyond the channels.
 *
 * @param width 4 or 8.
 */
export function packPanels(
  source: usize,
  target: usize,
  images: i32,
  places: i32,
  channels: i32,
  width: i32,
): void {
  if (width == 4) packTiles(source, target, images, places, channels, 4);
  else packTiles(source, target, images, places, channels, 8);
}

/** Copies the first `columns` of each row of a wider matrix. */
export function cropColumns(
  source: usize,
  target: usize,
  rows: i32,
  width: i32,
  columns: i32,
): void {
  const stride: usize = (<usize>width) << 2;
  const length: usize = (<usize>columns) << 2;
  for (let row = 0; row < rows; ++row) {
    memory.copy(target, source, length);
    source += stride;
    target += length;
  }
}
