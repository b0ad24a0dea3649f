import { closeSync, openSync, readSync, fstatSync } from 'node:fs';
import { errorCode } from '../util/error-message.ts';

/** The file that LMDB keeps in the folder of an environment. */
export const DATABASE_FILE = 'data.mdb';

/** What a look at a database file says before LMDB maps it. */
export type Inspection =
  | { readonly state: 'missing' }
  /** Made, but nothing written: a program was killed in between. */
  | { readonly state: 'empty' }
  | { readonly state: 'sound' }
  /** Shorter than its last page number says. Mostly cut off; seldom the pages at the end were never written. */
  | { readonly state: 'short' }
  | { readonly state: 'damaged'; readonly why: string };

// The layout of the first two pages (mdb.c: MDB_page_header, MDB_meta). All numbers are little-endian where LMDB runs.
const HEADER_LENGTH = 24;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const VERSION_OFFSET = 4;
const PAGE_SIZE_OFFSET = 24;
const LAST_PAGE_OFFSET = 120;
const TRANSACTION_OFFSET = 128;
const META_LENGTH = 136;

interface Meta {
  readonly pageSize: number;
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

function readMeta(file: number, offset: number): Meta | string {
  const bytes = Buffer.alloc(META_LENGTH);
  const length = readSync(file, bytes, {
    position: offset + HEADER_LENGTH,
  });
  if (length < META_LENGTH) return 'its first pages are missing';
  if (bytes.readUInt32LE(0) !== MAGIC) return 'it is not an LMDB database';
  const version = bytes.readUInt32LE(VERSION_OFFSET) & 0xffff;
  if (version !== DATA_VERSION) {
    return `it has data format ${version}, and this program reads format ${DATA_VERSION}`;
  }
  const pageSize = bytes.readUInt32LE(PAGE_SIZE_OFFSET);
  if (pageSize < 512 || pageSize > 65536 || (pageSize & (pageSize - 1)) !== 0) {
    return `its page size is ${pageSize}`;
  }
  return {
    pageSize,
    lastPage: bytes.readBigUInt64LE(LAST_PAGE_OFFSET),
    transaction: bytes.readBigUInt64LE(TRANSACTION_OFFSET),
  };
}

/**
 * Looks at the head of a database file. LMDB trusts the file that it maps: one that is no database, or that was cut
 * short, ends the process with a signal, where a user is owed a sentence.
 *
 * @throws Error of the file system, if the file is there and can't be read.
 */
export function inspectDatabase(path: string): Inspection {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { state: 'missing' };
    throw error;
  }
  try {
    const status = fstatSync(file);
    if (!status.isFile()) return { state: 'damaged', why: 'it is not a file' };
    if (status.size === 0) return { state: 'empty' };
    const first = readMeta(file, 0);
    if (typeof first === 'string') return { state: 'damaged', why: first };
    const second = readMeta(file, first.pageSize);
    if (typeof second === 'string') return { state: 'damaged', why: second };
    const current = first.transaction > second.transaction ? first : second;
    const expected = (current.lastPage + 1n) * BigInt(current.pageSize);
    // Looked at again: another process may have made the file longer, and said so in its head, since it was opened.
    return BigInt(fstatSync(file).size) < expected
      ? { state: 'short' }
      : { state: 'sound' };
  } finally {
    closeSync(file);
  }
}
