import type { PanelMatrix, PanelRange } from './panel-matrix.ts';

/** What `DoubleMemory.multiplyRows` says, in plain loops. */
export function multiplyRows(
  x: PanelMatrix,
  w: Float64Array,
  count: number,
  out: Float64Array,
): void {
  const { rows, columns, data } = x;
  out.fill(0, 0, rows * count);
  for (let j = 0; j < columns; j++) {
    const from = (j - (j % 8)) * rows + (j % 8);
    for (let i = 0; i < rows; i++) {
      const value = data[from + 8 * i]!;
      for (let k = 0; k < count; k++) {
        out[i * count + k]! +=
          value * w[(k - (k % 4)) * columns + 4 * j + (k % 4)]!;
      }
    }
  }
}

/** What `DoubleMemory.addProducts` says, in plain loops. */
export function addProducts(
  x: PanelMatrix,
  range: PanelRange,
  r: Float64Array,
  stride: number,
  count: number,
  out: Float64Array,
  outStride: number,
): void {
  for (let panel = range.first; panel < range.last; panel++) {
    for (let i = 0; i < range.rows; i++) {
      const from = (panel * x.rows + range.from + i) * 8;
      for (let k = 0; k < count; k++) {
        const factor = r[i * stride + k]!;
        const to = k * outStride + 8 * panel;
        for (let lane = 0; lane < 8; lane++)
          out[to + lane]! += factor * x.data[from + lane]!;
      }
    }
  }
}
