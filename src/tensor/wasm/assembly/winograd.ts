import { tileOfFour, tileOfOne } from './correlate';
import { tile } from './filter-gradient';

/*
 * Minimal filtering F(2×2, 3×3): a convolution by a 3×3 filter with stride 1 in 16 products where the definition has 36.
 * Four outputs that lie in a square are made of the 4×4 inputs under them, "tile" here:
 *
 *     output = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A,   and for the filter's gradient   Gᵀ [(Bᵀ d B) ⊙ (A y Aᵀ)] G
 *
 *         1  0 −1  0         1   0   0
 *     Bᵀ: 0  1  1  0     G:  ½   ½   ½     Aᵀ: 1  1  1  0
 *         0 −1  1  0         ½  −½   ½         0  1 −1 −1
 *         0  1  0 −1         0   0   1
 *
 * Summed over channels, the product ⊙ is a product of matrices for each of the 16 positions in a tile.
 *
 * Source: Lavin and Gray 2016, arXiv:1509.09308, section 4.1.
 */

const POSITIONS: i32 = 16;

/**
 * `G g Gᵀ` of a packed filter: `[blocks, 3, 3, depth, 8]` -> `[16, blocks, depth, 8]`.
 *
 * @param packed by `packColumns` or `packReversed`.
 */
export function winogradFilter(
  packed: usize,
  target: usize,
  blocks: i32,
  depth: i32,
): void {
  const tap: usize = (<usize>depth) << 5;
  const position: usize = tap * blocks;
  const half = f32x4.splat(0.5);
  for (let block = 0; block < blocks; ++block) {
    // Two vectors of four filters for each depth.
    for (let k = 0; k < 2 * depth; ++k) {
      let column = target;
      // Down the columns of the 3×3 filter; then each row of the four that come out goes across.
      const a0 = v128.load(packed);
      const a1 = v128.load(packed + tap);
      const a2 = v128.load(packed + 2 * tap);
      const b0 = v128.load(packed + 3 * tap);
      const b1 = v128.load(packed + 4 * tap);
      const b2 = v128.load(packed + 5 * tap);
      const c0 = v128.load(packed + 6 * tap);
      const c1 = v128.load(packed + 7 * tap);
      const c2 = v128.load(packed + 8 * tap);
      const outer0 = f32x4.add(a0, c0);
      const outer1 = f32x4.add(a1, c1);
      const outer2 = f32x4.add(a2, c2);
      storeAcross(column, position, a0, a1, a2);
      column += 4 * position;
      storeAcross(
        column,
        position,
        f32x4.mul(half, f32x4.add(outer0, b0)),
        f32x4.mul(half, f32x4.add(outer1, b1)),
        f32x4.mul(half, f32x4.add(outer2, b2)),
      );
      column += 4 * position;
      storeAcross(
        column,
        position,
        f32x4.mul(half, f32x4.sub(outer0, b0)),
        f32x4.mul(half, f32x4.sub(outer1, b1)),
        f32x4.mul(half, f32x4.sub(outer2, b2)),
      );
      column += 4 * position;
      storeAcross(column, position, c0, c1, c2);
      packed += 16;
      target += 16;
    }
    packed += 8 * tap;
  }
}

/** One row of three times `Gᵀ`, to four positions. */
// @ts-ignore: decorator
@inline
function storeAcross(
  target: usize,
  position: usize,
  a: v128,
  b: v128,
  c: v128,
): void {
  const half = f32x4.splat(0.5);
  const outer = f32x4.add(a, c);
  v128.store(target, a);
  v128.store(target + position, f32x4.mul(half, f32x4.add(outer, b)));
  v128.store(target + 2 * position, f32x4.mul(half, f32x4.sub(outer, b)));
  v128.store(target + 3 * position, c);
}

/** Four numbers in a row or column times `B`. */
// @ts-ignore: decorator
@inline
function storeDifferences(
  target: usize,
  position: usize,
  a: v128,
  b: v128,
  c: v128,
  d: v128,
): void {
  v128.store(target, f32x4.sub(a, c));
  v128.store(target + position, f32x4.add(b, c));
  v128.store(target + 2 * position, f32x4.sub(c, b));
  v128.store(target + 3 * position, f32x4.sub(b, d));
}

