import { sizeOf } from '../../tensor/nd-array.ts';
import { isJsonObject, type Json, type JsonObject } from '../../util/json.ts';
import { ArrayFileError } from './array-file-error.ts';
import {
  fromSafetensors,
  KNOWN_TYPES,
  type ElementType,
} from './element-types.ts';
import type { ByteSource } from './file-bytes.ts';

/** An array of a `.safetensors` file. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Where the elements begin, in bytes from the start of the file. */
  readonly start: number;
}

/** What a `.safetensors` file says of itself. */
export interface SafetensorsHeader {
  /** In the order in which they lie in the file. */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** As the format's own library has it. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Reads the header of a `.safetensors` file and checks that its arrays fill the file, one after the other, without gaps.
 *
 * @param path for messages.
 * @throws {ArrayFileError} if it is no such file, or if the header contradicts itself or the file.
 *
 * Source: the format description of huggingface/safetensors.
 */
export function readSafetensorsHeader(
  source: ByteSource,
  path: string,
): SafetensorsHeader {
  const unknown = `"${path}" is none of .npy, .npz and .safetensors`;
  if (source.size < 8) throw new ArrayFileError(`${unknown}: it is too short.`);
  const lengthBytes = new Uint8Array(8);
  source.read(0, lengthBytes);
  const length = Number(new DataView(lengthBytes.buffer).getBigUint64(0, true));
  const dataStart = 8 + length;
  if (length > MAX_HEADER_BYTES || dataStart > source.size) {
    throw new ArrayFileError(
      `${unknown}, or it is truncated: read as .safetensors its header has ${length} bytes, and the file ${source.size}.`,
    );
  }
  const headerBytes = new Uint8Array(length);
  source.read(8, headerBytes);
  const header = parse(Buffer.from(headerBytes).toString('utf8'));
  if (header === undefined) {
    throw new ArrayFileError(
      `${unknown}: read as .safetensors its header is not JSON.`,
    );
  }
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => entryOf(name, entry, dataStart, path))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  let end = dataStart;
  for (const entry of entries) {
    if (entry.start !== end) {
      throw new ArrayFileError(
        `"${path}": array "${entry.name}" does not begin where the one before it ends.`,
      );
    }
    end = entry.end;
  }
  if (end !== source.size) {
    const difference =
      end > source.size
        ? `${end - source.size} bytes are missing: it is truncated`
        : `${source.size - end} bytes are left over`;
    throw new ArrayFileError(
      `"${path}" claims to hold ${end - dataStart} bytes of arrays, but ${difference}.`,
    );
  }
  return {
    entries: entries.map(({ name, type, shape, start }) => ({
      name,
      type,
      shape,
      start,
    })),
    metadata: textsOf(header['__metadata__']),
  };
}

function parse(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function textsOf(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, text]) =>
      typeof text === 'string' ? [[name, text]] : [],
    ),
  );
}

function entryOf(
  name: string,
  entry: Json,
  dataStart: number,
  path: string,
): SafetensorsEntry & { readonly end: number } {
  const what = `"${path}": array "${name}"`;
  const given = isJsonObject(entry) ? entry : {};
  const { dtype, shape, data_offsets: offsets } = given;
  if (
    typeof dtype !== 'string' ||
    !isLengths(shape) ||
    !isLengths(offsets) ||
    offsets.length !== 2
  ) {
    throw new ArrayFileError(
      `${what} has an entry that can't be understood: ${JSON.stringify(entry).slice(0, 120)}`,
    );
  }
  const type = fromSafetensors(dtype);
  if (type === undefined) {
    throw new ArrayFileError(
      `${what} holds elements of type "${dtype.slice(0, 40)}"; known are ${KNOWN_TYPES}.`,
    );
  }
  const [from = 0, to = 0] = offsets;
  const expected = sizeOf(shape) * type.bytes;
  if (to - from !== expected) {
    throw new ArrayFileError(
      `${what} claims to hold [${shape.join(', ')}] of ${type.name}, ${expected} bytes, but has ${to - from}.`,
    );
  }
  return { name, type, shape, start: dataStart + from, end: dataStart + to };
}

const isLengths = (value: Json | undefined): value is readonly number[] =>
  Array.isArray(value) &&
  (value as readonly Json[]).every(
    (item) => Number.isSafeInteger(item) && Number(item) >= 0,
  );
