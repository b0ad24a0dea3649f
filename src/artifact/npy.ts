import type { NdArray } from '../tensor/nd-array.ts';
import { numpyName } from './array-files/element-types.ts';

/** The bytes behind an array, without a copy. */
export const bytesOf = (array: NdArray): Uint8Array =>
  new Uint8Array(
    array.data.buffer,
    array.data.byteOffset,
    array.data.byteLength,
  );

/**
 * An array as a `.npy` file, for `numpy.load`.
 *
 * Source: NumPy Enhancement Proposal 1, format version 1.0: magic, version, header length, a Python literal padded with
 * spaces so that the data begins at a multiple of 64, data in C order.
 */
export function encodeNpy(array: NdArray): Uint8Array {
  const shape =
    array.shape.length === 1
      ? `(${array.shape[0] ?? 0},)`
      : `(${array.shape.join(', ')})`;
  const literal = `{'descr': '${numpyName(array.dtype)}', 'fortran_order': False, 'shape': ${shape}, }`;
  const preamble = 10;
  const padding = 64 - ((preamble + literal.length + 1) % 64);
  const header = `${literal}${' '.repeat(padding % 64)}\n`;
  const data = bytesOf(array);
  const file = new Uint8Array(preamble + header.length + data.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(file.buffer).setUint16(8, header.length, true);
  file.set(new TextEncoder().encode(header), preamble);
  file.set(data, preamble + header.length);
  return file;
}
