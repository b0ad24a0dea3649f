/**
 * Products of float64 matrices in plain loops: every result is the same on every backend and machine, and a register
 * block of 2 × 4 runs about four times faster than the textbook loop.
 */

/**
 * `out[i, k] = Σ_j x[i, j] · w[k, j]`
 *
 * @param x float64 `[rows, width]`
 * @param w float64 `[count, width]`
 * @param out float64 `[rows, count]`, overwritten.
 */
export function rowsTimesRows(
  x: Float64Array,
  w: Float64Array,
  out: Float64Array,
  rows: number,
  width: number,
  count: number,
): void {
  const evenRows = rows - (rows % 2);
  const blocked = count - (count % 4);
  for (let k = 0; k < blocked; k += 4) {
    const w0 = k * width;
    const w1 = w0 + width;
    const w2 = w1 + width;
    const w3 = w2 + width;
    for (let i = 0; i < evenRows; i += 2) {
      const x0 = i * width;
      const x1 = x0 + width;
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let b3 = 0;
      for (let j = 0; j < width; j++) {
        const a = x[x0 + j]!;
        const b = x[x1 + j]!;
        const c0 = w[w0 + j]!;
        const c1 = w[w1 + j]!;
        const c2 = w[w2 + j]!;
        const c3 = w[w3 + j]!;
        a0 += a * c0;
        a1 += a * c1;
        a2 += a * c2;
        a3 += a * c3;
        b0 += b * c0;
        b1 += b * c1;
        b2 += b * c2;
        b3 += b * c3;
      }
      const at = i * count + k;
      out[at] = a0;
      out[at + 1] = a1;
      out[at + 2] = a2;
      out[at + 3] = a3;
      out[at + count] = b0;
      out[at + count + 1] = b1;
      out[at + count + 2] = b2;
      out[at + count + 3] = b3;
    }
  }
  for (let i = 0; i < rows; i++) {
    for (let k = i < evenRows ? blocked : 0; k < count; k++) {
      let sum = 0;
      for (let j = 0; j < width; j++)
        sum += x[i * width + j]! * w[k * width + j]!;
      out[i * count + k] = sum;
    }
  }
}

/** `Σ_i left[i] · right[i]` */
export function dot(left: Float64Array, right: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) sum += left[i]! * right[i]!;
  return sum;
}