/**
 * `Bᵀ d B` of tiles `first … first + count − 1`, counted row by row, image by image; zeros lie around an image.
 *
 * @param input float32 `[images, rows, columns, channels]`, channels a multiple of 4.
 * @param target where position `p` of tile `t` and the four channels `4 g …` go: `p position + t tileStride + g groupStride`.
 * @param room 64 bytes, then a pixel of zeros.
 * @param tileRows tiles in a column of tiles, `tileColumns` in a row.
 * @param top rows of zeros above the first tile, `left` columns.
 */
export function winogradInput(
  input: usize,
  target: usize,
  room: usize,
  first: i32,
  count: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  tileRows: i32,
  tileColumns: i32,
  top: i32,
  left: i32,
  position: usize,
  tileStride: usize,
  groupStride: usize,
): void {
  const pixel: usize = (<usize>channels) << 2;
  const rowStride: usize = pixel * columns;
  const imageStride: usize = rowStride * rows;
  const zeros = room + 64;
  memory.fill(zeros, 0, pixel);
  for (let t = first; t < first + count; ++t) {
    const line = t / tileColumns;
    const image = line / tileRows;
    const y = 2 * (line - image * tileRows) - top;
    const x = 2 * (t - line * tileColumns) - left;
    const origin = input + imageStride * image;
    // Where the 16 pixels of the tile are: a border costs nothing in the loop over channels.
    let slot = room;
    for (let i = y; i < y + 4; ++i) {
      for (let j = x; j < x + 4; ++j, slot += 4) {
        const inside = <u32>i < <u32>rows && <u32>j < <u32>columns;
        const at = inside ? origin + rowStride * i + pixel * j : zeros;
        store<u32>(slot, <u32>at);
      }
    }
    let to = target;
    for (let c: usize = 0; c < pixel; c += 16, to += groupStride) {
      let a0 = pixelOf(room, 0, c);
      let a1 = pixelOf(room, 1, c);
      let a2 = pixelOf(room, 2, c);
      let a3 = pixelOf(room, 3, c);
      let b0 = pixelOf(room, 4, c);
      let b1 = pixelOf(room, 5, c);
      let b2 = pixelOf(room, 6, c);
      let b3 = pixelOf(room, 7, c);
      let c0 = pixelOf(room, 8, c);
      let c1 = pixelOf(room, 9, c);
      let c2 = pixelOf(room, 10, c);
      let c3 = pixelOf(room, 11, c);
      storeDifferences(
        to,
        position,
        f32x4.sub(a0, c0),
        f32x4.sub(a1, c1),
        f32x4.sub(a2, c2),
        f32x4.sub(a3, c3),
      );
      storeDifferences(
        to + 4 * position,
        position,
        f32x4.add(b0, c0),
        f32x4.add(b1, c1),
        f32x4.add(b2, c2),
        f32x4.add(b3, c3),
      );
      storeDifferences(
        to + 8 * position,
        position,
        f32x4.sub(c0, b0),
        f32x4.sub(c1, b1),
        f32x4.sub(c2, b2),
        f32x4.sub(c3, b3),
      );
      storeDifferences(
        to + 12 * position,
        position,
        f32x4.sub(b0, pixelOf(room, 12, c)),
        f32x4.sub(b1, pixelOf(room, 13, c)),
        f32x4.sub(b2, pixelOf(room, 14, c)),
        f32x4.sub(b3, pixelOf(room, 15, c)),
      );
    }
    target += tileStride;
  }
}

// @ts-ignore: decorator
@inline
function pixelOf(table: usize, slot: usize, channel: usize): v128 {
  return v128.load(<usize>load<u32>(table + (slot << 2)) + channel);
}

/**
 * The products of forward pass and input gradient: for each position `[count, depth]` times `[depth, filters]`.
 *
 * @param tiles `[16, count, depth]` of `winogradInput`.
 * @param filter `[16, blocks, depth, 8]` of `winogradFilter`.
 * @param output `[16, count, filters]`
 */
export function winogradProducts(
  tiles: usize,
  filter: usize,
  output: usize,
  count: i32,
  depth: i32,
  filters: i32,
): void {
  const row: usize = (<usize>depth) << 2;
  const outRow: usize = (<usize>filters) << 2;
  const blocks = (filters + 7) >> 3;
  for (let position = 0; position < POSITIONS; ++position) {
    for (let block = 0; block < blocks; ++block) {
      const lanes = filters - 8 * block;
      let from = tiles;
      let to = output + ((<usize>block) << 5);
      let t = 0;
      for (; t + 4 <= count; t += 4) {
        tileOfFour(from, row, filter, row, 1, row, row << 3, to, outRow, lanes);
        from += 4 * row;
        to += 4 * outRow;
      }
      for (; t < count; ++t) {
        tileOfOne(from, filter, row, 1, row, row << 3, to, lanes);
        from += row;
        to += outRow;
      }
      filter += row << 3;
    }
    tiles += row * count;
    output += outRow * count;
  }
}

