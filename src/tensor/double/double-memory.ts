import { readBuiltModule } from '../wasm/built-module.ts';
import { toPanels, type PanelMatrix, type PanelRange } from './panel-matrix.ts';
import * as plain from './plain-products.ts';

/** What the module exports; arrays are told by their addresses. */
export interface DoubleKernels {
  addDifference(...parameters: number[]): number;
  addGram(...parameters: number[]): void;
  addProducts(...parameters: number[]): void;
  columnMeans(...parameters: number[]): void;
  multiplyRows(...parameters: number[]): void;
  packCentred(...parameters: number[]): number;
  scaleFloats(...parameters: number[]): void;
  squaredNorm(...parameters: number[]): number;
}

const BYTES = Float64Array.BYTES_PER_ELEMENT;
const PAGE_BYTES = 65_536;
/** What a WebAssembly memory can have. */
const MOST_PAGES = 65_536;

let compiled: WebAssembly.Module | null | undefined;

/** The module, or null where this machine has no SIMD. */
function compiledModule(): WebAssembly.Module | null {
  if (compiled === undefined) {
    const { bytes } = readBuiltModule('double.wasm', 'The float64 products');
    compiled = bytes === undefined ? null : new WebAssembly.Module(bytes);
  }
  return compiled;
}

/**
 * Float64 arrays with fast products. Every sum runs in the order of its index with plain rounding, so that results are those
 * of plain loops, bit for bit, on every machine and beside every backend.
 *
 * The room is fixed when it is made, so that arrays stay where they are; it goes with the last array. Where the machine has
 * no SIMD, or WebAssembly cannot have that much room, plain loops do the work.
 */
export class DoubleMemory {
  /** The module in this memory, or null where plain loops do the work. */
  readonly kernels: DoubleKernels | null;
  readonly #buffer: ArrayBuffer;
  #used = 0;

  /** @param lengths of the arrays that will be asked for, in elements. */
  constructor(
    lengths: readonly number[],
    options: { readonly isPlain?: boolean } = {},
  ) {
    const bytes = lengths.reduce((sum, length) => sum + sizeBytes(length), 0);
    const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
    const module =
      options.isPlain === true || pages > MOST_PAGES ? null : compiledModule();
    const memory = module === null ? null : reserve(pages);
    if (module === null || memory === null) {
      this.#buffer = new ArrayBuffer(bytes);
      this.kernels = null;
      return;
    }
    this.#buffer = memory.buffer;
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    this.kernels = exports as unknown as DoubleKernels;
  }

  /** Zeros. */
  array(length: number): Float64Array {
    const at = this.#used;
    this.#used += sizeBytes(length);
    return new Float64Array(this.#buffer, at, length);
  }

  /** Zeros in float32; they take the room of half as many float64 ones. */
  floats(length: number): Float32Array {
    const whole = this.array(Math.ceil(length / 2));
    return new Float32Array(this.#buffer, whole.byteOffset, length);
  }

  /** A matrix of zeros, its columns rounded up to whole panels. */
  panels(rows: number, columns: number): PanelMatrix {
    const whole = toPanels(columns);
    return { rows, columns: whole, data: this.array(rows * whole) };
  }

  /**
   * `out[i, k] = Σ_j x[i, j] · w[j, k]`
   *
   * @param w float64 `[⌈count / 4⌉, columns, 4]`, see `packWeights`.
   * @param out float64 `[rows, count]`, overwritten.
   */
  multiplyRows(
    x: PanelMatrix,
    w: Float64Array,
    count: number,
    out: Float64Array,
  ): void {
    if (this.kernels === null) {
      plain.multiplyRows(x, w, count, out);
      return;
    }
    this.kernels.multiplyRows(
      this.address(x.data),
      x.rows,
      x.columns / 8,
      this.address(w),
      count,
      this.address(out),
    );
  }

  /**
   * `out[k, j] += Σ_i r[i, k] · x[from + i, j]`, for the columns j of some panels.
   *
   * @param r float64 `[rows, stride]`; the first `count` columns are used.
   * @param out float64 `[count, outStride]`
   * @param lower where it is given, entries above the diagonal `j = lower + k` are left as they are or get some value.
   */
  addProducts(
    x: PanelMatrix,
    range: PanelRange,
    r: Float64Array,
    stride: number,
    count: number,
    out: Float64Array,
    outStride: number,
    lower = -1,
  ): void {
    if (this.kernels === null) {
      plain.addProducts(x, range, r, stride, count, out, outStride);
      return;
    }
    this.kernels.addProducts(
      this.address(x.data),
      x.rows,
      range.from,
      range.rows,
      range.first,
      range.last,
      this.address(r),
      stride,
      count,
      this.address(out),
      outStride,
      lower,
    );
  }

  /** Where an array of this memory lies, in bytes. */
  address(array: Float64Array | Float32Array): number {
    if (array.buffer !== this.#buffer) {
      throw new Error('Internal error: an array of another memory');
    }
    return array.byteOffset;
  }
}

/**
 * A memory of so many pages, or null where the system refuses: each one reserves gigabytes of addresses, which a limit of the
 * address space (`ulimit -v`) may not leave.
 */
function reserve(pages: number): WebAssembly.Memory | null {
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Bytes of an array that starts at a multiple of 16. */
const sizeBytes = (length: number): number => (length + (length % 2)) * BYTES;
