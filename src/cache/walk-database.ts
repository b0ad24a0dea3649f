import { readSync } from 'node:fs';
import {
  checkHeader,
  checkPage,
  keyAt,
  PageDamage,
  type Key,
} from './check-page.ts';
import {
  childOf,
  flagsOf,
  HEADER_LENGTH,
  keyEnd,
  lengthOf,
  NODE_FLAG,
  NODE_LENGTH,
  readLong,
  readTree,
  TREE_LENGTH,
  type Head,
  type Tree,
} from './lmdb-pages.ts';

/** LMDB's own bound. */
const MOST_LEVELS = 32;

/** What a walk over a database is told. */
export interface WalkOptions {
  readonly file: number;
  readonly fileBytes: number;
  readonly head: Head;
  /**
   * Called with each entry of each table; the one without a name is the environment's own. The key is borrowed until it
   * returns; the value is read when it is asked for.
   */
  readonly entry?: (table: string, key: Buffer, value: () => Buffer) => void;
  /** Told of damage; the walk leaves out what it concerns and goes on. Without it the first damage is thrown. */
  readonly damage?: (damage: PageDamage) => void;
}

/** What was counted in a tree; its head says how much it should be. */
interface Counts {
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

/** A tree that is walked over. */
interface Walked {
  readonly hasNumberKeys: boolean;
  readonly counts: Counts;
  /** Handles a node of a leaf of it. */
  readonly leafNode: (page: Buffer, node: number, place: Place) => void;
}

/** Where a node is. */
interface Place {
  /** Of the page. */
  readonly number: number;
  readonly counts: Counts;
}

/**
 * Walks over all pages that a snapshot of a database uses, and looks at everything LMDB relies on when it reads and writes
 * them: LMDB trusts the file that it maps, and a page that was overwritten would end the process with a signal. What is in
 * values isn't looked at; they have checksums of their own.
 *
 * Nothing is locked. Pages that a snapshot has freed are written over by the second transaction after it, so that damage
 * found while others write may be none.
 */
export class DatabaseWalk {
  readonly #options: WalkOptions;
  readonly #pageSize: number;
  /** 1 for each page that is in use. */
  readonly #used: Uint8Array;
  /** Room for a page and its nodes, for each level of a tree: those above are needed again. */
  readonly #levels: { readonly page: Buffer; readonly nodes: Uint16Array }[] =
    [];
  #damages = 0;
  readonly #header = Buffer.alloc(HEADER_LENGTH);

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#pageSize = options.head.pageSize;
    this.#used = new Uint8Array(
      // A head may say anything; no page beyond the end of the file is accepted.
      Math.ceil(options.fileBytes / this.#pageSize),
    );
  }

