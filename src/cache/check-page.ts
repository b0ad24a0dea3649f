import {
  HEADER_LENGTH,
  NODE_FLAG,
  NODE_LENGTH,
  OVERFLOW_LENGTH,
  PAGE_TYPE,
  flagsOf,
  keyEnd,
  lengthOf,
  readLong,
} from './lmdb-pages.ts';

/** A page that isn't what LMDB takes it for. */
export class PageDamage extends Error {
  override readonly name = 'PageDamage';

  constructor(page: number, why: string) {
    super(`page ${page} ${why}`);
  }
}

/** A stretch of a page: a key. */
export interface Key {
  readonly page: Buffer;
  readonly start: number;
  readonly end: number;
}

/** What a page is expected to be. */
export interface ExpectedPage {
  readonly number: number;
  readonly isLeaf: boolean;
  /** Whether keys are numbers of 64 bits, as in the tree of free pages. */
  readonly hasNumberKeys: boolean;
  /** The least key that may be in it, and the first that may not; null is without bound. */
  readonly low: Key | null;
  readonly high: Key | null;
}

/** Less than, equal to or more than 0, as LMDB orders keys. */
function compareKeys(left: Key, right: Key, areNumbers: boolean): number {
  if (areNumbers) {
    return readLong(left.page, left.start) - readLong(right.page, right.start);
  }
  return left.page.compare(
    ...[right.page, right.start, right.end],
    ...[left.start, left.end],
  );
}

/**
 * Looks at all that LMDB relies on within a page of a tree, but for its header.
 *
 * @param nodes is filled with the offsets of the nodes; it has room for as many as a page may have.
 * @returns how many there are.
 * @throws PageDamage
 */
export function checkPage(
  page: Buffer,
  nodes: Uint16Array,
  expected: ExpectedPage,
): number {
  const { number, isLeaf, hasNumberKeys, low, high } = expected;
  const fail = (why: string): never => {
    throw new PageDamage(number, why);
  };
  const room = page.length - HEADER_LENGTH;
  const lower = page.readUInt16LE(20);
  const upper = page.readUInt16LE(22);
  if (lower % 2 !== 0 || lower > upper || upper > room) {
    fail('has no sound bounds');
  }
  const count = lower / 2;
  // LMDB ends the process where a branch leads one way only, but for the tree of free pages.
  if (count < (isLeaf || hasNumberKeys ? 1 : 2)) fail('is empty');
  let filled = 0;
  let before = 0;
  for (let index = 0; index < count; index++) {
    const offset = page.readUInt16LE(HEADER_LENGTH + 2 * index);
    if (offset % 2 !== 0 || offset < upper || offset + NODE_LENGTH > room) {
      fail('has an entry out of bounds');
    }
    const node = HEADER_LENGTH + offset;
    const end = keyEnd(page, node) + (isLeaf ? lengthInPage(page, node) : 0);
    if (end > page.length) fail('has an entry that is too long');
    filled += end - node + ((end - node) % 2);
    nodes[index] = node;
    // The first key of a branch stands for all that are less than the second.
    if (!isLeaf && index === 0) continue;
    if (hasNumberKeys && keyEnd(page, node) - node !== NODE_LENGTH + 8) {
      fail('has no sound key');
    }
    if (before !== 0 && !isInOrder(page, before, node, hasNumberKeys)) {
      fail('has keys out of order');
    }
    before = node;
  }
  if (filled !== room - upper) fail('has entries that overlap');
  const first = nodes[isLeaf ? 0 : 1] ?? 0;
  if (
    (low !== null &&
      before !== 0 &&
      compareKeys(keyAt(page, first), low, hasNumberKeys) < 0) ||
    (high !== null &&
      before !== 0 &&
      compareKeys(keyAt(page, before), high, hasNumberKeys) >= 0)
  ) {
    fail('has keys of another page');
  }
  return count;
}

/** The key of a node, where it lies. */
export const keyAt = (page: Buffer, node: number): Key => ({
  page,
  start: node + NODE_LENGTH,
  end: keyEnd(page, node),
});

/** Whether the key of one node is less than that of the next. */
function isInOrder(
  page: Buffer,
  one: number,
  next: number,
  areNumbers: boolean,
): boolean {
  const left = one + NODE_LENGTH;
  const right = next + NODE_LENGTH;
  if (!areNumbers && right + 4 <= page.length && left + 4 <= page.length) {
    // Digests mostly differ in these, and a call that compares all bytes takes ten times as long.
    const difference = page.readUInt32BE(left) - page.readUInt32BE(right);
    const isWhole =
      keyEnd(page, one) - left >= 4 && keyEnd(page, next) - right >= 4;
    if (isWhole && difference !== 0) return difference < 0;
  }
  return compareKeys(keyAt(page, one), keyAt(page, next), areNumbers) < 0;
}

/** How much of a leaf's page the value of a node takes. */
const lengthInPage = (page: Buffer, node: number): number =>
  (flagsOf(page, node) & NODE_FLAG.overflow) !== 0
    ? OVERFLOW_LENGTH
    : lengthOf(page, node);

/**
 * Looks at the header of a page.
 *
 * @param transaction the last one of the snapshot.
 * @throws PageDamage
 */
export function checkHeader(
  page: Buffer,
  number: number,
  type: keyof typeof PAGE_TYPE,
  transaction: number,
): void {
  if (readLong(page, 0) !== number) {
    throw new PageDamage(number, 'has the number of another one');
  }
  if (readLong(page, 8) > transaction) {
    throw new PageDamage(number, 'is of a later transaction');
  }
  if (page.readUInt16LE(18) !== PAGE_TYPE[type]) {
    throw new PageDamage(number, 'holds something else than is expected');
  }
}
