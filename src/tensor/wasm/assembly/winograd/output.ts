/**
 * `Aᵀ m A` of the tiles in lines `first … first + count − 1` into the output; what lies beyond its last row or column is dropped.
 *
 * @param products `[16, tiles, filters]` of `winogradProducts`, positions `position` bytes apart; filters a multiple of 4.
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
  position: usize,
): void {
  const pixel: usize = (<usize>filters) << 2;
  const rowStride: usize = pixel * columns;
  const imageStride: usize = rowStride * rows;
  for (let line = first; line < first + count; ++line) {
    const image = line / tileRows;
    const y = 2 * (line - image * tileRows);
    const hasRow = y + 1 < rows;
    let to = output + imageStride * image + rowStride * y;
    for (let x = 0; x < columns; x += 2, to += 2 * pixel) {
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
 * `A y Aᵀ` of the tiles in lines `first … first + count − 1` of the output's gradient, as panels of eight filters:
 * `[16, filters / 8, tiles, 8]`.
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
  position: usize,
): void {
  const pixel: usize = (<usize>filters) << 2;
  const rowStride: usize = pixel * columns;
  const imageStride: usize = rowStride * rows;
  const panel: usize = (<usize>(count * ((columns + 1) >> 1))) << 5;
  const none = f32x4.splat(0);
  for (let line = first; line < first + count; ++line) {
    const image = line / tileRows;
    const y = 2 * (line - image * tileRows);
    const hasRow = y + 1 < rows;
    let tile = gradient + imageStride * image + rowStride * y;
    for (let x = 0; x < columns; x += 2, tile += 2 * pixel, target += 32) {
    const hasColumn = x + 1 < columns;
    let from = tile;
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
}

