import { loadLanes, storeLanes } from './lanes';

/** Bytes of one array that a chunk of rows takes, so that a second look at it finds it in the first-level cache. */
const CHUNK_BYTES: i32 = 8192;

// @ts-ignore: decorator
@inline
function rowsOfChunk(channels: i32): i32 {
  return max(16, CHUNK_BYTES / (channels << 2));
}

/** Merges mean and squared deviations of a chunk into those of the rows before it (Chan, Golub and LeVeque 1979). */
// @ts-ignore: decorator
@inline
function merge(
  mean: usize,
  deviation: usize,
  chunkMean: v128,
  chunkDeviation: v128,
  before: i32,
  rows: i32,
  lanes: i32,
): void {
  const all: f32 = <f32>(before + rows);
  const share = f32x4.splat(<f32>rows / all);
  const weight = f32x4.splat((<f32>before * <f32>rows) / all);
  const old = loadLanes(mean, lanes);
  const delta = f32x4.sub(chunkMean, old);
  storeLanes(mean, f32x4.add(old, f32x4.mul(delta, share)), lanes);
  const shift = f32x4.mul(f32x4.mul(delta, delta), weight);
  const total = f32x4.add(
    loadLanes(deviation, lanes),
    f32x4.add(chunkDeviation, shift),
  );
  storeLanes(deviation, total, lanes);
}

/** Mean and squared deviations of sixteen channels over a chunk, merged into the running ones. */
function sixteenMoments(
  x: usize,
  stride: usize,
  mean: usize,
  deviation: usize,
  before: i32,
  rows: i32,
): void {
  let a = f32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let at = x;
  for (let row = 0; row < rows; ++row) {
    a = f32x4.add(a, v128.load(at));
    b = f32x4.add(b, v128.load(at, 16));
    c = f32x4.add(c, v128.load(at, 32));
    d = f32x4.add(d, v128.load(at, 48));
    at += stride;
  }
  const count = f32x4.splat(<f32>rows);
  const meanA = f32x4.div(a, count);
  const meanB = f32x4.div(b, count);
  const meanC = f32x4.div(c, count);
  const meanD = f32x4.div(d, count);
  a = f32x4.splat(0);
  b = a;
  c = a;
  d = a;
  at = x;
  for (let row = 0; row < rows; ++row) {
    let difference = f32x4.sub(v128.load(at), meanA);
    a = f32x4.add(a, f32x4.mul(difference, difference));
    difference = f32x4.sub(v128.load(at, 16), meanB);
    b = f32x4.add(b, f32x4.mul(difference, difference));
    difference = f32x4.sub(v128.load(at, 32), meanC);
    c = f32x4.add(c, f32x4.mul(difference, difference));
    difference = f32x4.sub(v128.load(at, 48), meanD);
    d = f32x4.add(d, f32x4.mul(difference, difference));
    at += stride;
  }
  merge(mean, deviation, meanA, a, before, rows, 4);
  merge(mean + 16, deviation + 16, meanB, b, before, rows, 4);
  merge(mean + 32, deviation + 32, meanC, c, before, rows, 4);
  merge(mean + 48, deviation + 48, meanD, d, before, rows, 4);
}

/** The same for up to four channels. */
function fourMoments(
  x: usize,
  stride: usize,
  mean: usize,
  deviation: usize,
  before: i32,
  rows: i32,
  lanes: i32,
): void {
  let sum = f32x4.splat(0);
  let at = x;
  for (let row = 0; row < rows; ++row) {
    sum = f32x4.add(sum, loadLanes(at, lanes));
    at += stride;
  }
  const chunkMean = f32x4.div(sum, f32x4.splat(<f32>rows));
  sum = f32x4.splat(0);
  at = x;
  for (let row = 0; row < rows; ++row) {
    const difference = f32x4.sub(loadLanes(at, lanes), chunkMean);
    sum = f32x4.add(sum, f32x4.mul(difference, difference));
    at += stride;
  }
  merge(mean, deviation, chunkMean, sum, before, rows, lanes);
}

