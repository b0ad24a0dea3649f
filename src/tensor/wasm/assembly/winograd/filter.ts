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
