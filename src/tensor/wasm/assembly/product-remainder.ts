import { multiplyAdd } from './lanes';

/**
 * What rounding takes from a · b where `multiplyAdd` rounds once, and 0 where it rounds twice: only running it tells which of
 * the two a relaxed multiplication does on this machine.
 */
export function productRemainder(a: f32, b: f32): f32 {
  const product = f32x4.splat(-(a * b));
  return f32x4.extract_lane(
    multiplyAdd(product, f32x4.splat(a), f32x4.splat(b)),
    0,
  );
}
