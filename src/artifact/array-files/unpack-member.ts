import { randomUUID } from 'node:crypto';
import { openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import { errorMessage } from '../../util/error-message.ts';
import { makeFolder } from '../../util/make-folder.ts';
import { ArrayFileError } from './array-file-error.ts';
import { FileBytes, type ByteSource } from './file-bytes.ts';
import type { ZipMember } from './zip-members.ts';

/** Bytes that are read at a time. */
const PIECE_BYTES = 1 << 20;
/** No deflated byte stands for more. */
const MOST_A_BYTE = 1032;

/** A part of another source. */
const partOf = (
  source: ByteSource,
  start: number,
  size: number,
): ByteSource => ({
  size,
  read: (position, into) => {
    source.read(start + position, into);
  },
});

/**
 * The bytes of a member of a zip archive, checked against its checksum. What is stored as it is is read in place; what is
 * deflated is unpacked into a file without a name, which is gone when it is closed and when the process ends.
 *
 * @param what names archive and member in messages.
 * @param scratch a folder for that file, made where it isn't there.
 * @throws {ArrayFileError} if the member is damaged or contradicts the archive's directory.
 */
export async function unpackMember(
  source: ByteSource,
  member: ZipMember,
  options: {
    readonly what: string;
    readonly scratch: string;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly bytes: ByteSource; readonly close: () => void }> {
  const { what, scratch, signal } = options;
  const packed = partOf(source, member.start, member.packedSize);
  if (member.method === 0) {
    let checksum = 0;
    for await (const piece of piecesOf(packed, signal)) {
      checksum = crc32(piece, checksum);
    }
    checkSum(checksum, member, what);
    return { bytes: packed, close: () => undefined };
  }
  if (member.size > member.packedSize * MOST_A_BYTE) {
    throw new ArrayFileError(
      `${what} claims to unpack ${member.packedSize} bytes to ${member.size}, which is more than they can hold.`,
    );
  }
  makeFolder(scratch);
  const path = join(scratch, `unpacked-${randomUUID()}`);
  const file = openSync(path, 'wx+');
  unlinkSync(path);
  try {
    await inflateInto(file, packed, member, { what, signal });
  } catch (error) {
    new FileBytes(file, path)[Symbol.dispose]();
    throw error;
  }
  const bytes = new FileBytes(file, path);
  return {
    bytes,
    close: () => {
      bytes[Symbol.dispose]();
    },
  };
}

async function inflateInto(
  file: number,
  packed: ByteSource,
  member: ZipMember,
  { what, signal }: { readonly what: string; readonly signal: AbortSignal },
): Promise<void> {
  let checksum = 0;
  let size = 0;
  // Of two errors a pipeline may report the one that follows from the other.
  let tooMuch: ArrayFileError | undefined;
  try {
    await pipeline(
      Readable.from(piecesOf(packed, signal)),
      createInflateRaw({ chunkSize: PIECE_BYTES }),
      async (pieces: AsyncIterable<Uint8Array>) => {
        for await (const piece of pieces) {
          size += piece.length;
          if (size > member.size) {
            tooMuch = new ArrayFileError(
              `${what} unpacks to more than the ${member.size} bytes that its archive claims.`,
            );
            throw tooMuch;
          }
          checksum = crc32(piece, checksum);
          for (let at = 0; at < piece.length;) {
            at += writeSync(file, piece, at);
          }
        }
      },
    );
  } catch (error) {
    signal.throwIfAborted();
    throw (
      tooMuch ??
      new ArrayFileError(`${what} can't be unpacked: ${errorMessage(error)}.`)
    );
  }
  if (size !== member.size) {
    throw new ArrayFileError(
      `${what} unpacks to ${size} bytes, but its archive claims ${member.size}.`,
    );
  }
  checkSum(checksum, member, what);
}

function checkSum(found: number, member: ZipMember, what: string): void {
  if (found !== member.checksum) {
    throw new ArrayFileError(
      `${what} is damaged: its bytes don't have the checksum that the archive gives.`,
    );
  }
}

/** Each piece is a buffer of its own: a stream keeps several. */
async function* piecesOf(
  source: ByteSource,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < source.size; at += PIECE_BYTES) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, source.size - at));
    source.read(at, piece);
    yield piece;
    await setImmediate();
    signal.throwIfAborted();
  }
}
