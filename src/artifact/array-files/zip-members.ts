import { ArrayFileError } from './array-file-error.ts';
import type { ByteSource } from './file-bytes.ts';

/** A file inside a zip archive. */
export interface ZipMember {
  readonly name: string;
  /** 0 for stored as it is, 8 for deflated. */
  readonly method: 0 | 8;
  readonly checksum: number;
  readonly packedSize: number;
  readonly size: number;
  /** Where the packed bytes begin. */
  readonly start: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const END64_LOCATOR = 0x07064b50;
const END64_LOCATOR_BYTES = 20;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
/** The extra field that holds what doesn't fit into 32 bits. */
const EXTRA64 = 1;
const FULL32 = 0xffffffff;
const FULL16 = 0xffff;
/** The end record has a comment of up to 65,535 bytes behind it. */
const MAX_COMMENT = 0xffff;
const MAX_DIRECTORY_BYTES = 1 << 26;
const MAX_MEMBERS = 100_000;
const ENCRYPTED = 1;
const UTF8 = 1 << 11;

/** Whether bytes begin as a zip archive does: with a member, or with the end of an empty one. */
export const isZip = (start: Uint8Array): boolean =>
  start[0] === 0x50 &&
  start[1] === 0x4b &&
  ((start[2] === 3 && start[3] === 4) || (start[2] === 5 && start[3] === 6));

/**
 * The members of a zip archive, by its central directory, in the directory's order. Archives and members beyond 4 GiB
 * (zip64) are read.
 *
 * @param path for messages.
 * @throws {ArrayFileError} if the archive is truncated, contradicts itself, is encrypted or uses another compression.
 *
 * Source: PKWARE's application note 6.3, sections 4.3 and 4.5.3.
 */
export function readZipMembers(source: ByteSource, path: string): ZipMember[] {
  const directory = findDirectory(source, path);
  const bytes = new Uint8Array(directory.size);
  source.read(directory.start, bytes);
  const view = new DataView(bytes.buffer);
  const members: ZipMember[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let index = 0; index < directory.count; index++) {
    if (at + ENTRY_BYTES > bytes.length || view.getUint32(at, true) !== ENTRY) {
      throw damaged(path, 'its directory is cut off or holds something else');
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const commentLength = view.getUint16(at + 32, true);
    const nameStart = at + ENTRY_BYTES;
    const extraStart = nameStart + nameLength;
    const next = extraStart + extraLength + commentLength;
    if (next > bytes.length) throw damaged(path, 'its directory is cut off');
    const flags = view.getUint16(at + 8, true);
    const name = Buffer.from(bytes.subarray(nameStart, extraStart)).toString(
      (flags & UTF8) === 0 ? 'latin1' : 'utf8',
    );
    if (names.has(name)) throw damaged(path, `it has "${name}" twice`);
    names.add(name);
    const { size, packedSize, offset } = sizesOf(
      view,
      at,
      { start: extraStart, end: extraStart + extraLength },
      path,
    );
    const method = view.getUint16(at + 10, true);
    if ((flags & ENCRYPTED) !== 0) {
      throw new ArrayFileError(
        `"${path}": "${name}" is encrypted, which is not read.`,
      );
    }
    if (method !== 0 && method !== 8) {
      throw new ArrayFileError(
        `"${path}": "${name}" is packed by method ${method}; NumPy writes 0 (as it is) and 8 (deflated), and these are read.`,
      );
    }
    if (method === 0 && size !== packedSize) {
      throw damaged(path, `the sizes of "${name}" contradict each other`);
    }
    members.push({
      name,
      method,
      checksum: view.getUint32(at + 16, true),
      packedSize,
      size,
      start: dataStart(source, { name, offset, packedSize }, path),
    });
    at = next;
  }
  return members;
}

const damaged = (path: string, why: string): ArrayFileError =>
  new ArrayFileError(`"${path}" is damaged: ${why}.`);

/** Where the central directory lies, from the record at the end of the file. */
function findDirectory(
  source: ByteSource,
  path: string,
): { readonly start: number; readonly size: number; readonly count: number } {
  const tailLength = Math.min(source.size, END_BYTES + MAX_COMMENT);
  const tail = new Uint8Array(tailLength);
  source.read(source.size - tailLength, tail);
  const view = new DataView(tail.buffer);
  for (let at = tailLength - END_BYTES; at >= 0; at--) {
    if (
      view.getUint32(at, true) !== END ||
      at + END_BYTES + view.getUint16(at + 20, true) !== tailLength
    ) {
      continue;
    }
    const end = source.size - tailLength + at;
    let count = view.getUint16(at + 10, true);
    let size = view.getUint32(at + 12, true);
    let start = view.getUint32(at + 16, true);
    if (count === FULL16 || size === FULL32 || start === FULL32) {
      const wide = readEnd64(source, end, path);
      if (wide !== undefined) ({ count, size, start } = wide);
    }
    if (start + size > end) {
      throw damaged(path, 'its directory lies outside of the file');
    }
    if (size > MAX_DIRECTORY_BYTES || count > MAX_MEMBERS) {
      throw damaged(path, `its directory claims ${count} members`);
    }
    return { start, size, count };
  }
  throw damaged(
    path,
    'the directory at its end is missing, so it was probably cut off while it was written',
  );
}

function readEnd64(
  source: ByteSource,
  end: number,
  path: string,
):
  | { readonly count: number; readonly size: number; readonly start: number }
  | undefined {
  const locatorAt = end - END64_LOCATOR_BYTES;
  if (locatorAt < 0) return undefined;
  const locator = new Uint8Array(END64_LOCATOR_BYTES);
  source.read(locatorAt, locator);
  const locatorView = new DataView(locator.buffer);
  if (locatorView.getUint32(0, true) !== END64_LOCATOR) return undefined;
  const at = Number(locatorView.getBigUint64(8, true));
  if (at + END64_BYTES > locatorAt) {
    throw damaged(path, 'its 64-bit end record lies outside of the file');
  }
  const record = new Uint8Array(END64_BYTES);
  source.read(at, record);
  const view = new DataView(record.buffer);
  if (view.getUint32(0, true) !== END64) {
    throw damaged(path, 'its 64-bit end record is not where it should be');
  }
  return {
    count: Number(view.getBigUint64(32, true)),
    size: Number(view.getBigUint64(40, true)),
    start: Number(view.getBigUint64(48, true)),
  };
}

/** Sizes and place of a member; those that are full in 32 bits stand in the extra field, in this order. */
function sizesOf(
  view: DataView,
  at: number,
  extra: { readonly start: number; readonly end: number },
  path: string,
): {
  readonly size: number;
  readonly packedSize: number;
  readonly offset: number;
} {
  let size = view.getUint32(at + 24, true);
  let packedSize = view.getUint32(at + 20, true);
  let offset = view.getUint32(at + 42, true);
  let field = extra.start;
  while (field + 4 <= extra.end) {
    const length = view.getUint16(field + 2, true);
    const fieldEnd = field + 4 + length;
    if (fieldEnd > extra.end) break;
    if (view.getUint16(field, true) === EXTRA64) {
      let value = field + 4;
      const next = (): number => {
        if (value + 8 > fieldEnd) {
          throw damaged(path, 'a 64-bit size is missing in its directory');
        }
        value += 8;
        return Number(view.getBigUint64(value - 8, true));
      };
      if (size === FULL32) size = next();
      if (packedSize === FULL32) packedSize = next();
      if (offset === FULL32) offset = next();
    }
    field = fieldEnd;
  }
  return { size, packedSize, offset };
}

/** Where a member's bytes begin: behind its own header, whose length only it knows. */
function dataStart(
  source: ByteSource,
  member: {
    readonly name: string;
    readonly offset: number;
    readonly packedSize: number;
  },
  path: string,
): number {
  const { name, offset, packedSize } = member;
  if (offset + LOCAL_BYTES > source.size) {
    throw damaged(path, `"${name}" lies outside of the file`);
  }
  const header = new Uint8Array(LOCAL_BYTES);
  source.read(offset, header);
  const view = new DataView(header.buffer);
  if (view.getUint32(0, true) !== LOCAL) {
    throw damaged(path, `"${name}" is not where its directory says`);
  }
  const start =
    offset + LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
  if (start + packedSize > source.size) {
    throw damaged(path, `"${name}" goes on behind the end of the file`);
  }
  return start;
}
