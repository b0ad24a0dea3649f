/**
 * `sum + a · b`, lane by lane. Two roundings, so that every processor and every Node computes the same bits; a build with
 * relaxed SIMD has one, where the processor can.
 */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
export function multiplyAdd(sum: v128, a: v128, b: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, sum);
  return f32x4.add(sum, f32x4.mul(a, b));
}

/** Reads `lanes` floats (1 to 4); the others are 0. */
// @ts-ignore: decorator
@inline
export function loadLanes(source: usize, lanes: i32): v128 {
  if (lanes >= 4) return v128.load(source);
  let value = v128.load32_zero(source);
  if (lanes > 1) value = v128.load32_lane(source, value, 1, 4);
  if (lanes > 2) value = v128.load32_lane(source, value, 2, 8);
  return value;
}

/** Writes the first `lanes` floats (1 to 4). */
// @ts-ignore: decorator
@inline
export function storeLanes(target: usize, value: v128, lanes: i32): void {
  if (lanes >= 4) {
    v128.store(target, value);
    return;
  }
  v128.store32_lane(target, value, 0);
  if (lanes > 1) v128.store32_lane(target, value, 1, 4);
  if (lanes > 2) v128.store32_lane(target, value, 2, 8);
}

/** Writes the first `lanes` floats (1 to 8) of a pair of vectors. */
// @ts-ignore: decorator
@inline
export function storePair(
  target: usize,
  low: v128,
  high: v128,
  lanes: i32,
): void {
  storeLanes(target, low, lanes);
  if (lanes > 4) storeLanes(target + 16, high, lanes - 4);
}
