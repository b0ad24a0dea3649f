import { loadLanes, storeLanes } from './lanes';

/** Bytes of one array that a chunk of rows takes, so that a second look at it finds it in the first-level cache. */
const CHUNK_BYTES: i32 = 8192;

/** Rows that a chunk takes. */
// @ts-ignore: decorator
@inline
export function rowsOfChunk(channels: i32): i32 {
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
// @ts-ignore: decorator
@inline
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
    for (; c + 4 <= channels; c += 4) {
      const at: usize = (<usize>c) << 2;
      fourMoments(from + at, stride, mean + at, variance + at, row, count, 4);
    }
    if (c < channels) {
      const at: usize = (<usize>c) << 2;
      const lanes = channels & 3;
      fourMoments(
        from + at,
        stride,
        mean + at,
        variance + at,
        row,
        count,
        lanes,
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

