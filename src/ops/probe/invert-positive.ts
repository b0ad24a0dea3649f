import { columnsTimesColumns } from '../products.ts';

/** Share of the largest diagonal entry below which a pivot is rounding. */
const PIVOT_FLOOR = 1e-14;

/**
 * Inverts a symmetric positive definite matrix in place, by its Cholesky factor: `a = L·Lᵀ`, `a⁻¹ = (L⁻¹)ᵀ·L⁻¹`.
 *
 * A pivot below 1e-14 of the largest diagonal entry is raised to that, so that a matrix that is singular to working
 * precision has a (large, positive definite) inverse too; an all-zero matrix becomes the identity.
 *
 * @param a float64 `[size, size]`; the result is symmetric up to rounding.
 */
export function invertPositive(a: Float64Array, size: number): void {
  let largest = 0;
  for (let i = 0; i < size; i++) largest = Math.max(largest, a[i * size + i]!);
  const floor = largest > 0 ? PIVOT_FLOOR * largest : 1;
  for (let i = 0; i < size; i++) {
    const rowI = i * size;
    for (let j = 0; j <= i; j++) {
      const rowJ = j * size;
      let sum = a[rowI + j]!;
      for (let k = 0; k < j; k++) sum -= a[rowI + k]! * a[rowJ + k]!;
      a[rowI + j] =
        i === j ? Math.sqrt(Math.max(sum, floor)) : sum / a[rowJ + j]!;
    }
  }
  // L⁻¹ row by row: L[i,i] · inverse[i] = e_i − Σ_{k<i} L[i,k] · inverse[k]
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    const rowI = i * size;
    inverse[rowI + i] = 1;
    for (let k = 0; k < i; k++) {
      const factor = a[rowI + k]!;
      const rowK = k * size;
      for (let j = 0; j <= k; j++)
        inverse[rowI + j]! -= factor * inverse[rowK + j]!;
    }
    const pivot = a[rowI + i]!;
    for (let j = 0; j <= i; j++) inverse[rowI + j]! /= pivot;
  }
  columnsTimesColumns(inverse, inverse, a, size, size, size);
}
