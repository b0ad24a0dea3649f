import type { DoubleMemory } from '../../tensor/double/double-memory.ts';
import type { PanelMatrix } from '../../tensor/double/panel-matrix.ts';

/** Columns that are factored before the rest is brought up to date in one product. */
const BLOCK = 32;

/** Share of the largest diagonal entry below which a pivot is rounding. */
const PIVOT_FLOOR = 1e-14;

/**
 * Solves symmetric positive definite systems by their Cholesky factor, `A = L·Lᵀ`.
 *
 * A pivot below 1e-14 of the largest diagonal entry is raised to that, so that a matrix that is singular to working precision
 * has a (large, positive definite) inverse too; an all-zero matrix counts as the identity.
 */
export class PositiveSolver {
  /** float64 `[size, size]`, row-major: where the matrix is put before `factor`; its lower triangle is read. */
  readonly matrix: Float64Array;
  readonly #memory: DoubleMemory;
  readonly #size: number;
  readonly #columns: number;
  readonly #factor: PanelMatrix; // L
  readonly #transposed: PanelMatrix; // Lᵀ
  readonly #scratch: Float64Array; // one block of rows of either side, negated
  readonly #right: Float64Array; // [columns, size]

  /** Lengths of the arrays that a solver takes out of a memory. */
  static lengths(size: number, columns: number): number[] {
    const square = size * size;
    const scratch = BLOCK * Math.max(size, columns);
    return [square, square, square, scratch, columns * size];
  }

  /**
   * @param size of the matrix, a multiple of eight.
   * @param columns right-hand sides of a solution.
   */
  constructor(memory: DoubleMemory, size: number, columns: number) {
    this.#memory = memory;
    this.#size = size;
    this.#columns = columns;
    this.matrix = memory.array(size * size);
    this.#factor = memory.panels(size, size);
    this.#transposed = memory.panels(size, size);
    this.#scratch = memory.array(BLOCK * Math.max(size, columns));
    this.#right = memory.array(columns * size);
  }

  /** Factors what is in `matrix`, which is lost. */
  factor(): void {
    const size = this.#size;
    const a = this.matrix;
    let largest = 0;
    for (let i = 0; i < size; i++)
      largest = Math.max(largest, a[i * size + i]!);
    const floor = largest > 0 ? PIVOT_FLOOR * largest : 1;
    for (let start = 0; start < size; start += BLOCK) {
      const end = Math.min(size, start + BLOCK);
      for (let i = start; i < size; i++) {
        const row = i * size;
        for (let j = start; j < end && j <= i; j++) {
          const other = j * size;
          let sum = a[row + j]!;
          for (let k = start; k < j; k++) sum -= a[row + k]! * a[other + k]!;
          a[row + j] =
            i === j ? Math.sqrt(Math.max(sum, floor)) : sum / a[other + j]!;
        }
      }
      this.#keep(start, end);
      this.#updateRest(start, end);
    }
  }

  /** Puts finished columns of L into panels. */
  #keep(start: number, end: number): void {
    const size = this.#size;
    const factor = this.#factor.data;
    const transposed = this.#transposed.data;
    for (let i = start; i < size; i++) {
      for (let j = start; j < end; j++) {
        const value = j <= i ? this.matrix[i * size + j]! : 0;
        factor[((j >> 3) * size + i) * 8 + (j & 7)] = value;
        transposed[((i >> 3) * size + j) * 8 + (i & 7)] = value;
      }
    }
  }

  /** Takes what finished columns of L explain off the rest of the matrix. */
  #updateRest(start: number, end: number): void {
    const size = this.#size;
    const left = size - end;
    if (left === 0) return;
    const negative = this.#scratch; // [end - start, left]
    for (let i = end; i < size; i++) {
      for (let k = start; k < end; k++) {
        negative[(k - start) * left + i - end] = -this.matrix[i * size + k]!;
      }
    }
    this.#memory.addProducts(
      this.#transposed,
      { from: start, rows: end - start, first: end / 8, last: size / 8 },
      negative,
      left,
      left,
      this.matrix.subarray(end * size),
      size,
      end,
    );
  }

  /**
   * Multiplies the rows of `values` by the inverse of what was factored last.
   *
   * @param values float64 `[columns, size]`, changed in place.
   */
  solve(values: Float64Array): void {
    const size = this.#size;
    const right = this.#right;
    right.set(values);
    for (let start = 0; start < size; start += BLOCK) {
      const end = Math.min(size, start + BLOCK);
      this.#solveBlock(start, end, true);
      this.#takeOff(this.#transposed, start, end, end, size);
    }
    const last = size - 1 - ((size - 1) % BLOCK);
    for (let start = last; start >= 0; start -= BLOCK) {
      const end = Math.min(size, start + BLOCK);
      this.#solveBlock(start, end, false);
      this.#takeOff(this.#factor, start, end, 0, start);
    }
    values.set(right);
  }

  /** Solves with one block of the diagonal: L downwards, Lᵀ upwards. */
  #solveBlock(start: number, end: number, isDownwards: boolean): void {
    const size = this.#size;
    const right = this.#right;
    // Row b of Lᵀ's block is column b of L's: both are contiguous where they are needed.
    const rowOf = isDownwards ? this.#factor : this.#transposed;
    const at = (i: number, j: number): number =>
      rowOf.data[((j >> 3) * size + i) * 8 + (j & 7)]!;
    const block = new Float64Array(BLOCK * BLOCK);
    for (let i = start; i < end; i++) {
      for (let j = start; j < end; j++)
        block[(i - start) * BLOCK + j - start] = at(i, j);
    }
    const length = end - start;
    for (let k = 0; k < this.#columns; k++) {
      const row = k * size + start;
      if (isDownwards) {
        for (let i = 0; i < length; i++) {
          let sum = right[row + i]!;
          for (let j = 0; j < i; j++)
            sum -= block[i * BLOCK + j]! * right[row + j]!;
          right[row + i] = sum / block[i * BLOCK + i]!;
        }
      } else {
        for (let i = length - 1; i >= 0; i--) {
          let sum = right[row + i]!;
          for (let j = i + 1; j < length; j++)
            sum -= block[i * BLOCK + j]! * right[row + j]!;
          right[row + i] = sum / block[i * BLOCK + i]!;
        }
      }
    }
  }

  /** Takes what a solved block explains off the columns `from … to - 1` of the right-hand sides. */
  #takeOff(
    factor: PanelMatrix,
    start: number,
    end: number,
    from: number,
    to: number,
  ): void {
    if (from === to) return;
    const size = this.#size;
    const columns = this.#columns;
    const negative = this.#scratch; // [end - start, columns]
    for (let k = 0; k < columns; k++) {
      for (let i = start; i < end; i++) {
        negative[(i - start) * columns + k] = -this.#right[k * size + i]!;
      }
    }
    this.#memory.addProducts(
      factor,
      { from: start, rows: end - start, first: from / 8, last: to / 8 },
      negative,
      columns,
      columns,
      this.#right,
      size,
    );
  }
}
