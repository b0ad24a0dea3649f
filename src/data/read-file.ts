import { readFile, stat } from 'node:fs/promises';
import { DataError } from './data-error.ts';

/** The largest file that is read, and the most that a packed one may unpack to. */
export const MAX_FILE_BYTES = 2 ** 30;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
};

/** Why a file could not be read, in words. */
const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : REASONS[code]) ?? message;
};

/**
 * The bytes of a regular file.
 *
 * @throws {DataError} with the path, if it can't be read, is no regular file, or is larger than `MAX_FILE_BYTES`.
 */
export async function readRegularFile(
  path: string,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  signal.throwIfAborted();
  try {
    // Before it is opened: opening a pipe waits for somebody who writes.
    const facts = await stat(path);
    if (!facts.isFile()) {
      throw new DataError(`"${path}" is not a regular file.`);
    }
    if (facts.size > MAX_FILE_BYTES) {
      throw new DataError(
        `"${path}" has ${facts.size} bytes; at most ${MAX_FILE_BYTES} are read.`,
      );
    }
    return new Uint8Array(await readFile(path, { signal }));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DataError) throw error;
    throw new DataError(`"${path}" could not be read: ${reasonOf(error)}.`);
  }
}
