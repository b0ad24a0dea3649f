import { promisify } from 'node:util';
import { constants, gunzip } from 'node:zlib';
import { DataError } from './data-error.ts';
import { MAX_FILE_BYTES } from './read-file.ts';

/** A dense array of unsigned bytes, as an IDX file holds it. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
  /** The whole unpacked file, header included. */
  readonly file: Uint8Array;
}

/** What a file is meant to hold; decides how many dimensions it may have. */
export type IdxContent = 'images' | 'labels';

const RANKS: Readonly<Record<IdxContent, readonly number[]>> = {
  images: [3, 4],
  labels: [1],
};
const FORMS: Readonly<Record<IdxContent, string>> = {
  images: '[images, rows, columns] or [images, rows, columns, channels]',
  labels: '[labels]',
};
/** Element type of unsigned bytes. */
const UNSIGNED_BYTES = 0x08;
/** Packed bytes that surely hold the start of the data; they unpack to 4 MiB at most. */
const START_BYTES = 4096;

const unpack = promisify(gunzip) as (
  data: Uint8Array,
  options: { maxOutputLength: number; finishFlush: number },
) => Promise<Uint8Array>;

const isGzip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Reads IDX: two zero bytes, the element type, the number of dimensions, each dimension as a big-endian 32-bit number, the
 * elements. Packed by gzip or not is told by the bytes, not by a name. A packed file is unpacked only as far as its header
 * says that it goes.
 *
 * @param name path or address, for messages.
 * @throws {DataError} if the bytes are anything but one well-formed array of unsigned bytes of the rank that fits.
 */
export async function readIdx(
  bytes: Uint8Array,
  name: string,
  content: IdxContent,
): Promise<IdxArray> {
  const packed = isGzip(bytes);
  const start = packed
    ? await unpackStart(bytes.subarray(0, START_BYTES), name)
    : bytes;
  const { shape, headerBytes } = readHeader(start, name, content);
  const size = shape.reduce((product, length) => product * length, 1);
  if (size > MAX_FILE_BYTES) {
    throw new DataError(
      `"${name}" claims to hold [${shape.join(', ')}], ${size} bytes; at most ${MAX_FILE_BYTES} are read.`,
    );
  }
  const expected = headerBytes + size;
  const whole = packed ? await unpackAll(bytes, name, expected) : bytes;
  if (whole.length !== expected) {
    const difference =
      whole.length < expected
        ? `${expected - whole.length} bytes are missing`
        : 'there are bytes left over';
    throw new DataError(
      `"${name}" claims to hold [${shape.join(', ')}], but ${difference}.`,
    );
  }
  return { shape, data: whole.subarray(headerBytes), file: whole };
}

async function unpackStart(
  bytes: Uint8Array,
  name: string,
): Promise<Uint8Array> {
  try {
    return await unpack(bytes, {
      // The start ends in the middle of the stream.
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_FILE_BYTES,
    });
  } catch (error) {
    throw new DataError(`"${name}" is damaged: ${(error as Error).message}.`);
  }
}

async function unpackAll(
  bytes: Uint8Array,
  name: string,
  expected: number,
): Promise<Uint8Array> {
  try {
    return await unpack(bytes, {
      finishFlush: constants.Z_FINISH,
      // One more than there should be, so that too many are noticed and no more than that are made.
      maxOutputLength: expected + 1,
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DataError(
      code === 'ERR_BUFFER_TOO_LARGE'
        ? `"${name}" unpacks to more than the ${expected} bytes that its header claims: there are bytes left over.`
        : `"${name}" is damaged: ${message}.`,
    );
  }
}

function readHeader(
  bytes: Uint8Array,
  name: string,
  content: IdxContent,
): { readonly shape: readonly number[]; readonly headerBytes: number } {
  const [zero, alsoZero, elementType, rank] = bytes;
  if (zero !== 0 || alsoZero !== 0 || rank === undefined) {
    throw new DataError(
      `"${name}" is not an IDX file: it does not start with two zero bytes and a type.`,
    );
  }
  if (elementType !== UNSIGNED_BYTES) {
    throw new DataError(
      `"${name}" holds elements of type ${elementType}; unsigned bytes (type ${UNSIGNED_BYTES}) are what is read.`,
    );
  }
  if (!RANKS[content].includes(rank)) {
    throw new DataError(
      `"${name}" has ${rank} dimensions; ${content} have the form ${FORMS[content]}.`,
    );
  }
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) {
    throw new DataError(`"${name}" ends within its header.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes);
  const shape = Array.from({ length: rank }, (_, axis) =>
    view.getUint32(4 + 4 * axis),
  );
  if (shape.includes(0)) {
    throw new DataError(
      `"${name}" claims to hold [${shape.join(', ')}]: nothing at all.`,
    );
  }
  return { shape, headerBytes };
}
