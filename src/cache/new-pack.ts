import { closeSync, fsync, openSync, rmSync, writev } from 'node:fs';
import { promisify } from 'node:util';
import { packIndex } from './pack-index.ts';

const writeParts = promisify(writev);
const flush = promisify(fsync);

/** Bytes that wait to be written in one call. */
const BATCH_BYTES = 16 << 20;

/** From this length on a pack takes no more values: one that loses some is copied without them. */
const FULL_BYTES = 256 << 20;

/** Where a value lies in the files. */
export interface Place {
  readonly pack: string;
  readonly at: number;
  readonly length: number;
}

/** A value of a pack that is written: under which name, and where. */
export interface PackedValue<N> extends Place {
  readonly name: N;
}

/**
 * A file of values while it is written. Nobody sees it before a transaction says what lies in it: who is killed before leaves
 * a file that nothing refers to. At its end stands what lies where: a database that was damaged is repaired by that.
 */
export class NewPack<N> {
  readonly id: string;
  readonly #path: string;
  readonly #describe: (values: readonly PackedValue<N>[]) => Uint8Array;
  #file: number | null;
  readonly #values: PackedValue<N>[] = [];
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #size = 0;
  #written = 0;
  /** The disk is at work on what was written first, while more is written. */
  #flushing: Promise<void> | null = null;

  /**
   * Makes the file.
   *
   * @param describe answers with what the file says of its values.
   * @throws Error of the file system.
   */
  constructor(
    id: string,
    path: string,
    describe: (values: readonly PackedValue<N>[]) => Uint8Array,
  ) {
    this.id = id;
    this.#path = path;
    this.#describe = describe;
    this.#file = openSync(path, 'wx');
  }

  get values(): readonly PackedValue<N>[] {
    return this.#values;
  }

  /** Bytes of all values. */
  get size(): number {
    return this.#size;
  }

  get isFull(): boolean {
    return this.size >= FULL_BYTES;
  }

  /**
   * Adds a value, which may consist of parts. They must stay as they are until it is written, at the latest by `finish`.
   *
   * @throws Error of the file system.
   */
  async add(name: N, ...parts: readonly Uint8Array[]): Promise<void> {
    const at = this.#size;
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    this.#values.push({ name, pack: this.id, at, length });
    this.#size += length;
    this.#waiting.push(...parts);
    this.#waitingBytes += length;
    if (this.#waitingBytes < BATCH_BYTES) return;
    await this.#write();
    this.#flushEarly();
  }

  /**
   * Resolves once all bytes are on the disk.
   *
   * @throws Error of the file system.
   */
  async finish(): Promise<void> {
    this.#waiting.push(packIndex(this.#describe(this.#values)));
    await this.#write();
    await this.#flushing;
    await flush(this.#opened);
    this.#close();
  }

  /** Takes the file away, whether it was finished or not. */
  async discard(): Promise<void> {
    try {
      await this.#flushing?.catch(() => undefined);
      this.#close();
      rmSync(this.#path, { force: true });
    } catch {
      // What was in the way of writing may be in the way of this too; whoever starts alone finds what is left.
    }
  }

  get #opened(): number {
    if (this.#file === null) throw new Error('Internal error: a closed pack');
    return this.#file;
  }

  #close(): void {
    if (this.#file === null) return;
    const file = this.#file;
    this.#file = null;
    closeSync(file);
  }

  /** Begins to bring to the disk what is written. If that fails, `finish` does. */
  #flushEarly(): void {
    if (this.#flushing !== null) return;
    const flushing = flush(this.#opened);
    this.#flushing = flushing;
    flushing.then(
      () => {
        this.#flushing = null;
      },
      () => undefined,
    );
  }

  async #write(): Promise<void> {
    let rest = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    while (rest.length > 0) {
      const { bytesWritten } = await writeParts(
        this.#opened,
        rest,
        this.#written,
      );
      this.#written += bytesWritten;
      rest = without(rest, bytesWritten);
    }
  }
}

/** What is left of parts when so many bytes of them are done: a disk that is nearly full takes less than it is given. */
function without(parts: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let done = bytes;
  let index = 0;
  for (const part of parts) {
    if (done < part.length) break;
    done -= part.length;
    index++;
  }
  const [first, ...others] = parts.slice(index);
  return first === undefined ? [] : [first.subarray(done), ...others];
}
