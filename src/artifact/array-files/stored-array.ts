import { sizeOf } from '../../tensor/nd-array.ts';
import { ArrayFileError } from './array-file-error.ts';
import { decodeText, type ElementType } from './element-types.ts';
import type { ByteSource } from './file-bytes.ts';

type NumberType = Extract<ElementType, { kind: 'number' }>;

/** Bytes that are read at a time. */
const BLOCK_BYTES = 8 << 20;

/** An array in a file, read row by row: a row is all that one index of the first axis has. */
export class StoredArray {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** File and array, for messages: `"x.npz": array "pool"`. */
  readonly what: string;
  readonly #source: ByteSource;
  readonly #start: number;
  readonly #isFortran: boolean;

  constructor(options: {
    readonly name: string;
    readonly type: ElementType;
    readonly shape: readonly number[];
    readonly what: string;
    readonly source: ByteSource;
    /** Where its elements begin in `source`. */
    readonly start: number;
    readonly isFortran: boolean;
  }) {
    this.name = options.name;
    this.type = options.type;
    this.shape = options.shape;
    this.what = options.what;
    this.#source = options.source;
    this.#start = options.start;
    // The orders of a vector, and of a matrix with one column, are the same.
    this.#isFortran =
      options.isFortran && options.shape.filter((n) => n > 1).length > 1;
  }

  /** Number of rows; 1 for a scalar. */
  get rows(): number {
    return this.shape[0] ?? 1;
  }

  /** Elements of a row. */
  get width(): number {
    return sizeOf(this.shape.slice(1));
  }

  /** `[100, 512] of float16`. */
  get description(): string {
    return `[${this.shape.join(', ')}] of ${this.type.name}`;
  }

  /**
   * Numbers of some rows, block after block, whatever the order in which they lie in the file. Memory does not grow with the
   * array. A block may be overwritten once the next is asked for.
   *
   * @param chosen places of rows. Ascending ones are fast; any order is right.
   * @returns float64, row-major, a whole number of rows at a time.
   * @throws {ArrayFileError} if it holds texts, or if the file ends too early.
   */
  *numbers(chosen: Int32Array): Generator<Float64Array> {
    const { type, width } = this;
    if (type.kind !== 'number') {
      throw new ArrayFileError(
        `${this.what} holds texts where numbers are needed.`,
      );
    }
    const count = Math.max(
      1,
      Math.floor(BLOCK_BYTES / (8 * Math.max(1, width))),
    );
    const block = new Float64Array(Math.min(count, chosen.length) * width);
    for (let at = 0; at < chosen.length; at += count) {
      const rows = chosen.subarray(at, at + count);
      if (this.#isFortran) this.#fillFromColumns(block, rows, type);
      else this.#fillFromRows(block, rows, type);
      yield block.subarray(0, rows.length * width);
    }
  }

  /** All elements as texts; numbers as they are written. */
  texts(): string[] {
    const { type } = this;
    const bytes = new Uint8Array(type.bytes * sizeOf(this.shape));
    this.#source.read(this.#start, bytes);
    const view = new DataView(bytes.buffer);
    return Array.from({ length: sizeOf(this.shape) }, (_, index) =>
      type.kind === 'text'
        ? decodeText(
            bytes.subarray(index * type.bytes, (index + 1) * type.bytes),
            type,
          )
        : String(type.read(view, index * type.bytes, type.littleEndian)),
    );
  }

  /** Rows that lie side by side are read in one go. */
  #fillFromRows(block: Float64Array, rows: Int32Array, type: NumberType): void {
    const { width } = this;
    const rowBytes = width * type.bytes;
    const bytes = new Uint8Array(rows.length * rowBytes);
    for (let from = 0; from < rows.length;) {
      let to = from + 1;
      while (to < rows.length && rows[to] === (rows[to - 1] ?? 0) + 1) to += 1;
      this.#source.read(
        this.#start + (rows[from] ?? 0) * rowBytes,
        bytes.subarray(from * rowBytes, to * rowBytes),
      );
      from = to;
    }
    decode(bytes, type, block, rows.length * width);
  }

  /** The first index runs fastest: of each column, the stretch from the first row that is wanted to the last. */
  #fillFromColumns(
    block: Float64Array,
    rows: Int32Array,
    type: NumberType,
  ): void {
    const { width, rows: length } = this;
    let first = length;
    let last = 0;
    for (const row of rows) {
      first = Math.min(first, row);
      last = Math.max(last, row);
    }
    const span = last - first + 1;
    const bytes = new Uint8Array(span * type.bytes);
    const column = new Float64Array(span);
    const columns = fortranColumns(this.shape.slice(1));
    for (let j = 0; j < width; j++) {
      const place =
        this.#start + ((columns[j] ?? 0) * length + first) * type.bytes;
      this.#source.read(place, bytes);
      decode(bytes, type, column, span);
      for (let i = 0; i < rows.length; i++) {
        block[i * width + j] = column[(rows[i] ?? 0) - first] ?? 0;
      }
    }
  }
}

/** For each place of a row in row-major order, its place where the first index runs fastest. */
function fortranColumns(shape: readonly number[]): Int32Array {
  const places = new Int32Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let at = 0; at < places.length; at++) {
    let place = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place = place * (shape[axis] ?? 1) + (index[axis] ?? 0);
    }
    places[at] = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      if (index[axis] !== shape[axis]) break;
      index[axis] = 0;
    }
  }
  return places;
}

/** The first `count` elements as numbers; the common types without a call for each. */
function decode(
  bytes: Uint8Array,
  { name, bytes: width, littleEndian, read }: NumberType,
  out: Float64Array,
  count: number,
): void {
  const { buffer, byteOffset, byteLength } = bytes;
  if (littleEndian && name === 'float32') {
    out.set(new Float32Array(buffer, byteOffset, count));
  } else if (littleEndian && name === 'float64') {
    out.set(new Float64Array(buffer, byteOffset, count));
  } else {
    const view = new DataView(buffer, byteOffset, byteLength);
    for (let i = 0; i < count; i++)
      out[i] = read(view, i * width, littleEndian);
  }
}
