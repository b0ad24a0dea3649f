import { multiplyAdd } from './lanes';

/**
 * Four input channels times eight filters, summed over places and images: the transposed counterpart of the tile of
 * `correlate`, on panels made by `packPanels`.
 *
 * @param x panel of the input; `run` bytes are read in one go, `segments` times a row, `rows` rows.
 * @param dy panel of the output's gradient, contiguous along a row.
 */
export function tile(
  x: usize,
  dy: usize,
  rows: i32,
  segments: i32,
  run: usize,
  segmentStride: usize,
  rowStride: usize,
  gradientRowStride: usize,
  out: usize,
  outStride: usize,
  accumulate: i32,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  if (accumulate) {
    a0 = v128.load(out);
    a1 = v128.load(out, 16);
    b0 = v128.load(out + outStride);
    b1 = v128.load(out + outStride, 16);
    c0 = v128.load(out + 2 * outStride);
    c1 = v128.load(out + 2 * outStride, 16);
    d0 = v128.load(out + 3 * outStride);
    d1 = v128.load(out + 3 * outStride, 16);
  }
  for (; rows > 0; --rows) {
    let from = x;
    let gradient = dy;
    for (let segment = 0; segment < segments; ++segment) {
      let at = from;
      const end = at + run;
      while (at < end) {
        const y0 = v128.load(gradient);
        const y1 = v128.load(gradient, 16);
        let value = v128.load32_splat(at);
        a0 = multiplyAdd(a0, value, y0);
        a1 = multiplyAdd(a1, value, y1);
        value = v128.load32_splat(at, 4);
        b0 = multiplyAdd(b0, value, y0);
        b1 = multiplyAdd(b1, value, y1);
        value = v128.load32_splat(at, 8);
        c0 = multiplyAdd(c0, value, y0);
        c1 = multiplyAdd(c1, value, y1);
        value = v128.load32_splat(at, 12);
        d0 = multiplyAdd(d0, value, y0);
        d1 = multiplyAdd(d1, value, y1);
        at += 16;
        gradient += 32;
      }
      from += segmentStride;
    }
    x += rowStride;
    dy += gradientRowStride;
  }
  v128.store(out, a0);
  v128.store(out, a1, 16);
  out += outStride;
  v128.store(out, b0);
  v128.store(out, b1, 16);
  out += outStride;
  v128.store(out, c0);
  v128.store(out, c1, 16);
  out += outStride;
  v128.store(out, d0);
  v128.store(out, d1, 16);
}

/** Smallest integer not below `a / b`, for `b > 0` and `a` of either sign. */
// @ts-ignore: decorator
@inline
function ceilDivide(a: i32, b: i32): i32 {
  return a > 0 ? (a + b - 1) / b : -(-a / b);
}

/**
 * Filter gradient of a convolution over a chunk of images, on panels.
 *
 *     dFilter[r, s, c, f] = Σ_{n, i, j} input[n, i rowStep + r − top, j columnStep + s − left, c] · dy[n, i, j, f]
 *
 * @param x `[⌈channels / 4⌉, inRows, inColumns, images, 4]`, see `packPanels`.
 * @param dy `[⌈filters / 8⌉, outRows, outColumns, images, 8]`
 * @param out float32 `[tapRows, tapColumns, channels to a multiple of 4, filters to a multiple of 8]`
 * @param accumulate whether to add to what is in `out`: from the second chunk on.
 */
export function filterGradient(
  x: usize,
  dy: usize,
  out: usize,
  images: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  outRows: i32,
  outColumns: i32,
  filters: i32,
  top: i32,
  left: i32,
  rowStep: i32,
  columnStep: i32,
  tapRows: i32,
  tapColumns: i32,
  accumulate: i32,
): void {
  const place: usize = (<usize>images) << 4;
  const rowStride: usize = place * inColumns;
  const tileStride: usize = rowStride * inRows;
  const gradientRowStride: usize = place * 2 * outColumns;
  const blockStride: usize = gradientRowStride * outRows;
  const paddedChannels = (channels + 3) & ~3;
  const outStride: usize = (<usize>((filters + 7) & ~7)) << 2;
  for (let f = 0; f < filters; f += 8) {
    for (let r = 0; r < tapRows; ++r) {
      const i0 = max(0, ceilDivide(top - r, rowStep));
      const i1 = min(outRows, ceilDivide(inRows + top - r, rowStep));
      for (let s = 0; s < tapColumns; ++s) {
        const j0 = max(0, ceilDivide(left - s, columnStep));
        const j1 = min(outColumns, ceilDivide(inColumns + left - s, columnStep));
        const columns = max(0, j1 - j0);
        // Places side by side in a row are one run where the step is 1.
        const joined = columnStep == 1;
        const segments = joined ? 1 : columns;
        const run = joined ? place * columns : place;
        let from =
          x +
          rowStride * (i0 * rowStep + r - top) +
          place * (j0 * columnStep + s - left);
        const gradient = dy + gradientRowStride * i0 + place * 2 * j0;
        let to =
          out +
          outStride * ((r * tapColumns + s) * paddedChannels) +
          ((<usize>f) << 2);
        for (let c = 0; c < channels; c += 4) {
          tile(
            from,
            gradient,
            columns > 0 ? i1 - i0 : 0,
            segments,
            run,
            place * columnStep,
            rowStride * rowStep,
            gradientRowStride,
            to,
            outStride,
            accumulate,
          );
          from += tileStride;
          to += 4 * outStride;
        }
      }
    }
    dy += blockStride;
  }
}
