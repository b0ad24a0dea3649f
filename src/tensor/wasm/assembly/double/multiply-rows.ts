import { multiplyAdd } from './lanes';

/** Rows that are worked on with one block of panels. */
const ROWS = 64;
/** Panels of a block: few, so that each is read in long runs. */
const PANELS = 4;

/**
 * Four rows times four columns over a block of panels; the sums so far are in `out`.
 *
 * @param columns of the four that exist.
 */
function tile(
  x: usize,
  panelBytes: usize,
  panels: i32,
  w: usize,
  out: usize,
  outStride: usize,
  columns: i32,
): void {
  const out1 = out + outStride;
  const out2 = out1 + outStride;
  const out3 = out2 + outStride;
  let a0 = load(out, columns);
  let b0 = load(out1, columns);
  let c0 = load(out2, columns);
  let d0 = load(out3, columns);
  if (columns > 2) {
    let a1 = load(out + 16, columns - 2);
    let b1 = load(out1 + 16, columns - 2);
    let c1 = load(out2 + 16, columns - 2);
    let d1 = load(out3 + 16, columns - 2);
    for (; panels > 0; --panels) {
      for (let at = x, end = x + 64; at < end; at += 8) {
        const w0 = v128.load(w);
        const w1 = v128.load(w, 16);
        const a = v128.load64_splat(at);
        a0 = multiplyAdd(a0, a, w0);
        a1 = multiplyAdd(a1, a, w1);
        const b = v128.load64_splat(at, 64);
        b0 = multiplyAdd(b0, b, w0);
        b1 = multiplyAdd(b1, b, w1);
        const c = v128.load64_splat(at, 128);
        c0 = multiplyAdd(c0, c, w0);
        c1 = multiplyAdd(c1, c, w1);
        const d = v128.load64_splat(at, 192);
        d0 = multiplyAdd(d0, d, w0);
        d1 = multiplyAdd(d1, d, w1);
        w += 32;
      }
      x += panelBytes;
    }
    store(out + 16, a1, columns - 2);
    store(out1 + 16, b1, columns - 2);
    store(out2 + 16, c1, columns - 2);
    store(out3 + 16, d1, columns - 2);
  } else {
    for (; panels > 0; --panels) {
      for (let at = x, end = x + 64; at < end; at += 8) {
        const w0 = v128.load(w);
        a0 = multiplyAdd(a0, v128.load64_splat(at), w0);
        b0 = multiplyAdd(b0, v128.load64_splat(at, 64), w0);
        c0 = multiplyAdd(c0, v128.load64_splat(at, 128), w0);
        d0 = multiplyAdd(d0, v128.load64_splat(at, 192), w0);
        w += 32;
      }
      x += panelBytes;
    }
  }
  store(out, a0, columns);
  store(out1, b0, columns);
  store(out2, c0, columns);
  store(out3, d0, columns);
}

/** One row times four columns: what four rows at a time leave over. */
function rest(x: usize, panelBytes: usize, panels: i32, w: usize, out: usize, columns: i32): void {
  let a0 = load(out, columns);
  let a1 = columns > 2 ? load(out + 16, columns - 2) : f64x2.splat(0);
  for (; panels > 0; --panels) {
    for (let at = x, end = x + 64; at < end; at += 8) {
      const a = v128.load64_splat(at);
      a0 = multiplyAdd(a0, a, v128.load(w));
      a1 = multiplyAdd(a1, a, v128.load(w, 16));
      w += 32;
    }
    x += panelBytes;
  }
  store(out, a0, columns);
  if (columns > 2) store(out + 16, a1, columns - 2);
}

// @ts-ignore: decorator
@inline
function load(source: usize, columns: i32): v128 {
  return columns > 1 ? v128.load(source) : v128.load64_zero(source);
}

// @ts-ignore: decorator
@inline
function store(target: usize, value: v128, columns: i32): void {
  if (columns > 1) v128.store(target, value);
  else v128.store64_lane(target, value, 0);
}

/**
 * `out[i, k] = Σ_j x[i, j] · w[j, k]`, j in order.
 *
 * @param x float64 in panels, `rows` rows.
 * @param w float64 `[⌈columns / 4⌉, 8 · panels, 4]`
 * @param out float64 `[rows, columns]`, overwritten.
 */
export function multiplyRows(
  x: usize,
  rows: i32,
  panels: i32,
  w: usize,
  columns: i32,
  out: usize,
): void {
  memory.fill(out, 0, ((<usize>rows) * columns) << 3);
  const panelBytes = (<usize>rows) << 6;
  const outStride = (<usize>columns) << 3;
  const wBytes = (<usize>panels) << 8;
  for (let panel = 0; panel < panels; panel += PANELS) {
    const block = min(PANELS, panels - panel);
    const values = x + panelBytes * panel;
    const weights = w + ((<usize>panel) << 8);
    for (let start = 0; start < rows; start += ROWS) {
      const end = min(rows, start + ROWS);
      for (let k = 0; k < columns; k += 4) {
        const factors = weights + wBytes * (k >> 2);
        const lanes = columns - k;
        let i = start;
        let to = out + outStride * i + ((<usize>k) << 3);
        for (; i + 3 < end; i += 4) {
          tile(values + ((<usize>i) << 6), panelBytes, block, factors, to, outStride, lanes);
          to += 4 * outStride;
        }
        for (; i < end; ++i) {
          rest(values + ((<usize>i) << 6), panelBytes, block, factors, to, lanes);
          to += outStride;
        }
      }
    }
  }
}
