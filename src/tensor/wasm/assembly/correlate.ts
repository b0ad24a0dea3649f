import { multiplyAdd, storePair } from './lanes';

/** Bytes of input that one round over all filters works on: it stays in the second-level cache. */
const CHUNK_BYTES: i32 = 131072;

/**
 * Four images at one place times eight filters: 8 accumulators, which with two vectors of the filter and a product fit
 * the 16 registers of x86. The pointers are moved, for base plus offset costs half the speed; unrolling costs as much.
 *
 * @param a first tap in the first image.
 * @param imageStride from image to image.
 * @param w packed filter at the first tap, 32 bytes a channel.
 * @param run bytes of input in one row of taps.
 * @param taps rows of taps.
 * @param rowStride of the input; `filterStride` of the packed filter: from row of taps to row of taps.
 */
export function tileOfFour(
  a: usize,
  imageStride: usize,
  w: usize,
  run: usize,
  taps: i32,
  rowStride: usize,
  filterStride: usize,
  out: usize,
  outStride: usize,
  lanes: i32,
): void {
  let b = a + imageStride;
  let c = b + imageStride;
  let d = c + imageStride;
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  const rest = rowStride - run;
  const filterRest = filterStride - run * 8;
  for (; taps > 0; --taps) {
    const end = a + run;
    while (a < end) {
      const w0 = v128.load(w);
      const w1 = v128.load(w, 16);
      let x = v128.load32_splat(a);
      a0 = multiplyAdd(a0, x, w0);
      a1 = multiplyAdd(a1, x, w1);
      x = v128.load32_splat(b);
      b0 = multiplyAdd(b0, x, w0);
      b1 = multiplyAdd(b1, x, w1);
      x = v128.load32_splat(c);
      c0 = multiplyAdd(c0, x, w0);
      c1 = multiplyAdd(c1, x, w1);
      x = v128.load32_splat(d);
      d0 = multiplyAdd(d0, x, w0);
      d1 = multiplyAdd(d1, x, w1);
      a += 4;
      b += 4;
      c += 4;
      d += 4;
      w += 32;
    }
    a += rest;
    b += rest;
    c += rest;
    d += rest;
    w += filterRest;
  }
  storePair(out, a0, a1, lanes);
  out += outStride;
  storePair(out, b0, b1, lanes);
  out += outStride;
  storePair(out, c0, c1, lanes);
  out += outStride;
  storePair(out, d0, d1, lanes);
}

/** The same for one image, where fewer than four are left. */
export function tileOfOne(
  a: usize,
  w: usize,
  run: usize,
  taps: i32,
  rowStride: usize,
  filterStride: usize,
  out: usize,
  lanes: i32,
): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  const rest = rowStride - run;
  const filterRest = filterStride - run * 8;
  for (; taps > 0; --taps) {
    const end = a + run;
    while (a < end) {
      const x = v128.load32_splat(a);
      a0 = multiplyAdd(a0, x, v128.load(w));
      a1 = multiplyAdd(a1, x, v128.load(w, 16));
      a += 4;
      w += 32;
    }
    a += rest;
    w += filterRest;
  }
  storePair(out, a0, a1, lanes);
}

/**
 * Correlation of images with a packed filter; taps outside of the image are left out, not multiplied by zero.
 *
 *     output[n, i, j, f] = Σ_{r, s, c} input[n, firstRow + i rowStep + r, firstColumn + j columnStep + s, c] · filter[r, s, c, f]
 *
 * Images at the same place share their taps, so tiles go across images, never across borders. With 1×1 images it is the
 * product of a matrix with a packed one.
 *
 * @param input float32 `[images, inRows, inColumns, channels]`
 * @param filter float32 `[⌈filters / 8⌉, tapRows, tapColumns, channels, 8]`, zeros beyond the filters.
 * @param output float32; the strides of image, row and column are in bytes, so that a stride of a gradient fits.
 */
export function correlate(
  input: usize,
  filter: usize,
  output: usize,
  images: i32,
  inRows: i32,
  inColumns: i32,
  channels: i32,
  outRows: i32,
  outColumns: i32,
  filters: i32,
  firstRow: i32,
  firstColumn: i32,
  rowStep: i32,
  columnStep: i32,
  tapRows: i32,
  tapColumns: i32,
  outImageStride: usize,
  outRowStride: usize,
  outColumnStride: usize,
): void {
  const pixel: usize = (<usize>channels) << 2;
  const rowStride: usize = pixel * inColumns;
  const imageStride: usize = rowStride * inRows;
  const filterStride: usize = pixel * 8 * tapColumns;
  const blockStride: usize = filterStride * tapRows;
  const chunk = max(4, (CHUNK_BYTES / max(1, <i32>imageStride)) & ~3);
  for (let first = 0; first < images; first += chunk) {
    const end = min(images, first + chunk);
    for (let f = 0, block = filter; f < filters; f += 8, block += blockStride) {
      const lanes = filters - f;
      for (let n = first; n < end;) {
        const four = end - n >= 4;
        const image = input + imageStride * n;
        const outImage = output + outImageStride * n + ((<usize>f) << 2);
        for (let i = 0; i < outRows; ++i) {
          const top = firstRow + i * rowStep;
          const r0 = max(0, -top);
          const rows = min(tapRows, inRows - top) - r0;
          for (let j = 0; j < outColumns; ++j) {
            const left = firstColumn + j * columnStep;
            const s0 = max(0, -left);
            const columns = min(tapColumns, inColumns - left) - s0;
            const taps = columns > 0 ? rows : 0;
            const a = image + rowStride * (top + r0) + pixel * (left + s0);
            const w = block + filterStride * r0 + pixel * 8 * s0;
            const run = pixel * columns;
            const out = outImage + outRowStride * i + outColumnStride * j;
            if (four) {
              tileOfFour(
                a,
                imageStride,
                w,
                run,
                taps,
                rowStride,
                filterStride,
                out,
                outImageStride,
                lanes,
              );
            } else {
              tileOfOne(a, w, run, taps, rowStride, filterStride, out, lanes);
            }
          }
        }
        n += four ? 4 : 1;
      }
    }
  }
}
