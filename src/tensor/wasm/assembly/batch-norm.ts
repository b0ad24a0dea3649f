import { rowsOfChunk } from './moments';
import { loadLanes, storeLanes } from './lanes';

/** One vector of `normalize`. With a literal for `lanes` the compiler leaves the choice of lanes out. */
// @ts-ignore: decorator
@inline
function normalizeLanes(
  x: usize,
  mean: usize,
  scale: usize,
  beta: usize,
  residual: usize,
  output: usize,
  floor: v128,
  lanes: i32,
): void {
  const centred = f32x4.sub(loadLanes(x, lanes), loadLanes(mean, lanes));
  let value = f32x4.add(
    f32x4.mul(centred, loadLanes(scale, lanes)),
    loadLanes(beta, lanes),
  );
  if (residual) value = f32x4.add(value, loadLanes(residual, lanes));
  storeLanes(output, f32x4.pmax(value, floor), lanes);
}

/**
 * `output = relu((x − mean) · scale + beta + residual)`, relu and residual where asked for.
 *
 * @param x float32 `[rows, channels]`; `residual` (0 for none) and `output` likewise.
 * @param mean float32 `[channels]`; `scale` and `beta` likewise.
 */
export function normalize(
  x: usize,
  mean: usize,
  scale: usize,
  beta: usize,
  residual: usize,
  output: usize,
  rows: i32,
  channels: i32,
  relu: i32,
): void {
  // Where nothing is cut, nothing is below this.
  const floor = f32x4.splat(relu ? 0 : -Infinity);
  const stride: usize = (<usize>channels) << 2;
  const whole: usize = stride & ~15;
  for (let row = 0; row < rows; ++row) {
    for (let at: usize = 0; at < whole; at += 16) {
      normalizeLanes(
        x + at,
        mean + at,
        scale + at,
        beta + at,
        residual ? residual + at : 0,
        output + at,
        floor,
        4,
      );
    }
    if (whole < stride) {
      normalizeLanes(
        x + whole,
        mean + whole,
        scale + whole,
        beta + whole,
        residual ? residual + whole : 0,
        output + whole,
        floor,
        channels & 3,
      );
    }
    x += stride;
    output += stride;
    if (residual) residual += stride;
  }
}

/** What comes through relu: `dy` where the output is above 0. Without relu (`output` is 0) it is `dy`. */
// @ts-ignore: decorator
@inline
function slopeLanes(dy: usize, output: usize, offset: usize, lanes: i32): v128 {
  const value = loadLanes(dy + offset, lanes);
  if (!output) return value;
  const kept = f32x4.gt(loadLanes(output + offset, lanes), f32x4.splat(0));
  return v128.and(value, kept);
}

/** `normalizeSums` for up to four channels and a chunk of rows. */
// @ts-ignore: decorator
@inline
function sumLanes(
  dy: usize,
  x: usize,
  output: usize,
  mean: usize,
  slope: usize,
  sums: usize,
  products: usize,
  offset: usize,
  stride: usize,
  rows: i32,
  lanes: i32,
): void {
  const centre = loadLanes(mean, lanes);
  let sum = f32x4.splat(0);
  let product = sum;
  for (let row = 0; row < rows; ++row) {
    const value = slopeLanes(dy, output, offset, lanes);
    if (slope) storeLanes(slope + offset, value, lanes);
    const centred = f32x4.sub(loadLanes(x + offset, lanes), centre);
    sum = f32x4.add(sum, value);
    product = f32x4.add(product, f32x4.mul(value, centred));
    offset += stride;
  }
  storeLanes(sums, f32x4.add(loadLanes(sums, lanes), sum), lanes);
  storeLanes(products, f32x4.add(loadLanes(products, lanes), product), lanes);
}

/**
 * First half of the gradient: what comes through relu, and its sums over rows.
 *
 *     slope = dy where output > 0 (or dy, where `output` is 0);  sums = Σ slope;  products = Σ slope (x − mean)
 *
 * @param slope float32 `[rows, channels]`, written; 0 where it is not needed (without relu it is `dy`).
 * @param sums float32 `[channels]`; `products` likewise.
 */
export function normalizeSums(
  dy: usize,
  x: usize,
  output: usize,
  mean: usize,
  slope: usize,
  sums: usize,
  products: usize,
  rows: i32,
  channels: i32,
): void {
  const stride: usize = (<usize>channels) << 2;
  const whole: usize = stride & ~15;
  memory.fill(sums, 0, stride);
  memory.fill(products, 0, stride);
  const step = rowsOfChunk(channels);
  for (let row = 0; row < rows; row += step) {
    const count = min(step, rows - row);
    const first = stride * row;
    for (let at: usize = 0; at < whole; at += 16) {
      sumLanes(
        dy,
        x,
        output,
        mean + at,
        slope,
        sums + at,
        products + at,
        first + at,
        stride,
        count,
        4,
      );
    }
    if (whole < stride) {
      sumLanes(
        dy,
        x,
        output,
        mean + whole,
        slope,
        sums + whole,
        products + whole,
        first + whole,
        stride,
        count,
        channels & 3,
      );
    }
  }
}

/** One vector of `normalizeGradient`. */
// @ts-ignore: decorator
@inline
function gradientLanes(
  slope: usize,
  x: usize,
  output: usize,
  mean: usize,
  scale: usize,
  a: usize,
  b: usize,
  dx: usize,
  offset: usize,
  lanes: i32,
): void {
  let value = slopeLanes(slope, output, offset, lanes);
  const centred = f32x4.sub(loadLanes(x + offset, lanes), loadLanes(mean, lanes));
  value = f32x4.mul(value, loadLanes(scale, lanes));
  value = f32x4.sub(value, loadLanes(a, lanes));
  value = f32x4.sub(value, f32x4.mul(centred, loadLanes(b, lanes)));
  storeLanes(dx + offset, value, lanes);
}

/**
 * Second half: `dx = scale · slope − a − b · (x − mean)`, with constants by channel that the caller derives from the sums.
 *
 * @param slope float32 `[rows, channels]`, see `normalizeSums`; where `output` is not 0, `dy`, and relu is looked up again.
 */
export function normalizeGradient(
  slope: usize,
  x: usize,
  output: usize,
  mean: usize,
  scale: usize,
  a: usize,
  b: usize,
  dx: usize,
  rows: i32,
  channels: i32,
): void {
  const stride: usize = (<usize>channels) << 2;
  const whole: usize = stride & ~15;
  let first: usize = 0;
  for (let row = 0; row < rows; ++row) {
    for (let at: usize = 0; at < whole; at += 16) {
      gradientLanes(
        slope,
        x,
        output,
        mean + at,
        scale + at,
        a + at,
        b + at,
        dx,
        first + at,
        4,
      );
    }
    if (whole < stride) {
      gradientLanes(
        slope,
        x,
        output,
        mean + whole,
        scale + whole,
        a + whole,
        b + whole,
        dx,
        first + whole,
        channels & 3,
      );
    }
    first += stride;
  }
}
