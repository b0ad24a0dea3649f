import { DoubleMemory } from './double-memory.ts';
import * as plain from './plain-rows.ts';

/** Floats of a block: few enough for the second-level cache. */
const BLOCK_FLOATS = 65_536;

/** Elements in order, in pieces of any length. A piece may be overwritten once the next is asked for. */
export type FloatPieces = Iterable<Float32Array>;

/**
 * Float64 sums over rows of float32 numbers that pass by once: the memory it takes does not depend on how many there are.
 * The same bits on every machine: of each row four sums, of every fourth column each, are added up.
 */
export class RowSums {
  readonly #memory: DoubleMemory;
  readonly #width: number;
  readonly #rowsAtOnce: number;
  readonly #block: Float32Array; // [rowsAtOnce, width]

  /** @param vectors that will be asked for. */
  constructor(
    width: number,
    vectors: number,
    options: { readonly isPlain?: boolean } = {},
  ) {
    this.#width = width;
    this.#rowsAtOnce = Math.max(1, Math.floor(BLOCK_FLOATS / width));
    const floats = this.#rowsAtOnce * width;
    this.#memory = new DoubleMemory(
      [
        Math.ceil(floats / 2),
        ...Array.from({ length: vectors }, () => this.#padded),
      ],
      options,
    );
    this.#block = this.#memory.floats(floats);
  }

  get #padded(): number {
    return Math.ceil(this.#width / 4) * 4;
  }

  /** A vector of zeros, one number a column; what `squaredNorm` and `addDifference` take. */
  vector(): Float64Array {
    return this.#memory.array(this.#padded).subarray(0, this.#width);
  }

  /**
   * Passes over rows.
   *
   * @param onRow is told the number of each row and where it starts in `block`, which holds it as long as it runs.
   * @yields the number of rows done, after each block.
   */
  *pass(
    pieces: FloatPieces,
    onRow: (row: number, start: number, block: Float32Array) => void,
  ): Generator<number, void, undefined> {
    const width = this.#width;
    const block = this.#block;
    let filled = 0;
    let done = 0;
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) {
        const count = Math.min(piece.length - at, block.length - filled);
        block.set(piece.subarray(at, at + count), filled);
        at += count;
        filled += count;
        if (filled < block.length) continue;
        for (let start = 0; start < filled; start += width)
          onRow(done++, start, block);
        filled = 0;
        yield done;
      }
    }
    for (let start = 0; start + width <= filled; start += width)
      onRow(done++, start, block);
    yield done;
  }

  /** `Σ_j (x_j − mean_j)²` of the row that starts there in the block. */
  squaredNorm(start: number, mean: Float64Array): number {
    const { kernels } = this.#memory;
    if (kernels === null) return plain.squaredNorm(this.#row(start), mean);
    return kernels.squaredNorm(
      this.#memory.address(this.#block) + 4 * start,
      this.#width,
      this.#memory.address(mean),
    );
  }

  /** `d = (x − mean) · scale − origin`; adds d to `sums` and answers with ‖d‖². */
  addDifference(
    start: number,
    mean: Float64Array,
    scale: number,
    origin: Float64Array,
    sums: Float64Array,
  ): number {
    const { kernels } = this.#memory;
    if (kernels === null)
      return plain.addDifference(this.#row(start), mean, scale, origin, sums);
    return kernels.addDifference(
      this.#memory.address(this.#block) + 4 * start,
      this.#width,
      this.#memory.address(mean),
      scale,
      this.#memory.address(origin),
      this.#memory.address(sums),
    );
  }

  #row(start: number): Float32Array {
    return this.#block.subarray(start, start + this.#width);
  }
}
