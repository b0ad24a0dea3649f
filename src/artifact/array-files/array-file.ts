import { ArrayFileError } from './array-file-error.ts';
import { FileBytes, type ByteSource } from './file-bytes.ts';
import { isNpy, readNpyHeader } from './npy-header.ts';
import {
  readSafetensorsHeader,
  type SafetensorsHeader,
} from './safetensors-header.ts';
import { StoredArray } from './stored-array.ts';
import { unpackMember } from './unpack-member.ts';
import { isZip, readZipMembers, type ZipMember } from './zip-members.ts';

/** What opening a file may need. */
export interface OpenOptions {
  /** A folder for what has to be unpacked; made where it isn't there. */
  readonly scratch: string;
  readonly signal: AbortSignal;
}

type Content =
  | { readonly type: 'npy' }
  | { readonly type: 'npz'; readonly members: ReadonlyMap<string, ZipMember> }
  | { readonly type: 'safetensors'; readonly header: SafetensorsHeader };

/**
 * A file of arrays: `.npy`, `.npz` or `.safetensors`, told apart by their first bytes and not by their names. Headers are read
 * and checked; elements are read when they are asked for.
 */
export class ArrayFile implements Disposable {
  readonly path: string;
  readonly #bytes: FileBytes;
  readonly #content: Content;
  readonly #options: OpenOptions;
  readonly #closers: (() => void)[] = [];

  private constructor(
    bytes: FileBytes,
    content: Content,
    options: OpenOptions,
  ) {
    this.path = bytes.path;
    this.#bytes = bytes;
    this.#content = content;
    this.#options = options;
  }

  /** @throws {ArrayFileError} if there is no such file, or if it has none of the three forms. */
  static open(path: string, options: OpenOptions): ArrayFile {
    const bytes = FileBytes.open(path);
    try {
      return new ArrayFile(bytes, contentOf(bytes), options);
    } catch (error) {
      bytes[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether it is a `.npy` file, which holds one array without a name. */
  get isSingle(): boolean {
    return this.#content.type === 'npy';
  }

  /** The arrays' names, in the order of the file; none in a `.npy` file. */
  get names(): readonly string[] {
    switch (this.#content.type) {
      case 'npy':
        return [];
      case 'npz':
        return [...this.#content.members.keys()];
      case 'safetensors':
        return this.#content.header.entries.map(({ name }) => name);
    }
  }

  /** What a `.safetensors` file says beside its arrays. */
  get metadata(): Readonly<Record<string, string>> {
    return this.#content.type === 'safetensors'
      ? this.#content.header.metadata
      : {};
  }

  /**
   * Opens one array.
   *
   * @param name one of `names`; in a `.npy` file any name, by which the array is known from then on.
   * @throws {ArrayFileError} if it is damaged, or of a type that is not read.
   */
  async array(name: string): Promise<StoredArray> {
    const what = `"${this.path}": array "${name}"`;
    switch (this.#content.type) {
      case 'npy':
        return npyArray(this.#bytes, name, `"${this.path}"`);
      case 'npz': {
        const member = this.#content.members.get(name);
        if (member === undefined) break;
        const { scratch, signal } = this.#options;
        const unpacked = await unpackMember(this.#bytes, member, {
          ...{ what, scratch, signal },
        });
        this.#closers.push(unpacked.close);
        return npyArray(unpacked.bytes, name, what);
      }
      case 'safetensors': {
        const { entries } = this.#content.header;
        const entry = entries.find((one) => one.name === name);
        if (entry === undefined) break;
        return new StoredArray({
          ...entry,
          what,
          source: this.#bytes,
          isFortran: false,
        });
      }
    }
    throw new Error(`Internal error: ${what} is not there`);
  }

  [Symbol.dispose](): void {
    for (const close of this.#closers) close();
    this.#bytes[Symbol.dispose]();
  }
}

const npyArray = (
  source: ByteSource,
  name: string,
  what: string,
): StoredArray =>
  new StoredArray({ ...readNpyHeader(source, what), name, what, source });

function contentOf(bytes: FileBytes): Content {
  const start = new Uint8Array(Math.min(8, bytes.size));
  bytes.read(0, start);
  if (isNpy(start)) return { type: 'npy' };
  if (!isZip(start)) {
    return {
      type: 'safetensors',
      header: readSafetensorsHeader(bytes, bytes.path),
    };
  }
  const members = readZipMembers(bytes, bytes.path).flatMap((member) =>
    member.name.endsWith('.npy')
      ? [[member.name.slice(0, -'.npy'.length), member] as const]
      : [],
  );
  if (members.length === 0) {
    throw new ArrayFileError(
      `"${bytes.path}" is a zip archive without arrays: none of its members ends in ".npy".`,
    );
  }
  return { type: 'npz', members: new Map(members) };
}
