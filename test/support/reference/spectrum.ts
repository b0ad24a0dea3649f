/** Singular values by one-sided Jacobi: columns are turned against each other until all are orthogonal. Largest first. */
export function singularValuesLoops(
  rows: readonly (readonly number[])[],
): number[] {
  const isWide = rows.length < rows[0]!.length;
  const tall = isWide
    ? rows[0]!.map((_, j) => rows.map((row) => row[j]!))
    : rows;
  const columns = tall[0]!.map((_, j) => tall.map((row) => row[j]!));
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  for (let sweep = 0; sweep < 40; sweep++) {
    for (let p = 0; p < columns.length; p++) {
      for (let q = p + 1; q < columns.length; q++) {
        const [x, y] = [columns[p]!, columns[q]!];
        const meeting = dot(x, y);
        if (meeting === 0) continue;
        const half = (dot(y, y) - dot(x, x)) / (2 * meeting);
        const t = (half >= 0 ? 1 : -1) / (Math.abs(half) + Math.hypot(half, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        columns[p] = x.map((value, i) => c * value - s * y[i]!);
        columns[q] = y.map((value, i) => c * value + s * x[i]!);
      }
    }
  }
  return columns
    .map((column) => Math.sqrt(dot(column, column)))
    .sort((a, b) => b - a);
}

/** Rows with the mean of each column subtracted. */
export function centredRows(rows: readonly (readonly number[])[]): number[][] {
  const mean = rows[0]!.map(
    (_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length,
  );
  return rows.map((row) => row.map((value, j) => value - mean[j]!));
}
