import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { isUtf8 } from 'node:buffer';
import {
  fileMissing,
  fileNotRegular,
  fileNotUtf8,
  fileTooLarge,
  fileUnreadable,
} from '../diagnostics/catalogue/files.ts';
import type {
  Diagnostic,
  SourceFile,
  Span,
} from '../diagnostics/diagnostic.ts';
import { err, ok, type Result } from '../util/result.ts';
import { LIMITS } from './limits.ts';

/** A file's text and what it counts of the bytes that a pipeline may have. */
export interface ReadFile {
  readonly file: SourceFile;
  readonly bytes: number;
}

/**
 * Reads a pipeline file: regular, UTF-8, not too large. A byte-order mark at the start is not part of the text.
 *
 * @param path as it is shown.
 * @param realPath as it is opened.
 * @param at where the path was written; null for the file of the command line, whose problems are at its first line.
 */
export function readSource(
  path: string,
  realPath: string,
  at: Span | null,
): Result<ReadFile, Diagnostic> {
  const place = at ?? { file: { path, text: '' }, start: 0, end: 0 };
  let descriptor: number;
  try {
    // Not blocking: opening a named pipe would wait for somebody to write to it.
    descriptor = openSync(realPath, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return err(cannotOpen(path, error, place));
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) {
      const found = status.isDirectory() ? 'a folder' : 'a device or a pipe';
      return err(fileNotRegular(path, found, place));
    }
    const bytes = readAtMost(descriptor, LIMITS.fileBytes + 1);
    if (bytes.length > LIMITS.fileBytes) {
      return err(fileTooLarge(path, LIMITS.fileBytes, place));
    }
    return decode(path, bytes);
  } catch (error) {
    return err(fileUnreadable(path, reasonOf(error), place));
  } finally {
    closeSync(descriptor);
  }
}

/** A file may grow while it is read, or say that it is empty and not be (`/proc`): its size is not trusted. */
function readAtMost(descriptor: number, limit: number): Buffer {
  const buffer = Buffer.alloc(limit);
  let length = 0;
  while (length < limit) {
    const read = readSync(descriptor, buffer, length, limit - length, null);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

function decode(path: string, bytes: Buffer): Result<ReadFile, Diagnostic> {
  // A decoder leaves out a byte-order mark, and puts U+FFFD where the bytes are not UTF-8.
  const text = new TextDecoder('utf-8').decode(bytes);
  const file: SourceFile = { path, text };
  if (isUtf8(bytes)) return ok({ file, bytes: bytes.length });
  const start = validPrefix(bytes);
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'UTF-16 (little-endian)'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'UTF-16 (big-endian)'
        : undefined;
  return err(fileNotUtf8(encoding, { file, start, end: start + 1 }));
}

/** Length of the text that the bytes before the first wrong one make. */
function validPrefix(bytes: Buffer): number {
  let [low, high] = [0, bytes.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (decodeStart(bytes, middle) === null) high = middle - 1;
    else low = middle;
  }
  return decodeStart(bytes, low)?.length ?? 0;
}

/** Text of the first bytes, or null where they are wrong; a character that is cut off at the end is not wrong yet. */
function decodeStart(bytes: Buffer, end: number): string | null {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    return decoder.decode(bytes.subarray(0, end), { stream: true });
  } catch {
    return null;
  }
}

function cannotOpen(path: string, error: unknown, at: Span): Diagnostic {
  return isMissing(error)
    ? fileMissing(path, at)
    : codeOf(error) === 'ENXIO'
      ? fileNotRegular(path, 'a device or a pipe', at)
      : fileUnreadable(path, reasonOf(error), at);
}

/** Whether an error of the file system says that there is no such file. */
export const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes(codeOf(error));

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ERR_INVALID_ARG_VALUE: 'its name holds a null character',
  EIO: 'the device reports an error',
};

/** What the operating system says, as the end of a sentence. */
export function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return REASONS[code] ?? (code === '' ? 'an unknown error' : code);
}
