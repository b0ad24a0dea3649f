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
 * `Bᵀ d B` of the tiles in lines `first … first + count − 1`, counted image by image; zeros lie around an image.
 *
 * Along a line, what comes down two columns of a tile serves the next one too.
 *
 * @param input float32 `[images, rows, columns, channels]`, channels a multiple of 4.
 * @param target where position `p` of tile `t` and the four channels `4 g …` go: `p position + t tileStride + g groupStride`.
 * @param zeros room for a row of the input.
 * @param tileRows lines of an image, `tileColumns` tiles of a line.
 * @param top rows of zeros above the first tile, `left` columns.
 */
export function winogradInput(
  input: usize,
  target: usize,
  zeros: usize,
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
  const none = f32x4.splat(0);
  memory.fill(zeros, 0, rowStride);
  for (let line = first; line < first + count; ++line) {
    const image = line / tileRows;
    const y = 2 * (line - image * tileRows) - top;
    const origin = input + imageStride * image;
    const a = rowAt(origin, y, rows, rowStride, zeros);
    const b = rowAt(origin, y + 1, rows, rowStride, zeros);
    const c = rowAt(origin, y + 2, rows, rowStride, zeros);
    const d = rowAt(origin, y + 3, rows, rowStride, zeros);
    let group = target;
    for (let channel: usize = 0; channel < pixel; channel += 16) {
      // The four rows of what has come down the last two columns.
      let p0 = none;
      let p1 = none;
      let p2 = none;
      let p3 = none;
      let q0 = none;
      let q1 = none;
      let q2 = none;
      let q3 = none;
      let to = group - tileStride;
      // Before the first tile there are two columns to come down.
      for (let x = -left; x < 2 * tileColumns + 2 - left; x += 2) {
        let m0 = none;
        let m1 = none;
        let m2 = none;
        let m3 = none;
        let n0 = none;
        let n1 = none;
        let n2 = none;
        let n3 = none;
        if (<u32>x < <u32>columns) {
          const at = channel + pixel * x;
          const middle = v128.load(b + at);
          const lower = v128.load(c + at);
          m0 = f32x4.sub(v128.load(a + at), lower);
          m1 = f32x4.add(middle, lower);
          m2 = f32x4.sub(lower, middle);
          m3 = f32x4.sub(middle, v128.load(d + at));
        }
        if (<u32>(x + 1) < <u32>columns) {
          const at = channel + pixel * (x + 1);
          const middle = v128.load(b + at);
          const lower = v128.load(c + at);
          n0 = f32x4.sub(v128.load(a + at), lower);
          n1 = f32x4.add(middle, lower);
          n2 = f32x4.sub(lower, middle);
          n3 = f32x4.sub(middle, v128.load(d + at));
        }
        if (x >= 2 - left) {
          storeDifferences(to, position, p0, q0, m0, n0);
          storeDifferences(to + 4 * position, position, p1, q1, m1, n1);
          storeDifferences(to + 8 * position, position, p2, q2, m2, n2);
          storeDifferences(to + 12 * position, position, p3, q3, m3, n3);
        }
        p0 = m0;
        p1 = m1;
        p2 = m2;
        p3 = m3;
        q0 = n0;
        q1 = n1;
        q2 = n2;
        q3 = n3;
        to += tileStride;
      }
      group += groupStride;
    }
    target += tileStride * tileColumns;
  }
}

/** Where a row begins; outside of the image, where there are zeros. */
// @ts-ignore: decorator
@inline
function rowAt(
  origin: usize,
  row: i32,
  rows: i32,
  rowStride: usize,
  zeros: usize,
): usize {
  return <u32>row < <u32>rows ? origin + rowStride * row : zeros;
}
