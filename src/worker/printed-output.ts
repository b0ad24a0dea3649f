import { fstatSync, ftruncateSync, readSync } from 'node:fs';

/** Bytes that are kept of what was printed: the last ones, where a crash says why. */
const LIMIT = 1 << 16;

/**
 * The file that a worker's standard output and error go to. A pipe would have to be read by a process that may be busy,
 * and what native code prints through it would reach nobody if the worker is killed.
 */
export class PrintedOutput {
  readonly #file: number;

  /** @param file descriptor of a file that is open for reading and appending. */
  constructor(file: number) {
    this.#file = file;
  }

  /** The end of what was printed since the last `clear`; empty where there is no such file. */
  read(): string {
    try {
      const { size } = fstatSync(this.#file);
      const length = Math.min(size, LIMIT);
      const bytes = Buffer.alloc(length);
      const read = readSync(this.#file, bytes, 0, length, size - length);
      return bytes.toString('utf8', 0, read);
    } catch {
      // Not a file: the worker was started by hand, with a terminal for its output.
      return '';
    }
  }

  clear(): void {
    try {
      ftruncateSync(this.#file, 0);
    } catch {
      // As above.
    }
  }
}
