/** Steps of the QL iteration for one eigenvalue; two or three do in practice. */
const STEPS = 60;

/**
 * All eigenvalues of a symmetric matrix, without vectors: Householder reflections to a tridiagonal matrix, then implicit QL.
 *
 * Errors are a few units in the last place of the *largest* eigenvalue. A matrix of zeros has zeros.
 *
 * @param matrix float64 `[size, size]`, symmetric and finite; overwritten.
 * @yields after each reflection, so that the caller may pause.
 * @returns float64 `[size]`, largest first.
 *
 * Source: Golub and Van Loan, Matrix Computations, 4th edition, algorithms 8.3.1 and 8.3.3; shifts as in EISPACK's `tql1`.
 */
export function* symmetricEigenvalues(
  matrix: Float64Array,
  size: number,
): Generator<number, Float64Array, undefined> {
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(size); // beside[i] joins i and i + 1
  const v = new Float64Array(size);
  const w = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    diagonal[k] = matrix[k * size + k]!;
    if (k + 1 < size) beside[k] = reflect(matrix, size, k, v, w);
    yield k + 1;
  }
  iterate(diagonal, beside);
  return diagonal.sort().reverse();
}

/**
 * Turns column k into one entry below the diagonal, by a reflection of all that lies below and right of it.
 *
 * @returns that entry.
 */
function reflect(
  a: Float64Array,
  size: number,
  k: number,
  v: Float64Array,
  w: Float64Array,
): number {
  const first = a[(k + 1) * size + k]!;
  let rest = 0;
  for (let i = k + 2; i < size; i++) rest += a[i * size + k]! ** 2;
  if (rest === 0) return first;
  const norm = Math.sqrt(first * first + rest);
  const entry = first > 0 ? -norm : norm;
  for (let i = k + 1; i < size; i++) v[i] = a[i * size + k]!;
  v[k + 1]! -= entry;
  const beta = 2 / (rest + v[k + 1]! ** 2);

  // A ← A − v wᵀ − w vᵀ with w = βAv − ½β(vᵀβAv)v
  let along = 0;
  for (let i = k + 1; i < size; i++) {
    let sum = 0;
    for (let j = k + 1; j < size; j++) sum += a[i * size + j]! * v[j]!;
    w[i] = beta * sum;
    along += v[i]! * w[i]!;
  }
  for (let i = k + 1; i < size; i++) w[i]! -= 0.5 * beta * along * v[i]!;
  for (let i = k + 1; i < size; i++) {
    const vi = v[i]!;
    const wi = w[i]!;
    const at = i * size;
    for (let j = k + 1; j < size; j++) a[at + j]! -= vi * w[j]! + wi * v[j]!;
  }
  return entry;
}

/** Turns a tridiagonal matrix into a diagonal one. */
function iterate(diagonal: Float64Array, beside: Float64Array): void {
  const size = diagonal.length;
  for (let low = 0; low < size; low++) {
    let high = endOfBlock(diagonal, beside, low);
    for (let step = 0; high > low; step++) {
      if (step === STEPS) {
        throw new Error('Internal error: the eigenvalues do not converge');
      }
      rotateThrough(diagonal, beside, low, high);
      high = endOfBlock(diagonal, beside, low);
    }
  }
}

/** The last index of the block that begins at `low`: behind it the neighbour is negligible. */
function endOfBlock(
  diagonal: Float64Array,
  beside: Float64Array,
  low: number,
): number {
  let high = low;
  while (high + 1 < diagonal.length) {
    const scale = Math.abs(diagonal[high]!) + Math.abs(diagonal[high + 1]!);
    if (Math.abs(beside[high]!) <= Number.EPSILON * scale) break;
    high += 1;
  }
  return high;
}

/** One implicit QL step on a block, with Wilkinson's shift. */
function rotateThrough(
  d: Float64Array,
  e: Float64Array,
  low: number,
  high: number,
): void {
  let g = (d[low + 1]! - d[low]!) / (2 * e[low]!);
  const root = Math.hypot(g, 1);
  g = d[high]! - d[low]! + e[low]! / (g + (g >= 0 ? root : -root));
  let sine = 1;
  let cosine = 1;
  let shift = 0;
  for (let i = high - 1; i >= low; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      // The block falls apart here.
      d[i + 1]! -= shift;
      e[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    const q = d[i + 1]! - shift;
    const p = (d[i]! - q) * sine + 2 * cosine * b;
    shift = sine * p;
    d[i + 1] = q + shift;
    g = cosine * p - b;
  }
  d[low]! -= shift;
  e[low] = g;
  e[high] = 0;
}
