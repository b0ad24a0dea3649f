import { DoubleMemory } from './double-memory.ts';
import * as plain from './plain-gram.ts';

/** Columns that are centred and packed at a time. */
const COLUMNS = 1024;

/** Beyond these powers of two, products of float32 numbers would come near the ends of their range. */
const SAFE_EXPONENT = 40;

/** Float32 scales have exponents in this range. */
const MOST_EXPONENT = 120;

/**
 * Gram matrices of the linear kernel, `K_ij = (x_i − x̄) · (x_j − x̄)`, for some number of examples.
 *
 * The mean x̄ of the examples changes no centred Gram matrix, but without it float32 digits would be spent on what all
 * examples share. Products are float32, and their sums over 256 features are added up in float64: the same bits on every
 * machine and beside every backend. Features may be of any size whose differences float32 can hold.
 */
export class GramProduct {
  /** Length of a row of the result: the number of examples, rounded up to a multiple of eight. */
  readonly stride: number;
  readonly #memory: DoubleMemory;
  readonly #examples: number;
  readonly #rows: Float32Array; // [examples, COLUMNS]
  readonly #panels: Float32Array; // [stride / 8, COLUMNS, 8]
  readonly #means: Float64Array;
  readonly #gram: Float64Array; // [stride, stride]

  constructor(examples: number, options: { readonly isPlain?: boolean } = {}) {
    const stride = Math.ceil(examples / 8) * 8;
    const half = (stride * COLUMNS) / 2;
    this.stride = stride;
    this.#examples = examples;
    this.#memory = new DoubleMemory(
      [half, half, COLUMNS, stride * stride],
      options,
    );
    this.#rows = this.#memory.floats(stride * COLUMNS);
    this.#panels = this.#memory.floats(stride * COLUMNS);
    this.#means = this.#memory.array(COLUMNS);
    this.#gram = this.#memory.array(stride * stride);
  }

  /**
   * @param data float32 `[all examples, width]`; rows from `start` on are taken.
   * @returns float64 `[stride, stride]`, right on the diagonal and below; it is overwritten by the next call.
   */
  of(data: Float32Array, width: number, start: number): Float64Array {
    this.#gram.fill(0);
    for (let first = 0; first < width; first += COLUMNS) {
      const count = Math.min(COLUMNS, width - first);
      // Zeros beyond the last column are equal in all rows: they add nothing.
      const depth = Math.ceil(count / 4) * 4;
      if (depth !== count) this.#rows.fill(0);
      for (let i = 0; i < this.#examples; i++) {
        const from = (start + i) * width + first;
        this.#rows.set(data.subarray(from, from + count), i * depth);
      }
      this.#add(depth);
    }
    return this.#gram;
  }

  /** Adds what the columns in `#rows` give. */
  #add(depth: number): void {
    const examples = this.#examples;
    const panels = this.stride / 8;
    const { kernels } = this.#memory;
    const rows = this.#rows;
    const packed = this.#panels;
    const means = this.#means;
    if (kernels === null) {
      plain.columnMeans(rows, examples, depth, means);
      const largest = plain.packCentred(rows, examples, depth, means, packed);
      const scale = scaleFor(largest);
      if (scale !== 1) plain.scaleFloats(packed, scale);
      plain.addGram(packed, panels, depth, this.#gram, 1 / (scale * scale));
      return;
    }
    const at = this.#memory.address(packed);
    const from = this.#memory.address(rows);
    const meansAt = this.#memory.address(means);
    kernels.columnMeans(from, examples, depth, meansAt);
    const largest = kernels.packCentred(
      ...[from, examples, panels, depth, meansAt, at],
    );
    const scale = scaleFor(largest);
    if (scale !== 1) kernels.scaleFloats(at, panels * depth * 8, scale);
    kernels.addGram(
      ...[at, panels, depth, this.#memory.address(this.#gram)],
      1 / (scale * scale),
    );
  }
}

/** A power of two that brings numbers up to `largest` near 1, or 1 where they need none. */
function scaleFor(largest: number): number {
  if (largest === 0 || !Number.isFinite(largest)) return 1;
  const exponent = Math.floor(Math.log2(largest));
  return Math.abs(exponent) <= SAFE_EXPONENT
    ? 1
    : 2 ** -Math.max(-MOST_EXPONENT, Math.min(MOST_EXPONENT, exponent));
}
