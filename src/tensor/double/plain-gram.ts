/**
 * The kernels of `GramProduct` in plain loops, for machines without SIMD: the same bits.
 */

/** Depth at which float32 sums are added to the float64 ones. */
const DEPTH = 256;

/** Means of the columns of `[rows, depth]`, exact where all rows are equal. */
export function columnMeans(
  x: Float32Array,
  rows: number,
  depth: number,
  means: Float64Array,
): void {
  means.fill(0);
  for (let i = 1; i < rows; i++) {
    for (let j = 0; j < depth; j++) means[j]! += x[i * depth + j]! - x[j]!;
  }
  for (let j = 0; j < depth; j++) means[j] = x[j]! + means[j]! / rows;
}

/** Centres rows and puts them into panels, `[⌈rows / 8⌉, depth, 8]`; answers with the largest absolute value. */
export function packCentred(
  x: Float32Array,
  rows: number,
  depth: number,
  means: Float64Array,
  out: Float32Array,
): number {
  out.fill(0);
  let largest = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < depth; j++) {
      const value = Math.fround(x[i * depth + j]! - means[j]!);
      out[((i >> 3) * depth + j) * 8 + (i & 7)] = value;
      largest = Math.max(largest, Math.abs(value));
    }
  }
  return largest;
}

/** Multiplies all floats. */
export function scaleFloats(x: Float32Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i]! *= factor;
}

/** `out[i, j] += factor · Σ_k x[i, k] · x[j, k]` for j ≤ i. */
export function addGram(
  x: Float32Array,
  panels: number,
  depth: number,
  out: Float64Array,
  factor: number,
): void {
  const rows = 8 * panels;
  const start = (i: number): number => (i >> 3) * depth * 8 + (i & 7);
  for (let first = 0; first < depth; first += DEPTH) {
    const end = Math.min(depth, first + DEPTH);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j <= i; j++) {
        const [a, b] = [start(i), start(j)];
        let sum = 0;
        for (let k = first; k < end; k++) {
          const product = Math.fround(x[a + 8 * k]! * x[b + 8 * k]!);
          sum = Math.fround(sum + product);
        }
        out[i * rows + j]! += sum * factor;
      }
    }
  }
}
