import { gunzipSync } from 'node:zlib';

const BLOCK = 512;

/** A field of a header: text up to its first zero byte. */
const field = (block: Buffer, start: number, length: number): string => {
  const text = block.toString('utf8', start, start + length);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
};

/** The files of an npm package's `.tgz`, by path. */
export const readTarball = (packed: Uint8Array): ReadonlyMap<string, Buffer> =>
  readTar(gunzipSync(packed));

/**
 * The files of an archive, by path: POSIX `ustar`, which is what npm makes of paths below 256 characters. Folders are left
 * out; so is whatever is neither file nor folder, for a package has none.
 *
 * @throws Error if it is something else, or cut off.
 */
export function readTar(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK);
    // Two empty blocks are the end.
    if (header[0] === 0) break;
    if (field(header, 257, 5) !== 'ustar') throw new Error('not a tar archive');
    const size = Number.parseInt(field(header, 124, 12).trim() || '0', 8);
    const start = at + BLOCK;
    if (start + size > bytes.length) throw new Error('the archive is cut off');
    const prefix = field(header, 345, 155);
    const name = field(header, 0, 100);
    const type = field(header, 156, 1);
    if (type === '0' || type === '') {
      files.set(
        prefix === '' ? name : `${prefix}/${name}`,
        bytes.subarray(start, start + size),
      );
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}
