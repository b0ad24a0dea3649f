import { readSync } from 'node:fs';
import { seal, unseal } from './seal.ts';

/** By this the end of a file is known to be an index. */
const MARK = Buffer.from('values.1');

const LENGTH = 8;
const END_LENGTH = LENGTH + MARK.length;

/** What stands behind the values of a file, and says what they are: sealed, with its length and a mark at the very end. */
export function packIndex(said: Uint8Array): Buffer {
  const sealed = seal(said);
  const length = Buffer.alloc(LENGTH);
  length.writeBigUInt64LE(BigInt(sealed.length));
  return Buffer.concat([sealed, length, MARK]);
}

/**
 * Reads the index of an open file.
 *
 * @returns what it says, and how many bytes of values are before it; null where there is none that is whole.
 * @throws Error of the file system.
 */
export function readPackIndex(
  file: number,
  fileBytes: number,
): { readonly said: Buffer; readonly size: number } | null {
  if (fileBytes < END_LENGTH) return null;
  const end = Buffer.alloc(END_LENGTH);
  readSync(file, end, { position: fileBytes - END_LENGTH });
  if (!end.subarray(LENGTH).equals(MARK)) return null;
  const length = Number(end.readBigUInt64LE());
  const size = fileBytes - END_LENGTH - length;
  if (size < 0) return null;
  const sealed = Buffer.alloc(length);
  readSync(file, sealed, { position: size });
  const found = unseal(sealed);
  return found.state === 'present'
    ? { said: Buffer.from(found.value), size }
    : null;
}
