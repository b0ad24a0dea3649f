import { sizeOf } from '../../tensor/nd-array.ts';
import { ArrayFileError } from './array-file-error.ts';
import { fromNumpy, KNOWN_TYPES, type ElementType } from './element-types.ts';
import type { ByteSource } from './file-bytes.ts';

/** What a `.npy` file, or a member of a `.npz` file, says of its array. */
export interface NpyHeader {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Whether the first index runs fastest. */
  readonly isFortran: boolean;
  /** Where the elements begin, in bytes from the start. */
  readonly start: number;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** No header of a plain array is nearly as long. */
const MAX_HEADER_BYTES = 1 << 20;
const MAX_AXES = 32;

/** Whether bytes begin as a `.npy` file does. */
export const isNpy = (start: Uint8Array): boolean =>
  MAGIC.every((byte, index) => start[index] === byte);

/**
 * Reads the header of a `.npy` file and checks that the elements which it claims are there, all of them and nothing else.
 *
 * @param what names file and array in messages: `"x.npz": array "pool"`.
 * @throws {ArrayFileError} if it is no such file, or holds anything but plain numbers or texts.
 *
 * Source: NumPy Enhancement Proposal 1, format versions 1.0, 2.0 and 3.0.
 */
export function readNpyHeader(source: ByteSource, what: string): NpyHeader {
  const preamble = new Uint8Array(Math.min(12, source.size));
  source.read(0, preamble);
  if (!isNpy(preamble) || preamble.length < 10) {
    throw new ArrayFileError(`${what} is not in the form of NumPy's .npy.`);
  }
  const view = new DataView(preamble.buffer);
  const major = view.getUint8(6);
  if (major < 1 || major > 3 || (major > 1 && preamble.length < 12)) {
    throw new ArrayFileError(
      `${what} has version ${major} of the form .npy; versions 1 to 3 are known.`,
    );
  }
  const length =
    major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const textStart = major === 1 ? 10 : 12;
  const start = textStart + length;
  if (length > MAX_HEADER_BYTES || start > source.size) {
    throw new ArrayFileError(
      `${what} ends within its header, or lies about it.`,
    );
  }
  const bytes = new Uint8Array(length);
  source.read(textStart, bytes);
  const text = Buffer.from(bytes).toString(major === 3 ? 'utf8' : 'latin1');
  const { descriptor, isFortran, shape } = readDictionary(text, what);
  const type = fromNumpy(descriptor);
  if (type === undefined) throw unknownType(descriptor, what);
  const expected = sizeOf(shape) * type.bytes;
  const found = source.size - start;
  if (found !== expected) {
    const difference =
      found < expected
        ? `${expected - found} bytes are missing`
        : `${found - expected} bytes are left over`;
    throw new ArrayFileError(
      `${what} claims to hold [${shape.join(', ')}] of ${type.name}, but ${difference}.`,
    );
  }
  return { type, shape, isFortran, start };
}

function unknownType(descriptor: string, what: string): ArrayFileError {
  const why = /^[|=<>]?O/.test(descriptor)
    ? 'Python objects, which are never read: save it as an array of numbers'
    : /^[|=<>]?V2$/.test(descriptor)
      ? 'elements without a name, as NumPy writes bfloat16: save it as float32'
      : `elements of type "${descriptor}"; known are ${KNOWN_TYPES} and texts`;
  return new ArrayFileError(`${what} holds ${why}.`);
}

interface Dictionary {
  readonly descriptor: string;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
}

/**
 * The literal of a header: a dictionary with `descr`, `fortran_order` and `shape` in any order. Python 2 wrote lengths with
 * an L behind.
 */
function readDictionary(text: string, what: string): Dictionary {
  const entries = new Map<string, string>();
  const inner = /^\s*\{([\s\S]*)\}\s*$/.exec(text)?.[1];
  const item =
    /\s*'(\w+)'\s*:\s*('[^']*'|True|False|\([\dL,\s]*\)|\[[\s\S]*\])\s*(?:,|$)/y;
  let at = 0;
  while (inner !== undefined && inner.slice(at).trim() !== '') {
    item.lastIndex = at;
    const match = item.exec(inner);
    if (match === null) break;
    entries.set(match[1] ?? '', match[2] ?? '');
    at = item.lastIndex;
  }
  const descriptor = entries.get('descr') ?? '';
  if (descriptor.startsWith('[')) {
    throw new ArrayFileError(
      `${what} holds records of several fields; save each field as an array of its own.`,
    );
  }
  const order = entries.get('fortran_order');
  const shape = readShape(entries.get('shape') ?? '');
  const isWhole = inner !== undefined && inner.slice(at).trim() === '';
  if (
    !isWhole ||
    entries.size !== 3 ||
    !descriptor.startsWith("'") ||
    (order !== 'True' && order !== 'False') ||
    shape === undefined
  ) {
    throw new ArrayFileError(
      `${what} has a header that can't be understood: ${text.trim().slice(0, 120)}`,
    );
  }
  return {
    descriptor: descriptor.slice(1, -1),
    isFortran: order === 'True',
    shape,
  };
}

/** `(3, 4)`, `(3,)` or `()`; undefined for anything else. */
function readShape(text: string): readonly number[] | undefined {
  const inner = /^\(\s*((?:\d+L?\s*,\s*)*(?:\d+L?\s*)?)\)$/.exec(text)?.[1];
  if (inner === undefined) return undefined;
  const lengths = inner
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => Number.parseInt(part, 10));
  return lengths.length <= MAX_AXES && Number.isSafeInteger(sizeOf(lengths) * 8)
    ? lengths
    : undefined;
}
