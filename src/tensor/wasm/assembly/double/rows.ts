import { multiplyAdd } from './lanes';

/** The first two of four floats as doubles. */
// @ts-ignore: decorator
@inline
function low(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The last two. */
// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(i64x2.shuffle(x, x, 1, 0));
}

/** Four floats of a row; those beyond its end are 0. */
// @ts-ignore: decorator
@inline
function four(x: usize, left: i32): v128 {
  if (left >= 4) return v128.load(x);
  let value = v128.load32_zero(x);
  if (left > 1) value = v128.load32_lane(x, value, 1, 4);
  if (left > 2) value = v128.load32_lane(x, value, 2, 8);
  return value;
}

/** Four sums, of every fourth column each, as one: (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
function total(a: v128, b: v128): f64 {
  const sums = f64x2.add(a, b);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/**
 * `Σ_j (x_j − mean_j)²`
 *
 * @param x float32 `[width]`
 * @param mean float64 `[width to a multiple of 4]`
 */
export function squaredNorm(x: usize, width: i32, mean: usize): f64 {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  for (let left = width; left > 0; left -= 4) {
    const value = four(x, left);
    const c = f64x2.sub(low(value), v128.load(mean));
    const d = f64x2.sub(high(value), v128.load(mean, 16));
    a = multiplyAdd(a, c, c);
    b = multiplyAdd(b, d, d);
    x += 16;
    mean += 32;
  }
  return total(a, b);
}

/**
 * `d = (x − mean) · scale − origin`; adds d to `sums` and answers with ‖d‖².
 *
 * @param mean, origin, sums float64 `[width to a multiple of 4]`, 0 beyond the width.
 */
export function addDifference(
  x: usize,
  width: i32,
  mean: usize,
  scale: f64,
  origin: usize,
  sums: usize,
): f64 {
  const scales = f64x2.splat(scale);
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  for (let left = width; left > 0; left -= 4) {
    const value = four(x, left);
    const c = f64x2.sub(
      f64x2.mul(f64x2.sub(low(value), v128.load(mean)), scales),
      v128.load(origin),
    );
    const d = f64x2.sub(
      f64x2.mul(f64x2.sub(high(value), v128.load(mean, 16)), scales),
      v128.load(origin, 16),
    );
    v128.store(sums, f64x2.add(v128.load(sums), c));
    v128.store(sums, f64x2.add(v128.load(sums, 16), d), 16);
    a = multiplyAdd(a, c, c);
    b = multiplyAdd(b, d, d);
    x += 16;
    mean += 32;
    origin += 32;
    sums += 32;
  }
  return total(a, b);
}
