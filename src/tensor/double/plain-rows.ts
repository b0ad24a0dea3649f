/** What `RowSums.squaredNorm` says, in plain loops. */
export function squaredNorm(x: Float32Array, mean: Float64Array): number {
  const sums = [0, 0, 0, 0];
  for (let j = 0; j < x.length; j++) {
    const value = x[j]! - mean[j]!;
    sums[j & 3]! += value * value;
  }
  return total(sums);
}

/** What `RowSums.addDifference` says, in plain loops. */
export function addDifference(
  x: Float32Array,
  mean: Float64Array,
  scale: number,
  origin: Float64Array,
  sums: Float64Array,
): number {
  const squares = [0, 0, 0, 0];
  for (let j = 0; j < x.length; j++) {
    const value = (x[j]! - mean[j]!) * scale - origin[j]!;
    sums[j]! += value;
    squares[j & 3]! += value * value;
  }
  return total(squares);
}

const total = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): number =>
  a + c + (b + d);
