/**
 * A float64 matrix in stripes of eight columns, `[columns / 8, rows, 8]`: element (i, j) is at
 * `(⌊j / 8⌋ · rows + i) · 8 + j mod 8`. Columns are a multiple of eight; what is left over is 0.
 */
export interface PanelMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** Part of a matrix in panels that a product takes. */
export interface PanelRange {
  /** First row. */
  readonly from: number;
  /** Number of rows. */
  readonly rows: number;
  /** Panels `first … last - 1`. */
  readonly first: number;
  readonly last: number;
}

/** The smallest multiple of eight that is at least `length`. */
export const toPanels = (length: number): number => Math.ceil(length / 8) * 8;

/**
 * Puts weights into the order that `multiplyRows` reads.
 *
 * @param weights float64 `[count, columns]`
 * @param out float64 `[⌈count / 4⌉, columns, 4]`, overwritten.
 */
export function packWeights(
  weights: Float64Array,
  count: number,
  columns: number,
  out: Float64Array,
): void {
  for (let k = 0; k < count; k++) {
    const to = (k - (k % 4)) * columns + (k % 4);
    for (let j = 0; j < columns; j++)
      out[to + 4 * j] = weights[k * columns + j]!;
  }
}