/**
 * Mean and biased variance of each column, in one pass over memory: chunk by chunk, each chunk around its own mean, so
 * that a large mean costs no digits.
 *
 * @param x float32 `[rows, channels]`
 * @param mean float32 `[channels]`; `variance` likewise.
 */
export function moments(
  x: usize,
  mean: usize,
  variance: usize,
  rows: i32,
  channels: i32,
): void {
  const stride: usize = (<usize>channels) << 2;
  memory.fill(mean, 0, stride);
  memory.fill(variance, 0, stride);
  const step = rowsOfChunk(channels);
  for (let row = 0; row < rows; row += step) {
    const from = x + stride * row;
    const count = min(step, rows - row);
    let c = 0;
    for (; c + 16 <= channels; c += 16) {
      const at: usize = (<usize>c) << 2;
      sixteenMoments(from + at, stride, mean + at, variance + at, row, count);
    }
    for (; c < channels; c += 4) {
      const at: usize = (<usize>c) << 2;
      fourMoments(
        from + at,
        stride,
        mean + at,
        variance + at,
        row,
        count,
        channels - c,
      );
    }
  }
  const share = f32x4.splat(<f32>1 / <f32>rows);
  for (let c = 0; c < channels; c += 4) {
    const at = variance + ((<usize>c) << 2);
    storeLanes(
      at,
      f32x4.mul(loadLanes(at, channels - c), share),
      channels - c,
    );
  }
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
  for (let row = 0; row < rows; ++row) {
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      const at: usize = (<usize>c) << 2;
      const centred = f32x4.sub(
        loadLanes(x, lanes),
        loadLanes(mean + at, lanes),
      );
      let value = f32x4.add(
        f32x4.mul(centred, loadLanes(scale + at, lanes)),
        loadLanes(beta + at, lanes),
      );
      if (residual) {
        value = f32x4.add(value, loadLanes(residual, lanes));
        residual += 4 * min(4, lanes);
      }
      storeLanes(output, f32x4.pmax(value, floor), lanes);
      x += 4 * min(4, lanes);
      output += 4 * min(4, lanes);
    }
  }
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
  memory.fill(sums, 0, stride);
  memory.fill(products, 0, stride);
  const step = rowsOfChunk(channels);
  for (let row = 0; row < rows; row += step) {
    const count = min(step, rows - row);
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      const at: usize = (<usize>c) << 2;
      const centre = loadLanes(mean + at, lanes);
      let offset: usize = stride * row + at;
      let sum = f32x4.splat(0);
      let product = sum;
      for (let i = 0; i < count; ++i) {
        let value = loadLanes(dy + offset, lanes);
        if (output) {
          const kept = f32x4.gt(
            loadLanes(output + offset, lanes),
            f32x4.splat(0),
          );
          value = v128.and(value, kept);
        }
        if (slope) storeLanes(slope + offset, value, lanes);
        const centred = f32x4.sub(loadLanes(x + offset, lanes), centre);
        sum = f32x4.add(sum, value);
        product = f32x4.add(product, f32x4.mul(value, centred));
        offset += stride;
      }
      storeLanes(
        sums + at,
        f32x4.add(loadLanes(sums + at, lanes), sum),
        lanes,
      );
      storeLanes(
        products + at,
        f32x4.add(loadLanes(products + at, lanes), product),
        lanes,
      );
    }
  }
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
  let offset: usize = 0;
  for (let row = 0; row < rows; ++row) {
    for (let c = 0; c < channels; c += 4) {
      const lanes = channels - c;
      const at: usize = (<usize>c) << 2;
      let value = loadLanes(slope + offset, lanes);
      if (output) {
        const kept = f32x4.gt(
          loadLanes(output + offset, lanes),
          f32x4.splat(0),
        );
        value = v128.and(value, kept);
      }
      const centred = f32x4.sub(
        loadLanes(x + offset, lanes),
        loadLanes(mean + at, lanes),
      );
      value = f32x4.mul(value, loadLanes(scale + at, lanes));
      value = f32x4.sub(value, loadLanes(a + at, lanes));
      value = f32x4.sub(value, f32x4.mul(centred, loadLanes(b + at, lanes)));
      storeLanes(dx + offset, value, lanes);
      offset += 4 * min(4, lanes);
    }
  }
}
