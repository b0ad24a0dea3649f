import { errorCode, errorMessage } from '../util/error-message.ts';

/** Why a native backend is not installed or removed, in sentences that name the way out. */
export class InstallError extends Error {
  override readonly name = 'InstallError';
  /** What of the request is wrong; undefined where it is something on the way. */
  readonly mistaken: RequestPart | undefined;

  constructor(
    message: string,
    options: {
      readonly mistaken?: RequestPart;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.mistaken = options.mistaken;
  }
}

/** What somebody says who wants a backend installed or removed. */
export type RequestPart = 'name' | 'version' | 'from';

/** What programs print when the disk is full, whatever language they are written in. */
const DISK_IS_FULL = /\bENOSPC\b|No space left on device|Disk quota exceeded/i;

/** What the system answers where a disk, or a user's share of it, is full. */
const FULL_CODES = new Set(['ENOSPC', 'EDQUOT']);

/** Where it answers that a folder may not be written. */
const REFUSED_CODES = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR']);

/** Whether a tool's output says that the disk was full. */
export const saysDiskIsFull = (output: string): boolean =>
  DISK_IS_FULL.test(output);

/** A full disk, as a sentence. */
export const diskIsFull = (folder: string, neededBytes: number): InstallError =>
  new InstallError(
    `The disk of "${folder}" is full: about ${megabytes(neededBytes)} are needed there. Free some room, or set PIPELINE_BACKENDS to a folder on another disk.`,
  );

/** A folder that can't be written, as sentences. */
export const notWritable = (folder: string, error: unknown): InstallError =>
  new InstallError(
    `Native backends can't be written to "${folder}" (${errorCode(error) ?? errorMessage(error)}). Change its permissions, or set PIPELINE_BACKENDS to another folder.`,
    { cause: error },
  );

/** An error of the system while files were written, in words where there are some. */
export function inWords(
  error: unknown,
  folder: string,
  neededBytes: number,
): unknown {
  const code = errorCode(error) ?? '';
  if (FULL_CODES.has(code)) return diskIsFull(folder, neededBytes);
  return REFUSED_CODES.has(code) ? notWritable(folder, error) : error;
}

/** `274 MB`, `1.3 GB`: sizes as package indexes and disks give them. */
export const megabytes = (bytes: number): string =>
  bytes < 1e9
    ? `${Math.ceil(bytes / 1e6)} MB`
    : `${(bytes / 1e9).toFixed(1)} GB`;
