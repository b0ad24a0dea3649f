import { multiplyAdd } from './lanes';

/** Rows whose panel stays in the first-level cache while all tiles of a panel use it. */
const BLOCK = 128;

/** Two rows of `out` times eight columns. */
function pair(x: usize, r: usize, rStride: usize, rows: i32, out: usize, outStride: usize): void {
  const other = out + outStride;
  let a0 = v128.load(out);
  let a1 = v128.load(out, 16);
  let a2 = v128.load(out, 32);
  let a3 = v128.load(out, 48);
  let b0 = v128.load(other);
  let b1 = v128.load(other, 16);
  let b2 = v128.load(other, 32);
  let b3 = v128.load(other, 48);
  for (const end = x + ((<usize>rows) << 6); x < end; x += 64) {
    const x0 = v128.load(x);
    const x1 = v128.load(x, 16);
    const x2 = v128.load(x, 32);
    const x3 = v128.load(x, 48);
    const a = v128.load64_splat(r);
    a0 = multiplyAdd(a0, a, x0);
    a1 = multiplyAdd(a1, a, x1);
    a2 = multiplyAdd(a2, a, x2);
    a3 = multiplyAdd(a3, a, x3);
    const b = v128.load64_splat(r, 8);
    b0 = multiplyAdd(b0, b, x0);
    b1 = multiplyAdd(b1, b, x1);
    b2 = multiplyAdd(b2, b, x2);
    b3 = multiplyAdd(b3, b, x3);
    r += rStride;
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
  v128.store(other, b0);
  v128.store(other, b1, 16);
  v128.store(other, b2, 32);
  v128.store(other, b3, 48);
}

/** One row of `out` times eight columns: the last of an odd number. */
function single(x: usize, r: usize, rStride: usize, rows: i32, out: usize): void {
  let a0 = v128.load(out);
  let a1 = v128.load(out, 16);
  let a2 = v128.load(out, 32);
  let a3 = v128.load(out, 48);
  for (const end = x + ((<usize>rows) << 6); x < end; x += 64) {
    const a = v128.load64_splat(r);
    a0 = multiplyAdd(a0, a, v128.load(x));
    a1 = multiplyAdd(a1, a, v128.load(x, 16));
    a2 = multiplyAdd(a2, a, v128.load(x, 32));
    a3 = multiplyAdd(a3, a, v128.load(x, 48));
    r += rStride;
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  v128.store(out, a2, 32);
  v128.store(out, a3, 48);
}

/**
 * `out[k, j] += Σ_i r[i, k] · x[from + i, j]`, i from 0 to `rows − 1` in order, j in the panels `first … last − 1`.
 *
 * @param x float64 in panels; `length` rows in all.
 * @param r float64 `[rows, rStride]`; the first `count` columns are used.
 * @param out float64 `[count, outStride]`
 * @param lower where not negative, only what lies on or below the diagonal `j = lower + k` is sure to be right: tiles
 * wholly above it are left out.
 */
export function addProducts(
  x: usize,
  length: i32,
  from: i32,
  rows: i32,
  first: i32,
  last: i32,
  r: usize,
  rStride: i32,
  count: i32,
  out: usize,
  outStride: i32,
  lower: i32,
): void {
  const rBytes = (<usize>rStride) << 3;
  const outBytes = (<usize>outStride) << 3;
  for (let start = 0; start < rows; start += BLOCK) {
    const block = min(BLOCK, rows - start);
    const factors = r + rBytes * start;
    for (let panel = first; panel < last; ++panel) {
      const values = x + (((<usize>panel) * length + from + start) << 6);
      const skipped = lower < 0 ? 0 : max(0, ((panel << 3) - lower) & ~1);
      let to = out + ((<usize>panel) << 6) + outBytes * skipped;
      let k = skipped;
      for (; k + 1 < count; k += 2) {
        pair(values, factors + ((<usize>k) << 3), rBytes, block, to, outBytes);
        to += 2 * outBytes;
      }
      if (k < count) single(values, factors + ((<usize>k) << 3), rBytes, block, to);
    }
  }
}
