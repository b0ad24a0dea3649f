import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { errorCode, errorMessage } from '../../util/error-message.ts';
import { ArrayFileError } from './array-file-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
};

/** Bytes that are read where and when they are needed. */
export interface ByteSource {
  readonly size: number;
  /** Fills `into` from a place. @throws {ArrayFileError} where there is less. */
  read(position: number, into: Uint8Array): void;
}

/** A file that is open for reading at any place. Reads are synchronous: they are many and small. */
export class FileBytes implements ByteSource, Disposable {
  readonly path: string;
  readonly size: number;
  readonly #descriptor: number;

  /**
   * @param descriptor of an open file, which is closed with this.
   * @param path for messages.
   */
  constructor(descriptor: number, path: string) {
    this.#descriptor = descriptor;
    this.path = path;
    this.size = fstatSync(descriptor).size;
  }

  /** @throws {ArrayFileError} with the path, if it can't be read or is no regular file. */
  static open(path: string): FileBytes {
    try {
      // Before it is opened: opening a pipe waits for somebody who writes.
      if (!statSync(path).isFile()) {
        throw new ArrayFileError(`"${path}" is not a regular file.`);
      }
      return new FileBytes(openSync(path, 'r'), path);
    } catch (error) {
      if (error instanceof ArrayFileError) throw error;
      const why = REASONS[errorCode(error) ?? ''] ?? errorMessage(error);
      throw new ArrayFileError(`"${path}" could not be read: ${why}.`);
    }
  }

  read(position: number, into: Uint8Array): void {
    let done = 0;
    while (done < into.length) {
      const count = readSync(
        this.#descriptor,
        into,
        done,
        into.length - done,
        position + done,
      );
      if (count === 0) {
        throw new ArrayFileError(
          `"${this.path}" ends after ${position + done} bytes, within an array: it is truncated.`,
        );
      }
      done += count;
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}
