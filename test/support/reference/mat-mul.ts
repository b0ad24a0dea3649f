/** `a · b` of `[rows, depth]` and `[depth, columns]`, each stored transposed where said. */
export function matMulLoops(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  sizes: {
    readonly rows: number;
    readonly depth: number;
    readonly columns: number;
    readonly transposeA: boolean;
    readonly transposeB: boolean;
  },
): Float64Array {
  const { rows, depth, columns, transposeA, transposeB } = sizes;
  const product = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      for (let k = 0; k < depth; k++) {
        const left = transposeA ? a[k * rows + i]! : a[i * depth + k]!;
        const right = transposeB ? b[j * depth + k]! : b[k * columns + j]!;
        product[i * columns + j]! += left * right;
      }
  return product;
}