  /** @throws PageDamage */
  walk(): void {
    const { main, free } = this.#options.head;
    const tables: [string, Tree][] = [];
    this.#tree(main, false, (page, node, place) => {
      if (flagsOf(page, node) !== NODE_FLAG.table) {
        this.#value('', page, node, place);
        return;
      }
      const end = keyEnd(page, node);
      const tree = readTree(page, end);
      if (lengthOf(page, node) !== TREE_LENGTH) {
        throw new PageDamage(place.number, 'has an entry that is no table');
      }
      // The name ends with a zero byte.
      tables.push([page.toString('utf8', node + NODE_LENGTH, end - 1), tree]);
    });
    for (const [name, tree] of tables) {
      this.#tree(tree, false, (page, node, place) => {
        this.#value(name, page, node, place);
      });
    }
    // Last: what is free must not be in use.
    this.#tree(free, true, (page, node, place) => {
      this.#freePages(page, node, place);
    });
  }

  /** Passes damage on, or throws it. */
  #meet(error: unknown): void {
    const { damage } = this.#options;
    if (damage === undefined || !(error instanceof PageDamage)) throw error;
    this.#damages++;
    damage(error);
  }

  #tree(
    tree: Tree,
    hasNumberKeys: boolean,
    leafNode: Walked['leafNode'],
  ): void {
    const { root, depth, flags } = tree;
    const before = this.#damages;
    const counts: Counts = {
      ...{ branchPages: 0, leafPages: 0 },
      ...{ overflowPages: 0, entries: 0 },
    };
    try {
      if (!hasNumberKeys && flags !== 0) {
        throw new PageDamage(root ?? 0, 'has keys in an unknown order');
      }
      if (root !== null) {
        if (depth < 1 || depth > MOST_LEVELS) {
          throw new PageDamage(root, `has ${depth} levels below it`);
        }
        this.#page(root, depth, null, null, {
          ...{ hasNumberKeys, leafNode, counts },
        });
      }
      // What is missing by then has been told.
      if (this.#damages > before) return;
      if (
        counts.branchPages !== tree.branchPages ||
        counts.leafPages !== tree.leafPages ||
        counts.overflowPages !== tree.overflowPages ||
        counts.entries !== tree.entries
      ) {
        throw new PageDamage(
          root ?? 0,
          'is not the root of all that it counts',
        );
      }
    } catch (error) {
      this.#meet(error);
    }
  }

  /** Looks at a page and all below it. */
  #page(
    number: number,
    levels: number,
    low: Key | null,
    high: Key | null,
    tree: Walked,
  ): void {
    const { hasNumberKeys, counts } = tree;
    const isLeaf = levels === 1;
    const { page, nodes } = (this.#levels[levels] ??= {
      page: Buffer.alloc(this.#pageSize),
      nodes: new Uint16Array(this.#pageSize / 2),
    });
    this.#use(number, 1);
    this.#read(number, 0, page);
    const { transaction } = this.#options.head;
    checkHeader(page, number, isLeaf ? 'leaf' : 'branch', transaction);
    const count = checkPage(page, nodes, {
      ...{ number, isLeaf, hasNumberKeys, low, high },
    });
    if (isLeaf) {
      counts.leafPages++;
      counts.entries += count;
      const place = { number, counts };
      for (let index = 0; index < count; index++) {
        try {
          tree.leafNode(page, nodes[index] ?? 0, place);
        } catch (error) {
          this.#meet(error);
        }
      }
      return;
    }
    counts.branchPages++;
    for (let index = 0; index < count; index++) {
      const node = nodes[index] ?? 0;
      const next = nodes[index + 1] ?? 0;
      try {
        this.#page(
          childOf(page, node),
          levels - 1,
          index === 0 ? low : keyAt(page, node),
          index + 1 === count ? high : keyAt(page, next),
          tree,
        );
      } catch (error) {
        this.#meet(error);
      }
    }
  }

  /** A value of a table. */
  #value(table: string, page: Buffer, node: number, place: Place): void {
    const { entry } = this.#options;
    const flags = flagsOf(page, node);
    if ((flags & ~NODE_FLAG.overflow) !== 0) {
      throw new PageDamage(place.number, 'has an entry of an unknown form');
    }
    const first = flags === 0 ? null : this.#overflow(page, node, place);
    if (entry === undefined) return;
    const key = page.subarray(node + NODE_LENGTH, keyEnd(page, node));
    entry(table, key, this.#valueOf.bind(this, page, node, first));
  }

  /** @param first the page on which the value begins; null where it lies in the node's. */
  #valueOf(page: Buffer, node: number, first: number | null): Buffer {
    const value = Buffer.alloc(lengthOf(page, node));
    if (first === null) page.copy(value, 0, keyEnd(page, node));
    else this.#read(first, HEADER_LENGTH, value);
    return value;
  }

  /** Looks at the pages of a value that has its own, and answers with the first. */
  #overflow(page: Buffer, node: number, { counts }: Place): number {
    const at = keyEnd(page, node);
    const first = readLong(page, at);
    const bytes = HEADER_LENGTH + lengthOf(page, node);
    const pages = Math.ceil(bytes / this.#pageSize);
    if (readLong(page, at + 16) !== pages) {
      throw new PageDamage(first, 'has a value of another length');
    }
    this.#use(first, pages);
    counts.overflowPages += pages;
    const header = this.#header;
    this.#read(first, 0, header);
    checkHeader(header, first, 'overflow', this.#options.head.transaction);
    if (header.readUInt32LE(20) !== pages) {
      throw new PageDamage(first, 'has a value of another length');
    }
    return first;
  }

  /** An entry of the tree of free pages: how many numbers follow, then pages, and minus their count before several. */
  #freePages(page: Buffer, node: number, place: Place): void {
    const { head } = this.#options;
    const flags = flagsOf(page, node);
    const length = lengthOf(page, node);
    const fail = (): never => {
      throw new PageDamage(place.number, 'has no sound list of free pages');
    };
    if ((flags & ~NODE_FLAG.overflow) !== 0 || length < 8 || length % 8 !== 0) {
      fail();
    }
    const first = flags === 0 ? null : this.#overflow(page, node, place);
    const bytes = this.#valueOf(page, node, first);
    const at = (index: number): number =>
      Number(bytes.readBigInt64LE(8 * index));
    const size = at(0);
    if (size < 0 || 8 * (size + 1) > length) fail();
    for (let index = 1; index <= size; index++) {
      const pages = Math.max(1, -at(index));
      // The last number may be a count whose page is in the next entry.
      if (at(index) < 0 && ++index > size) break;
      const from = at(index);
      if (from === 0) continue;
      if (from < 2 || from + pages - 1 > head.lastPage) fail();
      if (this.#isUsed(from, from + pages)) {
        throw new PageDamage(from, 'is in use, and free at the same time');
      }
    }
  }

  /** Marks pages as used. */
  #use(first: number, pages: number): void {
    const { head, fileBytes } = this.#options;
    const end = first + pages;
    if (first < 2 || end - 1 > head.lastPage) {
      throw new PageDamage(first, 'is none of the pages there are');
    }
    if (end * this.#pageSize > fileBytes) {
      throw new PageDamage(first, 'is missing: the file was cut short');
    }
    if (this.#isUsed(first, end)) {
      throw new PageDamage(first, 'is used twice');
    }
    this.#used.fill(1, first, end);
  }

  #isUsed(first: number, end: number): boolean {
    return end === first + 1
      ? this.#used[first] === 1
      : this.#used.subarray(first, end).includes(1);
  }

  #read(page: number, offset: number, bytes: Buffer): void {
    readSync(this.#options.file, bytes, {
      position: page * this.#pageSize + offset,
    });
  }
}
