import { createWriteStream } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { errorCode, errorMessage } from '../util/error-message.ts';
import { InstallError } from './install-error.ts';

/** What to unpack. */
export interface UnpackOptions {
  readonly wheel: string;
  /** Path of the file that a file of the wheel becomes; undefined where it is left out. */
  readonly place: (path: string) => string | undefined;
  /** Whether the files are to stay: then they are forced onto the disk. */
  readonly isKept: boolean;
  readonly signal: AbortSignal;
}

/** Bits of a file's mode that let its owner run it. */
const EXECUTABLE = 0o100;

/**
 * Writes some files of a wheel.
 *
 * @throws {InstallError} if the file is not a wheel.
 * @returns their paths in the wheel.
 */
export async function unpackWheel(
  options: UnpackOptions,
): Promise<readonly string[]> {
  const { place } = options;
  const zip = await openZip(options.wheel);
  const unpacked: string[] = [];
  try {
    for await (const entry of zip.eachEntry()) {
      options.signal.throwIfAborted();
      const path = place(entry.fileName);
      if (path === undefined || entry.fileName.endsWith('/')) continue;
      await unpackEntry(zip, entry, path, options);
      unpacked.push(entry.fileName);
    }
  } finally {
    zip.close();
  }
  return unpacked;
}

async function openZip(wheel: string): Promise<ZipFile> {
  try {
    return await openPromise(wheel, { lazyEntries: true, autoClose: false });
  } catch (error) {
    // What the system refuses is another matter.
    if (errorCode(error) !== undefined) throw error;
    throw new InstallError(
      `"${wheel}" is not a wheel: ${errorMessage(error).replace(/\.$/, '')}.`,
      { cause: error, mistaken: 'from' },
    );
  }
}

async function unpackEntry(
  zip: ZipFile,
  entry: Entry,
  path: string,
  { isKept, signal }: UnpackOptions,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const content = await zip.openReadStreamPromise(entry);
  await pipeline(content, createWriteStream(path, { flush: isKept }), {
    signal,
  });
  const mode = entry.externalFileAttributes >>> 16;
  if ((mode & EXECUTABLE) !== 0) await chmod(path, 0o755);
}
