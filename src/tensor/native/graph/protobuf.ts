/**
 * Writes Protocol Buffers messages, as much of the format as a TensorFlow graph needs: whole numbers that are not
 * negative below 2⁵³ and small negative ones, floats, bytes, text, messages inside of messages.
 */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = [];

  /** A field of type int32, int64, enum or bool. */
  integer(field: number, value: number | boolean): this {
    this.#tag(field, VARINT);
    this.#parts.push(varint(BigInt(value)));
    return this;
  }

  /** A repeated field of type int64, packed. */
  integers(field: number, values: readonly number[]): this {
    return this.bytes(
      field,
      Buffer.concat(values.map((value) => varint(BigInt(value)))),
    );
  }

  /** A field of type float. */
  float(field: number, value: number): this {
    this.#tag(field, FIXED32);
    this.#parts.push(floatBytes([value]));
    return this;
  }

  /** A repeated field of type float, packed. */
  floats(field: number, values: readonly number[]): this {
    return this.bytes(field, floatBytes(values));
  }

  /** A field of type bytes. The array is not copied: it must not change before `finish`. */
  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, LENGTH_DELIMITED);
    this.#parts.push(varint(BigInt(value.length)), value);
    return this;
  }

  /** A field of type string. */
  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value));
  }

  /** A field that is a message. */
  message(field: number, value: ProtobufWriter): this {
    return this.bytes(field, value.finish());
  }

  /** The message. */
  finish(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  #tag(field: number, wireType: number): void {
    this.#parts.push(varint(BigInt(field * 8 + wireType)));
  }
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Seven bits a byte, the lowest first; a negative number as its 64-bit two's complement. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if (rest === 0n) {
      bytes.push(low);
      return Uint8Array.from(bytes);
    }
    bytes.push(low | 0x80);
  }
}

function floatBytes(values: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeFloatLE(value, 4 * index));
  return bytes;
}