/**
 * `Aᵀ m A` of tiles `first … first + count − 1` into the output; what lies beyond its last row or column is dropped.
 *
 * @param products `[16, count, filters]` of `winogradProducts`, filters a multiple of 4.
 * @param output float32 `[images, rows, columns, filters]`
 */
export function winogradOutput(
  products: usize,
  output: usize,
  first: i32,
  count: i32,
  rows: i32,
  columns: i32,
  filters: i32,
  tileRows: i32,
  tileColumns: i32,
): void {
  const pixel: usize = (<usize>filters) << 2;
  const rowStride: usize = pixel * columns;
  const imageStride: usize = rowStride * rows;
  const position: usize = pixel * count;
  for (let t = first; t < first + count; ++t) {
    const line = t / tileColumns;
    const image = line / tileRows;
    const y = 2 * (line - image * tileRows);
    const x = 2 * (t - line * tileColumns);
    const to = output + imageStride * image + rowStride * y + pixel * x;
    const hasRow = y + 1 < rows;
    const hasColumn = x + 1 < columns;
    for (let f: usize = 0; f < pixel; f += 16, products += 16) {
      let m = products;
      const a0 = v128.load(m);
      const a1 = v128.load((m += position));
      const a2 = v128.load((m += position));
      const a3 = v128.load((m += position));
      const b0 = v128.load((m += position));
      const b1 = v128.load((m += position));
      const b2 = v128.load((m += position));
      const b3 = v128.load((m += position));
      const c0 = v128.load((m += position));
      const c1 = v128.load((m += position));
      const c2 = v128.load((m += position));
      const c3 = v128.load((m += position));
      const upper1 = f32x4.add(f32x4.add(a1, b1), c1);
      const upper2 = f32x4.add(f32x4.add(a2, b2), c2);
      const upper0 = f32x4.add(f32x4.add(a0, b0), c0);
      const upper3 = f32x4.add(f32x4.add(a3, b3), c3);
      const here = to + f;
      v128.store(here, f32x4.add(f32x4.add(upper0, upper1), upper2));
      if (hasColumn) {
        v128.store(
          here + pixel,
          f32x4.sub(f32x4.sub(upper1, upper2), upper3),
        );
      }
      if (hasRow) {
        const d0 = v128.load((m += position));
        const d1 = v128.load((m += position));
        const d2 = v128.load((m += position));
        const d3 = v128.load((m += position));
        const lower0 = f32x4.sub(f32x4.sub(b0, c0), d0);
        const lower1 = f32x4.sub(f32x4.sub(b1, c1), d1);
        const lower2 = f32x4.sub(f32x4.sub(b2, c2), d2);
        const lower3 = f32x4.sub(f32x4.sub(b3, c3), d3);
        const below = here + rowStride;
        v128.store(below, f32x4.add(f32x4.add(lower0, lower1), lower2));
        if (hasColumn) {
          v128.store(
            below + pixel,
            f32x4.sub(f32x4.sub(lower1, lower2), lower3),
          );
        }
      }
    }
  }
}

/** Two numbers in a row times `Aᵀ`, to four positions. */
// @ts-ignore: decorator
@inline
function storeSpread(target: usize, position: usize, a: v128, b: v128): void {
  v128.store(target, a);
  v128.store(target + position, f32x4.add(a, b));
  v128.store(target + 2 * position, f32x4.sub(a, b));
  v128.store(target + 3 * position, f32x4.neg(b));
}

/**
 * `A y Aᵀ` of tiles of the output's gradient, as panels of eight filters: `[16, ⌈filters / 8⌉, count, 8]`.
 *
 * @param gradient float32 `[images, rows, columns, filters]`, filters a multiple of 8.
 */
