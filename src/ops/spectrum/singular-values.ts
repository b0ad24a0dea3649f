import { DoubleMemory } from '../../tensor/double/double-memory.ts';
import { toPanels } from '../../tensor/double/panel-matrix.ts';
import type { NdArrayOf } from '../../tensor/nd-array.ts';
import { symmetricEigenvalues } from './symmetric-eigenvalues.ts';

/** Rows that are multiplied at a time. */
const ROWS = 256;

/** How far a computation is, in rows of work. */
export interface SpectrumTurn {
  readonly done: number;
  readonly total: number;
}

/**
 * Singular values of a matrix.
 *
 *     σ_i = sqrt(λ_i),  λ the eigenvalues of X Xᵀ or Xᵀ X, whichever is smaller
 *
 * Centring subtracts the mean over rows from each column, in float64 and before the product, so that an offset costs no digits.
 * The product is exact to float64, and a singular value to about 1.5e-8 of the largest: below that it is rounding. The numbers
 * are float32, whose own rounding is 6e-8. A negative eigenvalue, which is rounding, counts as 0.
 *
 * @param matrix X, float32 `[rows, columns]`, finite, neither of them 0.
 * @param center whether the mean over rows is subtracted.
 * @yields so that the caller may pause.
 * @returns float64 `[min(rows, columns)]`, largest first.
 *
 * Source: the definition.
 */
export function* singularValues(
  matrix: NdArrayOf<'float32'>,
  center: boolean,
): Generator<SpectrumTurn, Float64Array, undefined> {
  const { data } = matrix;
  const [rows = 0, columns = 0] = matrix.shape;
  const size = Math.min(rows, columns);
  const depth = Math.max(rows, columns);
  const mean = center ? meanOf(data, rows, columns) : new Float64Array(columns);
  const whole = toPanels(size);
  const total = depth + size;
  const memory = new DoubleMemory([ROWS * whole, ROWS * size, size * whole]);
  const panels = memory.panels(ROWS, size);
  const block = memory.array(ROWS * size); // [ROWS, size]
  const product = memory.array(size * whole); // [size, whole]
  // The long side runs over rows or columns of X; the short one is the size of the product.
  const [alongDepth, alongSize] = rows >= columns ? [columns, 1] : [1, columns];
  for (let from = 0; from < depth; from += ROWS) {
    const count = Math.min(ROWS, depth - from);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < size; j++) {
        const column = rows >= columns ? j : from + i;
        const value =
          data[(from + i) * alongDepth + j * alongSize]! - mean[column]!;
        block[i * size + j] = value;
        panels.data[((j >> 3) * ROWS + i) * 8 + (j & 7)] = value;
      }
    }
    memory.addProducts(
      panels,
      { from: 0, rows: count, first: 0, last: whole / 8 },
      ...([block, size, size, product, whole, 0] as const),
    );
    yield { done: from + count, total };
  }
  // Only the half below the diagonal was computed.
  const gram = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      gram[i * size + j] = gram[j * size + i] = product[i * whole + j]!;
    }
  }
  const turns = symmetricEigenvalues(gram, size);
  let turn = turns.next();
  while (turn.done !== true) {
    yield { done: depth + turn.value, total };
    turn = turns.next();
  }
  return turn.value.map((value) => Math.sqrt(Math.max(0, value)));
}

function meanOf(
  data: Float32Array,
  rows: number,
  columns: number,
): Float64Array {
  const mean = new Float64Array(columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) mean[j]! += data[i * columns + j]!;
  return mean.map((sum) => sum / rows);
}
