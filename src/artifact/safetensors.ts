import type { NdArray } from '../tensor/nd-array.ts';
import { safetensorsName } from './array-files/element-types.ts';
import { bytesOf } from './npy.ts';

const BYTES_PER_ELEMENT_DESCENDING = (a: NdArray, b: NdArray): number =>
  b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT;

/**
 * Named arrays as one `.safetensors` file: eight bytes of header length, a JSON header padded with spaces to a multiple
 * of eight, the data. Wider elements come first, so that each array is aligned to its element.
 *
 * @param metadata texts that readers may ask for; nothing is said where there are none.
 *
 * Source: the format description of huggingface/safetensors.
 */
export function encodeSafetensors(
  arrays: Readonly<Record<string, NdArray>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const ordered = Object.entries(arrays).sort(
    ([nameA, a], [nameB, b]) =>
      BYTES_PER_ELEMENT_DESCENDING(a, b) || (nameA < nameB ? -1 : 1),
  );
  const header: Record<string, unknown> =
    Object.keys(metadata).length === 0 ? {} : { __metadata__: metadata };
  let offset = 0;
  for (const [name, array] of ordered) {
    const end = offset + array.data.byteLength;
    header[name] = {
      dtype: safetensorsName(array.dtype),
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