export function winogradGradient(
  gradient: usize,
  target: usize,
  first: i32,
  count: i32,
  rows: i32,
  columns: i32,
  filters: i32,
  tileRows: i32,
  tileColumns: i32,
): void {
  const pixel: usize = (<usize>filters) << 2;
  const rowStride: usize = pixel * columns;
  const imageStride: usize = rowStride * rows;
  const panel: usize = (<usize>count) << 5;
  const position: usize = pixel * count;
  const none = f32x4.splat(0);
  for (let t = first; t < first + count; ++t, target += 32) {
    const line = t / tileColumns;
    const image = line / tileRows;
    const y = 2 * (line - image * tileRows);
    const x = 2 * (t - line * tileColumns);
    let from = gradient + imageStride * image + rowStride * y + pixel * x;
    const hasRow = y + 1 < rows;
    const hasColumn = x + 1 < columns;
    let to = target;
    for (let f: usize = 0; f < pixel; f += 16, from += 16) {
      const a = v128.load(from);
      const b = hasColumn ? v128.load(from + pixel) : none;
      const c = hasRow ? v128.load(from + rowStride) : none;
      const d = hasRow && hasColumn ? v128.load(from + rowStride + pixel) : none;
      storeSpread(to, position, a, b);
      storeSpread(
        to + 4 * position,
        position,
        f32x4.add(a, c),
        f32x4.add(b, d),
      );
      storeSpread(
        to + 8 * position,
        position,
        f32x4.sub(a, c),
        f32x4.sub(b, d),
      );
      storeSpread(to + 12 * position, position, f32x4.neg(c), f32x4.neg(d));
      // The second half of a panel, then the next panel.
      to += f & 16 ? panel - 16 : 16;
    }
  }
}

/**
 * The products of the filter's gradient: for each position `[channels, count]` times `[count, filters]`.
 *
 * @param tiles `[16, channels / 4, count, 4]` of `winogradInput`.
 * @param gradients `[16, filters / 8, count, 8]` of `winogradGradient`.
 * @param output `[16, channels, filters]`
 * @param accumulate whether to add to what is in `output`.
 */
export function winogradSums(
  tiles: usize,
  gradients: usize,
  output: usize,
  count: i32,
  channels: i32,
  filters: i32,
  accumulate: i32,
): void {
  const run: usize = (<usize>count) << 4;
  const outRow: usize = (<usize>filters) << 2;
  for (let position = 0; position < POSITIONS; ++position) {
    for (let f: usize = 0; f < outRow; f += 32) {
      let from = tiles;
      let to = output + f;
      for (let c = 0; c < channels; c += 4) {
        tile(from, gradients, 1, 1, run, 0, 0, 0, to, outRow, accumulate);
        from += run;
        to += 4 * outRow;
      }
      gradients += run << 1;
    }
    tiles += (run >> 2) * channels;
    output += outRow * channels;
  }
}

/** `Gᵀ u G`: `[16, count]` -> `[3, 3, count]`, count a multiple of 4: channels times filters. */
export function winogradFilterGradient(
  sums: usize,
  output: usize,
  count: i32,
): void {
  const position: usize = (<usize>count) << 2;
  const half = f32x4.splat(0.5);
  for (let k = 0; k < count; k += 4, sums += 16, output += 16) {
    let from = sums;
    let column = output;
    for (let j = 0; j < 4; ++j) {
      // Down one column of the 4×4; the three sums are collected in the output's rows.
      const u1 = v128.load(from + 4 * position);
      const u2 = v128.load(from + 8 * position);
      const middle = f32x4.mul(half, f32x4.add(u1, u2));
      const w0 = f32x4.add(v128.load(from), middle);
      const w1 = f32x4.mul(half, f32x4.sub(u1, u2));
      const w2 = f32x4.add(middle, v128.load(from + 12 * position));
      addAcross(column, position, j, w0);
      addAcross(column + 3 * position, position, j, w1);
      addAcross(column + 6 * position, position, j, w2);
      from += position;
    }
  }
}

/** Column `j` of four times its row of `G`, added to a row of three. */
// @ts-ignore: decorator
@inline
function addAcross(row: usize, position: usize, j: i32, u: v128): void {
  const middle = row + position;
  const last = middle + position;
  if (j == 0) {
    v128.store(row, u);
  } else if (j == 3) {
    v128.store(last, f32x4.add(v128.load(last), u));
  } else {
    const part = f32x4.mul(f32x4.splat(0.5), u);
    v128.store(row, f32x4.add(v128.load(row), part));
    if (j == 1) {
      v128.store(middle, part);
      v128.store(last, part);
    } else {
      v128.store(middle, f32x4.sub(v128.load(middle), part));
      v128.store(last, f32x4.add(v128.load(last), part));
    }
  }
}
