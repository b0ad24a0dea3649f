import { LIMITS } from './limits.ts';

/** A list or mapping that is open. */
interface Open {
  readonly sort: 'list' | 'mapping';
  /** Where it began. */
  readonly offset: number;
  /** Column of its indicators or keys; -1 in brackets. */
  readonly column: number;
  /** Entries so far. */
  count: number;
  /** By columns: a `?` was seen whose `:` is still to come. In brackets: the entry has begun. */
  isPending: boolean;
}

/** What there can be too much of. */
export type PassedLimit = 'levels' | 'keys' | 'entries';

/**
 * The lists and mappings that are open at a place of a YAML text, and how many entries they have. They are followed by
 * brackets, and outside of them by columns, as the indentation rules of YAML have it: in a text that breaks these rules
 * the depth may come out too large, never too small.
 */
export class Nesting {
  readonly #blocks: Open[] = [];
  readonly #flows: Open[] = [];
  /** Brackets that were not closed, and where that showed. */
  readonly #unclosed: { readonly opened: number; readonly noticed: number }[] =
    [];
  #passed: PassedLimit | null = null;

  /** The first limit that was passed, or null. */
  get passed(): PassedLimit | null {
    return this.#passed;
  }

  get isInBrackets(): boolean {
    return this.#flows.length > 0;
  }

  /** Offset of the bracket that is not closed where an offset shows that it should have been. */
  bracketBefore(offset: number): number | undefined {
    return this.#unclosed.find(({ noticed }) => noticed >= offset)?.opened;
  }

  /** A bracket opens. */
  open(sort: Open['sort'], offset: number): void {
    this.#flows.push(newlyOpen(sort, offset, -1));
    this.#checkDepth();
  }

  /** A bracket closes, perhaps another one than is open. */
  close(sort: Open['sort'], offset: number): void {
    const open = this.#flows.pop();
    if (open !== undefined && open.sort !== sort) {
      this.#unclosed.push({ opened: open.offset, noticed: offset });
    }
  }

  /** Open brackets end where a line is indented too little to belong into them, and where the text ends. */
  abandonBrackets(offset: number): void {
    for (const open of this.#flows) {
      this.#unclosed.push({ opened: open.offset, noticed: offset });
    }
    this.#flows.length = 0;
  }

  /** Something stands in brackets that belongs to the entry that has begun, or begins one. */
  insideBrackets(): void {
    const flow = this.#flows.at(-1);
    if (flow === undefined || flow.isPending) return;
    flow.isPending = true;
    this.#count(flow);
  }

  /** A comma ends an entry. */
  comma(): void {
    const flow = this.#flows.at(-1);
    if (flow !== undefined) flow.isPending = false;
  }

  /** A line begins at a column: what is indented more has ended. */
  beginLine(column: number): void {
    for (let top = this.#blocks.at(-1); top; top = this.#blocks.at(-1)) {
      if (top.column <= column) return;
      this.#blocks.pop();
    }
  }

  /** A `-` at a column. */
  dash(column: number, offset: number): void {
    if (!this.isInBrackets) this.#blockEntry('list', column, offset);
  }

  /** A `?` at a column. */
  explicitKey(column: number, offset: number): void {
    this.#blockEntry('mapping', column, offset).isPending = true;
  }

  /**
   * A `:` whose key began at a column.
   *
   * @param isAlone whether nothing but the `:` stands there, so that it may belong to a `?` above.
   */
  colon(column: number, offset: number, isAlone: boolean): void {
    const top = this.#blocks.at(-1);
    if (isAlone && top?.column === column && top.isPending) {
      top.isPending = false;
    } else {
      this.#blockEntry('mapping', column, offset).isPending = false;
    }
  }

  /** A document begins or ends, and everything in it. */
  reset(offset: number): void {
    this.#blocks.length = 0;
    this.abandonBrackets(offset);
  }

  /** An entry at a column begins, and the collection too where it isn't open yet. */
  #blockEntry(sort: Open['sort'], column: number, offset: number): Open {
    this.beginLine(column);
    let top = this.#blocks.at(-1);
    // A list may stand at the column of the key that it belongs to; the next key at that column ends it.
    if (
      sort === 'mapping' &&
      top?.sort === 'list' &&
      top.column === column &&
      this.#blocks.at(-2)?.column === column
    ) {
      this.#blocks.pop();
      top = this.#blocks.at(-1);
    }
    if (top?.sort !== sort || top.column !== column) {
      top = newlyOpen(sort, offset, column);
      this.#blocks.push(top);
      this.#checkDepth();
    }
    this.#count(top);
    return top;
  }

  #count(open: Open): void {
    open.count += 1;
    if (open.sort === 'mapping' && open.count > LIMITS.keys) {
      this.#passed ??= 'keys';
    }
    if (open.sort === 'list' && open.count > LIMITS.entries) {
      this.#passed ??= 'entries';
    }
  }

  #checkDepth(): void {
    if (this.#blocks.length + this.#flows.length > LIMITS.levels) {
      this.#passed ??= 'levels';
    }
  }
}

const newlyOpen = (
  sort: Open['sort'],
  offset: number,
  column: number,
): Open => ({ sort, offset, column, count: 0, isPending: false });
