import type { FloatPieces } from '../../tensor/double/row-sums.ts';
import type { NdArrayOf } from '../../tensor/nd-array.ts';

/** Feature vectors, one an example, that can be passed over more than once without being held. */
export interface RowStream {
  readonly width: number;
  /** All elements, row by row. */
  pieces(): FloatPieces;
}

/** Features in memory as a stream. */
export const streamOf = ({ data, shape }: NdArrayOf<'float32'>): RowStream => ({
  width: shape[1] ?? 0,
  pieces: () => [data],
});

/** A number that is none was met on the way. */
export class NotFiniteError extends Error {
  override readonly name = 'NotFiniteError';
  readonly example: number;
  readonly value: number;

  constructor(example: number, value: number) {
    super(`${value} at example ${example}`);
    this.example = example;
    this.value = value;
  }
}
