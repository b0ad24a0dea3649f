import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Digest } from './digest.ts';

/** SHA-256 of bytes as they are: the address of a chunk, the content of an array. Keys are made by `digest` alone. */
export const hashBytes = (bytes: Uint8Array): Digest =>
  hash('sha256', bytes, 'hex') as Digest;

/** SHA-256 of a file, streamed: memory does not grow with the file. */
export async function hashFile(
  path: string,
  signal?: AbortSignal,
): Promise<Digest> {
  const hasher = createHash('sha256');
  // A megabyte at a time: the default of 64 KiB halves the speed.
  const stream = createReadStream(path, {
    highWaterMark: 1 << 20,
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const bytes of stream as AsyncIterable<Uint8Array>) {
    hasher.update(bytes);
  }
  return hasher.digest('hex') as Digest;
}
