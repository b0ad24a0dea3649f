/** Depth at which float32 sums are added to the float64 ones; two panels of it fit the first-level cache. */
const DEPTH = 256;

/** `x − mean` of four columns, computed in float64. */
// @ts-ignore: decorator
@inline
function centred(x: v128, mean: usize): v128 {
  const low = f64x2.sub(f64x2.promote_low_f32x4(x), v128.load(mean));
  const high = f64x2.sub(
    f64x2.promote_low_f32x4(i64x2.shuffle(x, x, 1, 0)),
    v128.load(mean, 16),
  );
  return i64x2.shuffle(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/**
 * Means of columns, exact where all rows are equal.
 *
 * @param x float32 `[rows, depth]`; depth is a multiple of 4.
 * @param means float64 `[depth]`, overwritten.
 */
export function columnMeans(x: usize, rows: i32, depth: i32, means: usize): void {
  const rowBytes = (<usize>depth) << 2;
  memory.fill(means, 0, (<usize>depth) << 3);
  for (let i = 1; i < rows; ++i) {
    let first = x;
    let at = x + rowBytes * i;
    let to = means;
    for (const end = at + rowBytes; at < end; at += 16) {
      const own = v128.load(at);
      const other = v128.load(first);
      const low = f64x2.sub(f64x2.promote_low_f32x4(own), f64x2.promote_low_f32x4(other));
      const high = f64x2.sub(
        f64x2.promote_low_f32x4(i64x2.shuffle(own, own, 1, 0)),
        f64x2.promote_low_f32x4(i64x2.shuffle(other, other, 1, 0)),
      );
      v128.store(to, f64x2.add(v128.load(to), low));
      v128.store(to, f64x2.add(v128.load(to, 16), high), 16);
      first += 16;
      to += 32;
    }
  }
  for (let j = 0; j < depth; ++j) {
    const to = means + ((<usize>j) << 3);
    store<f64>(to, <f64>load<f32>(x + ((<usize>j) << 2)) + load<f64>(to) / <f64>rows);
  }
}

/**
 * Centres rows and puts them into panels of eight rows, column by column: `[⌈rows / 8⌉, depth, 8]`.
 *
 * @param x float32 `[8 · panels, depth]`; depth is a multiple of 4.
 * @param panels of rows; rows beyond `rows` come out as zeros.
 * @returns the largest absolute value.
 */
export function packCentred(
  x: usize,
  rows: i32,
  panels: i32,
  depth: i32,
  means: usize,
  out: usize,
): f32 {
  const rowBytes = (<usize>depth) << 2;
  let largest = f32x4.splat(0);
  for (let panel = 0; panel < panels; ++panel) {
    for (let half = 0; half < 2; ++half) {
      const first = panel * 8 + half * 4;
      const left = rows - first;
      let at = x + rowBytes * first;
      let mean = means;
      let to = out + rowBytes * 8 * panel + ((<usize>half) << 4);
      for (const end = at + rowBytes; at < end; at += 16) {
        const zero = f32x4.splat(0);
        const a = left > 0 ? centred(v128.load(at), mean) : zero;
        const b = left > 1 ? centred(v128.load(at + rowBytes), mean) : zero;
        const c = left > 2 ? centred(v128.load(at + rowBytes * 2), mean) : zero;
        const d = left > 3 ? centred(v128.load(at + rowBytes * 3), mean) : zero;
        largest = f32x4.max(largest, f32x4.max(f32x4.abs(a), f32x4.abs(b)));
        largest = f32x4.max(largest, f32x4.max(f32x4.abs(c), f32x4.abs(d)));
        const ab0 = i32x4.shuffle(a, b, 0, 4, 1, 5);
        const cd0 = i32x4.shuffle(c, d, 0, 4, 1, 5);
        const ab1 = i32x4.shuffle(a, b, 2, 6, 3, 7);
        const cd1 = i32x4.shuffle(c, d, 2, 6, 3, 7);
        v128.store(to, i64x2.shuffle(ab0, cd0, 0, 2));
        v128.store(to, i64x2.shuffle(ab0, cd0, 1, 3), 32);
        v128.store(to, i64x2.shuffle(ab1, cd1, 0, 2), 64);
        v128.store(to, i64x2.shuffle(ab1, cd1, 1, 3), 96);
        mean += 32;
        to += 128;
      }
    }
  }
  return max(
    max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  );
}

/** Multiplies `count` floats, a multiple of 4. */
export function scaleFloats(x: usize, count: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  for (const end = x + ((<usize>count) << 2); x < end; x += 16) {
    v128.store(x, f32x4.mul(v128.load(x), factors));
  }
}

// @ts-ignore: decorator
@inline
function addTo(out: usize, sums: v128, factor: v128): void {
  const low = f64x2.mul(f64x2.promote_low_f32x4(sums), factor);
  const high = f64x2.mul(f64x2.promote_low_f32x4(i64x2.shuffle(sums, sums, 1, 0)), factor);
  v128.store(out, f64x2.add(v128.load(out), low));
  v128.store(out, f64x2.add(v128.load(out, 16), high), 16);
}

/** Four rows times eight columns: float32 sums over the depth, added to float64 ones. */
function tile(a: usize, b: usize, depth: i32, out: usize, outStride: usize, factor: v128): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  for (const end = b + ((<usize>depth) << 5); b < end; b += 32) {
    const y0 = v128.load(b);
    const y1 = v128.load(b, 16);
    let value = v128.load32_splat(a);
    a0 = f32x4.add(a0, f32x4.mul(value, y0));
    a1 = f32x4.add(a1, f32x4.mul(value, y1));
    value = v128.load32_splat(a, 4);
    b0 = f32x4.add(b0, f32x4.mul(value, y0));
    b1 = f32x4.add(b1, f32x4.mul(value, y1));
    value = v128.load32_splat(a, 8);
    c0 = f32x4.add(c0, f32x4.mul(value, y0));
    c1 = f32x4.add(c1, f32x4.mul(value, y1));
    value = v128.load32_splat(a, 12);
    d0 = f32x4.add(d0, f32x4.mul(value, y0));
    d1 = f32x4.add(d1, f32x4.mul(value, y1));
    a += 32;
  }
  addTo(out, a0, factor);
  addTo(out + 32, a1, factor);
  out += outStride;
  addTo(out, b0, factor);
  addTo(out + 32, b1, factor);
  out += outStride;
  addTo(out, c0, factor);
  addTo(out + 32, c1, factor);
  out += outStride;
  addTo(out, d0, factor);
  addTo(out + 32, d1, factor);
}

/**
 * `out[i, j] += factor · Σ_k x[i, k] · x[j, k]` for panels j ≤ i: float32 sums over 256 columns at a time, added in float64.
 *
 * @param x float32 `[panels, depth, 8]`
 * @param out float64 `[8 · panels, 8 · panels]`; right on the diagonal and below.
 */
export function addGram(x: usize, panels: i32, depth: i32, out: usize, factor: f64): void {
  const panelBytes = (<usize>depth) << 5;
  const outStride = (<usize>panels) << 6;
  const factors = f64x2.splat(factor);
  for (let start = 0; start < depth; start += DEPTH) {
    const block = min(DEPTH, depth - start);
    const values = x + ((<usize>start) << 5);
    for (let column = 0; column < panels; ++column) {
      const b = values + panelBytes * column;
      for (let row = column; row < panels; ++row) {
        const a = values + panelBytes * row;
        const to = out + outStride * 8 * row + ((<usize>column) << 6);
        tile(a, b, block, to, outStride, factors);
        tile(a + 16, b, block, to + 4 * outStride, outStride, factors);
      }
    }
  }
}
