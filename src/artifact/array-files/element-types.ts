import type { DType } from '../../tensor/nd-array.ts';

/** How the elements of a stored array are written: what a file says of them, in one form for all files. */
export type ElementType =
  | {
      readonly kind: 'number';
      /** `float16`, `uint8`, as messages say it. */
      readonly name: string;
      readonly bytes: number;
      readonly littleEndian: boolean;
      readonly read: (view: DataView, at: number, little: boolean) => number;
    }
  | {
      readonly kind: 'text';
      readonly name: string;
      readonly bytes: number;
      readonly littleEndian: boolean;
      /** Bytes of a character: 1, or 4 for code points. */
      readonly characterBytes: 1 | 4;
    };

interface NumberType {
  readonly name: string;
  readonly bytes: number;
  readonly read: (view: DataView, at: number, little: boolean) => number;
  /** NumPy's letter and size, without the byte order. */
  readonly numpy: string | null;
  readonly safetensors: string;
}

/** IEEE half precision: 1 sign bit, 5 of exponent, 10 of fraction. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));
/** The upper half of a float32. */
function brain(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** Every type of number that files may hold. Whole numbers beyond 2⁵³ are rounded. */
const NUMBERS: readonly NumberType[] = [
  {
    ...{ name: 'float16', bytes: 2, numpy: 'f2', safetensors: 'F16' },
    read: (view, at, little) => half(view.getUint16(at, little)),
  },
  {
    ...{ name: 'bfloat16', bytes: 2, numpy: null, safetensors: 'BF16' },
    read: (view, at, little) => brain(view.getUint16(at, little)),
  },
  {
    ...{ name: 'float32', bytes: 4, numpy: 'f4', safetensors: 'F32' },
    read: (view, at, little) => view.getFloat32(at, little),
  },
  {
    ...{ name: 'float64', bytes: 8, numpy: 'f8', safetensors: 'F64' },
    read: (view, at, little) => view.getFloat64(at, little),
  },
  {
    ...{ name: 'int8', bytes: 1, numpy: 'i1', safetensors: 'I8' },
    read: (view, at) => view.getInt8(at),
  },
  {
    ...{ name: 'int16', bytes: 2, numpy: 'i2', safetensors: 'I16' },
    read: (view, at, little) => view.getInt16(at, little),
  },
  {
    ...{ name: 'int32', bytes: 4, numpy: 'i4', safetensors: 'I32' },
    read: (view, at, little) => view.getInt32(at, little),
  },
  {
    ...{ name: 'int64', bytes: 8, numpy: 'i8', safetensors: 'I64' },
    read: (view, at, little) => Number(view.getBigInt64(at, little)),
  },
  {
    ...{ name: 'uint8', bytes: 1, numpy: 'u1', safetensors: 'U8' },
    read: (view, at) => view.getUint8(at),
  },
  {
    ...{ name: 'uint16', bytes: 2, numpy: 'u2', safetensors: 'U16' },
    read: (view, at, little) => view.getUint16(at, little),
  },
  {
    ...{ name: 'uint32', bytes: 4, numpy: 'u4', safetensors: 'U32' },
    read: (view, at, little) => view.getUint32(at, little),
  },
  {
    ...{ name: 'uint64', bytes: 8, numpy: 'u8', safetensors: 'U64' },
    read: (view, at, little) => Number(view.getBigUint64(at, little)),
  },
  {
    ...{ name: 'bool', bytes: 1, numpy: 'b1', safetensors: 'BOOL' },
    read: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  },
];

const typeOf = (dtype: DType): NumberType => {
  const found = NUMBERS.find(({ name }) => name === dtype);
  if (found === undefined) throw new Error(`Internal error: no type ${dtype}`);
  return found;
};

/** How NumPy writes one of our element types, little-endian: `<f4`. A single byte has no order: `|u1`. */
export function numpyName(dtype: DType): string {
  const { numpy, bytes } = typeOf(dtype);
  return `${bytes === 1 ? '|' : '<'}${numpy ?? ''}`;
}

/** How safetensors writes one of our element types: `F32`. */
export const safetensorsName = (dtype: DType): string =>
  typeOf(dtype).safetensors;

/** The most bytes of one text. */
const MAX_TEXT_BYTES = 4096;

/** The type that NumPy writes as `<f4`, `>i8`, `|u1`, `<U5` or `|S3`; undefined for all others. */
export function fromNumpy(descriptor: string): ElementType | undefined {
  const match = /^([<>|=]?)([a-zA-Z])(\d+)$/.exec(descriptor);
  if (match === null) return undefined;
  const [, order = '', letter = '', digits = ''] = match;
  const littleEndian = order !== '>';
  if (letter === 'U' || letter === 'S') {
    const characterBytes = letter === 'U' ? 4 : 1;
    const bytes = Number(digits) * characterBytes;
    return bytes === 0 || bytes > MAX_TEXT_BYTES
      ? undefined
      : { kind: 'text', name: 'text', bytes, littleEndian, characterBytes };
  }
  const found = NUMBERS.find(({ numpy }) => numpy === letter + digits);
  // Only single bytes have no order.
  if (found === undefined || (order === '|' && found.bytes > 1)) {
    return undefined;
  }
  const { name, bytes, read } = found;
  return { kind: 'number', name, bytes, read, littleEndian };
}

/** The type that safetensors writes as `F32`; undefined for all others. */
export function fromSafetensors(text: string): ElementType | undefined {
  const found = NUMBERS.find(({ safetensors }) => safetensors === text);
  if (found === undefined) return undefined;
  const { name, bytes, read } = found;
  return { kind: 'number', name, bytes, read, littleEndian: true };
}

/** Types as a message lists them. */
export const KNOWN_TYPES = NUMBERS.map(({ name }) => name).join(', ');

/** A text as it is stored: padded with zeros. */
export function decodeText(
  bytes: Uint8Array,
  { littleEndian, characterBytes }: Extract<ElementType, { kind: 'text' }>,
): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += characterBytes) {
    const code =
      characterBytes === 1
        ? view.getUint8(at)
        : view.getUint32(at, littleEndian);
    text += code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  }
  return text.replace(/\0+$/, '');
}
