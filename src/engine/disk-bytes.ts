/** LMDB's page, header and node, in bytes (mdb.c). */
const PAGE_BYTES = 4096;
const PAGE_HEADER_BYTES = 16;
const NODE_BYTES = 8 + 32;
/** From this length a value has pages of its own. */
const OVERFLOW_BYTES = 2000;
/** Of a page that small values share, this part is filled at the least on average: pages split in halves. */
const FILL = 0.5;

/** Bytes that an environment without a value takes. */
export const EMPTY_DISK_BYTES = 64 << 10;

/** Bytes on the disk that a stored value of some length takes under a digest: as much or somewhat more than it really is. */
export function diskBytes(length: number): number {
  const node = NODE_BYTES / FILL;
  return length < OVERFLOW_BYTES
    ? Math.ceil((length + NODE_BYTES) / FILL)
    : node + Math.ceil((length + PAGE_HEADER_BYTES) / PAGE_BYTES) * PAGE_BYTES;
}
