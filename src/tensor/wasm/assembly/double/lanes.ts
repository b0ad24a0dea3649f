/** `sum + a · b`, both lanes; two roundings on every processor. */
// @ts-ignore: decorators of functions are AssemblyScript's
@inline
export function multiplyAdd(sum: v128, a: v128, b: v128): v128 {
  return f64x2.add(sum, f64x2.mul(a, b));
}
