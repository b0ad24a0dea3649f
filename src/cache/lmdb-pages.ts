import { readSync } from 'node:fs';

/*
 * The layout of an LMDB file, as lmdb-js writes it (mdb.c: MDB_page_header, MDB_node, MDB_ovpage, MDB_db, MDB_meta). All
 * numbers are little-endian where it runs.
 */

/** Length of the header of a page. Offsets within a page that LMDB stores count from its end. */
export const HEADER_LENGTH = 24;
/** Length of the header of a node. */
export const NODE_LENGTH = 8;
/** Length of what a node has of a value that lies on pages of its own. */
export const OVERFLOW_LENGTH = 24;
/** Length of what a node has of a named table. */
export const TREE_LENGTH = 48;

/** What a page holds. */
export const PAGE_TYPE = { branch: 1, leaf: 2, overflow: 4 } as const;
/** What a node of a leaf holds in place of a value. */
export const NODE_FLAG = { overflow: 1, table: 2 } as const;
/** The flag of a table whose keys are numbers: the one of free pages. */
const NUMBER_KEYS = 8;

const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const HEAD_LENGTH = 136;
const LEAST_PAGE_SIZE = 512;
const MOST_PAGE_SIZE = 65536;
const WORD = 2 ** 32;

/** A B-tree: one of the environment's own two, or a named table. */
export interface Tree {
  readonly flags: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** Null where the tree is empty. */
  readonly root: number | null;
}

/** Where a snapshot of the environment begins: the content of one of the first two pages. */
export interface Head {
  readonly pageSize: number;
  /** The pages that nothing is on, by the transaction that freed them. */
  readonly free: Tree;
  /** The named tables. */
  readonly main: Tree;
  readonly lastPage: number;
  /** The transaction that wrote it. */
  readonly transaction: number;
}

/** 64 bits as a number; what is beyond 2⁵³ is rounded, and beyond anything that a file can have. */
export const readLong = (bytes: Buffer, offset: number): number =>
  bytes.readUInt32LE(offset) + bytes.readUInt32LE(offset + 4) * WORD;

/** The end of the key of a node; in a leaf its value is there. */
export const keyEnd = (page: Buffer, node: number): number =>
  node + NODE_LENGTH + page.readUInt16LE(node + 6);

/** What a node of a leaf holds: `NODE_FLAG`. */
export const flagsOf = (page: Buffer, node: number): number =>
  page.readUInt16LE(node + 4);

/** The length of the value of a node of a leaf. */
export const lengthOf = (page: Buffer, node: number): number =>
  page.readUInt32LE(node);

/** The page that a node of a branch leads to. */
export const childOf = (page: Buffer, node: number): number =>
  page.readUInt32LE(node) + page.readUInt16LE(node + 4) * WORD;

/** The description of a tree, at an offset. */
export function readTree(bytes: Buffer, offset: number): Tree {
  const isEmpty =
    bytes.readUInt32LE(offset + 40) === WORD - 1 &&
    bytes.readUInt32LE(offset + 44) === WORD - 1;
  return {
    flags: bytes.readUInt16LE(offset + 4),
    depth: bytes.readUInt16LE(offset + 6),
    branchPages: readLong(bytes, offset + 8),
    leafPages: readLong(bytes, offset + 16),
    overflowPages: readLong(bytes, offset + 24),
    entries: readLong(bytes, offset + 32),
    root: isEmpty ? null : readLong(bytes, offset + 40),
  };
}

function headAt(start: Buffer, page: number): Head | string {
  const at = page + HEADER_LENGTH;
  const bytes = start.subarray(at, at + HEAD_LENGTH);
  if (bytes.length < HEAD_LENGTH) return 'its first pages are missing';
  if (bytes.readUInt32LE(0) !== MAGIC) return 'it is not an LMDB database';
  const version = bytes.readUInt32LE(4) & 0xffff;
  if (version !== DATA_VERSION) {
    return `it has data format ${version}, and this program reads format ${DATA_VERSION}`;
  }
  const pageSize = bytes.readUInt32LE(24);
  if (
    pageSize < LEAST_PAGE_SIZE ||
    pageSize > MOST_PAGE_SIZE ||
    (pageSize & (pageSize - 1)) !== 0
  ) {
    return `its page size is ${pageSize}`;
  }
  const free = readTree(bytes, 24);
  if ((free.flags & NUMBER_KEYS) === 0)
    return 'its flags are not those of LMDB';
  return {
    pageSize,
    free,
    main: readTree(bytes, 72),
    lastPage: readLong(bytes, 120),
    transaction: readLong(bytes, 128),
  };
}

/** What may have both heads in it, in one read: they are of one moment. */
function readStart(file: number): Buffer {
  const bytes = Buffer.alloc(MOST_PAGE_SIZE + HEADER_LENGTH + HEAD_LENGTH);
  return bytes.subarray(0, readSync(file, bytes, { position: 0 }));
}

/** The heads of a file, the newer one first; or why there are none. */
export function readHeads(file: number): readonly [Head, Head] | string {
  const start = readStart(file);
  const first = headAt(start, 0);
  if (typeof first === 'string') return first;
  const second = headAt(start, first.pageSize);
  if (typeof second === 'string') return second;
  if (second.pageSize !== first.pageSize) {
    return `its page size is ${first.pageSize} or ${second.pageSize}`;
  }
  const older = Math.min(first.transaction, second.transaction);
  // A copy without free pages has one head; the other is of transaction 0.
  if (older > 0 && first.transaction + second.transaction > 2 * older + 1) {
    return 'its first pages are not those of two transactions in a row';
  }
  return first.transaction >= second.transaction
    ? [first, second]
    : [second, first];
}

/** Those heads of a damaged file that can be read, the newest first. */
export function readableHeads(file: number): readonly Head[] {
  const heads = readHeads(file);
  if (typeof heads !== 'string') return heads;
  const start = readStart(file);
  const first = headAt(start, 0);
  const found: Head[] = typeof first === 'string' ? [] : [first];
  // The size of a page may stand in the head that can't be read.
  for (let at = LEAST_PAGE_SIZE; at <= MOST_PAGE_SIZE; at *= 2) {
    const second = headAt(start, at);
    if (typeof second !== 'string' && second.pageSize === at) {
      found.push(second);
    }
  }
  return found.sort((a, b) => b.transaction - a.transaction);
}
