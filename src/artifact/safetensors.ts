import type { DType, NdArray } from '../tensor/nd-array.ts';
import { bytesOf } from './npy.ts';

/** The names that safetensors gives to our element types. */
const TYPES: Readonly<Record<DType, string>> = {
  uint8: 'U8',
  int32: 'I32',
  float32: 'F32',
  float64: 'F64',
};
const BYTES_PER_ELEMENT_DESCENDING = (a: NdArray, b: NdArray): number =>
  b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT;

/**
 * Named arrays as one `.safetensors` file: eight bytes of header length, a JSON header padded with spaces to a multiple
 * of eight, the data. Wider elements come first, so that each array is aligned to its element.
 *
 * Source: the format description of huggingface/safetensors.
 */
export function encodeSafetensors(
  arrays: Readonly<Record<string, NdArray>>,
): Uint8Array {
  const ordered = Object.entries(arrays).sort(
    ([nameA, a], [nameB, b]) =>
      BYTES_PER_ELEMENT_DESCENDING(a, b) || (nameA < nameB ? -1 : 1),
  );
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, array] of ordered) {
    const end = offset + array.data.byteLength;
    header[name] = {
      dtype: TYPES[array.dtype],
      shape: array.shape,
      data_offsets: [offset, end],
    };
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + offset).fill(
    0x20,
    8,
    8 + headerLength,
  );
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(text, 8);
  let at = 8 + headerLength;
  for (const [, array] of ordered) {
    file.set(bytesOf(array), at);
    at += array.data.byteLength;
  }
  return file;
}
