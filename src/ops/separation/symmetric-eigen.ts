/** Sweeps after which off-diagonal entries are as small as they get; six do in practice. */
const SWEEPS = 30;

/** Eigenvalues, largest first, and their vectors. */
export interface Eigen {
  readonly values: Float64Array;
  /** float64 `[size, size]`; row r belongs to value r. */
  readonly vectors: Float64Array;
}

/**
 * Eigenvalues and vectors of a small symmetric matrix, by Jacobi rotations: `A = Σ_r values[r] · v_r v_rᵀ`.
 *
 * @param matrix float64 `[size, size]`, symmetric; not changed.
 *
 * Source: Golub and Van Loan, Matrix Computations, 4th edition, section 8.5 (cyclic Jacobi).
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  let scale = 0;
  for (const value of a) scale += value * value;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) off += a[p * size + q]! ** 2;
    }
    if (off <= 1e-32 * scale) break;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, v, size, p, q);
    }
  }
  const order = Array.from({ length: size }, (_, i) => i).sort(
    (i, j) => a[j * size + j]! - a[i * size + i]!,
  );
  const values = Float64Array.from(order, (i) => a[i * size + i]!);
  const vectors = new Float64Array(size * size);
  order.forEach((i, rank) => {
    vectors.set(v.subarray(i * size, (i + 1) * size), rank * size);
  });
  return { values, vectors };
}

/** Turns rows and columns p and q so that the entry where they meet is 0. */
function rotate(
  a: Float64Array,
  v: Float64Array,
  size: number,
  p: number,
  q: number,
): void {
  const meeting = a[p * size + q]!;
  if (meeting === 0) return;
  const half = (a[q * size + q]! - a[p * size + p]!) / (2 * meeting);
  const tangent =
    (half >= 0 ? 1 : -1) / (Math.abs(half) + Math.sqrt(half * half + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  for (let k = 0; k < size; k++) {
    const x = a[p * size + k]!;
    const y = a[q * size + k]!;
    a[p * size + k] = cosine * x - sine * y;
    a[q * size + k] = sine * x + cosine * y;
  }
  for (let k = 0; k < size; k++) {
    const x = a[k * size + p]!;
    const y = a[k * size + q]!;
    a[k * size + p] = cosine * x - sine * y;
    a[k * size + q] = sine * x + cosine * y;
    const s = v[p * size + k]!;
    const t = v[q * size + k]!;
    v[p * size + k] = cosine * s - sine * t;
    v[q * size + k] = sine * s + cosine * t;
  }
}
