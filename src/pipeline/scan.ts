import {
  yamlDirective,
  yamlTag,
  yamlTooDeep,
  yamlTooManyAliases,
  yamlTooManyEntries,
  yamlTooManyKeys,
  yamlTooManyTokens,
  yamlVersion,
} from '../diagnostics/catalogue/yaml.ts';
import type {
  Diagnostic,
  SourceFile,
  Span,
} from '../diagnostics/diagnostic.ts';
import { LIMITS } from './limits.ts';
import type { Openings } from './syntax-error.ts';

/** A block list or mapping that is open, or a flow collection. */
interface Open {
  readonly offset: number;
  readonly sort: 'list' | 'mapping';
  /** Column of its indicators or keys; -1 in flow style. */
  readonly column: number;
  count: number;
  /** Mapping in block style: a `?` was seen whose `:` is still to come. In flow style: the entry has begun. */
  isPending: boolean;
}

/** Marks that the lexer puts between the tokens; they take no room in the text. */
const DOCUMENT_MARK = '\u0002';
const FLOW_END_MARK = '\u0018';
const SCALAR_MARK = '\u001f';

/** What is left to read; shared by all files of a pipeline. */
export interface ReadingBudget {
  tokens: number;
}

/**
 * Counts what a YAML text holds while its tokens come from the lexer, before any tree is built from them: parser and
 * composer are recursive, and slow or greedy on large collections. Where a limit is passed, `fatal` is set and nothing
 * more should be parsed.
 *
 * The depth is followed by columns, as the indentation rules of YAML have it; in a text that breaks these rules it may
 * come out too deep, never too flat.
 */
export class Scan implements Openings {
  readonly #file: SourceFile;
  readonly #budget: ReadingBudget;
  readonly #blocks: Open[] = [];
  readonly #flows: Open[] = [];
  readonly #problems: Diagnostic[] = [];
  #offset = 0;
  #lineStart = 0;
  /** Column at which the key began that a `:` may follow; null right after an indicator or a line break. */
  #keyColumn: number | null = null;
  #isLineEmpty = true;
  #isScalarNext = false;
  #aliases = 0;
  /** Brackets that were not closed, and where that showed. */
  readonly #unclosed: { opened: number; noticed: number }[] = [];
  /** Quotes that were not closed, by where their text ends. */
  readonly #unclosedQuotes = new Map<number, number>();
  #isFatal = false;

  constructor(file: SourceFile, offset: number, budget: ReadingBudget) {
    this.#file = file;
    this.#offset = offset;
    this.#lineStart = offset;
    this.#budget = budget;
  }

  get isFatal(): boolean {
    return this.#isFatal;
  }

  get problems(): readonly Diagnostic[] {
    return this.#problems;
  }

  /** Takes note that there are no more tokens. */
  finish(): void {
    this.#abandonFlows();
  }

  bracketBefore(offset: number): number | undefined {
    // Brackets inside of others are noticed first; the outermost that is still open is the one to look at.
    return this.#unclosed.find(({ noticed }) => noticed >= offset)?.opened;
  }

  quoteBefore(offset: number): number | undefined {
    return this.#unclosedQuotes.get(offset);
  }

  /** Takes the next token of the lexer. */
  see(token: string): void {
    this.#budget.tokens -= 1;
    if (this.#budget.tokens < 0) {
      this.#stop(yamlTooManyTokens(LIMITS.tokens, this.#span(token.length)));
    }
    switch (token) {
      case DOCUMENT_MARK:
        this.#startDocument();
        return;
      case FLOW_END_MARK:
        this.#abandonFlows();
        return;
      case SCALAR_MARK:
        this.#isScalarNext = true;
        return;
      default:
    }
    if (this.#isScalarNext) {
      this.#isScalarNext = false;
      this.#content();
    } else {
      this.#token(token);
    }
    const lineBreak = token.lastIndexOf('\n');
    if (lineBreak !== -1) {
      this.#lineStart = this.#offset + lineBreak + 1;
      this.#isLineEmpty = true;
      if (this.#flows.length === 0) this.#keyColumn = null;
    }
    this.#offset += token.length;
  }

  #token(token: string): void {
    switch (token) {
      case '':
      case '\n':
      case '\r\n':
        return;
      case '---':
      case '...':
        this.#startDocument();
        return;
      case '-':
        this.#indicator();
        this.#block('list', this.#column);
        this.#keyColumn = null;
        return;
      case '?':
      case ':':
        this.#keyIndicator(token);
        return;
      case '{':
        this.#content();
        this.#open('mapping');
        return;
      case '[':
        this.#content();
        this.#open('list');
        return;
      case '}':
        this.#close('mapping');
        return;
      case ']':
        this.#close('list');
        return;
      case ',': {
        const flow = this.#flows.at(-1);
        if (flow !== undefined) flow.isPending = false;
        return;
      }
      default:
        this.#textToken(token);
    }
  }

  #textToken(token: string): void {
    switch (token[0]) {
      case ' ':
      case '\t':
      case '#':
      case '\ufeff':
        return;
      case '%':
        this.#directive(token);
        return;
      case '!':
        this.#indicator();
        this.#keyColumn ??= this.#column;
        this.#problems.push(yamlTag(token, this.#span(token.length)));
        return;
      case '&':
        this.#indicator();
        this.#keyColumn ??= this.#column;
        return;
      case '*':
        this.#aliases += 1;
        if (this.#aliases > LIMITS.aliases) {
          this.#stop(
            yamlTooManyAliases(LIMITS.aliases, this.#span(token.length)),
          );
        }
        this.#content();
        return;
      case '"':
      case "'":
        this.#content();
        if (token.length === 1 || !token.endsWith(token.charAt(0))) {
          const end = this.#offset + token.length;
          this.#unclosedQuotes.set(end, this.#offset);
        }
        return;
      default:
        this.#content();
    }
  }

  /** A scalar, an alias or a flow collection begins. */
  #content(): void {
    this.#indicator();
    this.#keyColumn ??= this.#column;
    const flow = this.#flows.at(-1);
    if (flow !== undefined && !flow.isPending) {
      flow.isPending = true;
      this.#count(flow);
    }
  }

  /** Whatever begins a line in block style ends the collections that are indented more. */
  #indicator(): void {
    if (!this.#isLineEmpty) return;
    this.#isLineEmpty = false;
    if (this.#flows.length === 0) this.#closeBeyond(this.#column);
  }

  #keyIndicator(token: '?' | ':'): void {
    const flow = this.#flows.at(-1);
    if (flow !== undefined) {
      if (!flow.isPending) {
        flow.isPending = true;
        this.#count(flow);
      }
      return;
    }
    this.#indicator();
    const column =
      token === '?' ? this.#column : (this.#keyColumn ?? this.#column);
    const top = this.#blocks.at(-1);
    if (
      token === ':' &&
      this.#keyColumn === null &&
      top?.column === column &&
      top.isPending
    ) {
      top.isPending = false;
    } else {
      this.#block('mapping', column);
      const opened = this.#blocks.at(-1);
      if (opened !== undefined) opened.isPending = token === '?';
    }
    this.#keyColumn = null;
  }

  /** An entry of a block collection at a column begins, and the collection too where it isn't open yet. */
  #block(sort: Open['sort'], column: number): void {
    if (this.#flows.length > 0) return;
    this.#closeBeyond(column);
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
      top = {
        offset: this.#offset,
        sort,
        column,
        count: 0,
        isPending: false,
      };
      this.#blocks.push(top);
      this.#checkDepth();
    }
    this.#count(top);
  }

  #open(sort: Open['sort']): void {
    this.#flows.push({
      offset: this.#offset,
      sort,
      column: -1,
      count: 0,
      isPending: false,
    });
    this.#checkDepth();
  }

  #close(sort: Open['sort']): void {
    const open = this.#flows.pop();
    if (open !== undefined && open.sort !== sort) {
      this.#unclosed.push({ opened: open.offset, noticed: this.#offset });
    }
  }

  /** Open brackets end where a line is indented too little to belong into them, or the text ends. */
  #abandonFlows(): void {
    for (const { offset } of this.#flows) {
      this.#unclosed.push({ opened: offset, noticed: this.#offset });
    }
    this.#flows.length = 0;
  }

  #closeBeyond(column: number): void {
    for (let top = this.#blocks.at(-1); top; top = this.#blocks.at(-1)) {
      if (top.column <= column) return;
      this.#blocks.pop();
    }
  }

  #count(open: Open): void {
    open.count += 1;
    if (open.sort === 'mapping' && open.count > LIMITS.keys) {
      this.#stop(yamlTooManyKeys(LIMITS.keys, this.#span(1)));
    }
    if (open.sort === 'list' && open.count > LIMITS.entries) {
      this.#stop(yamlTooManyEntries(LIMITS.entries, this.#span(1)));
    }
  }

  #checkDepth(): void {
    if (this.#blocks.length + this.#flows.length > LIMITS.levels) {
      this.#stop(yamlTooDeep(LIMITS.levels, this.#span(1)));
    }
  }

  #directive(token: string): void {
    const version = /^%YAML[ \t]+([^ \t]+)[ \t]*$/.exec(token)?.[1];
    const at = this.#span(token.trimEnd().length);
    if (version === undefined) this.#problems.push(yamlDirective(token, at));
    else if (version !== '1.2') this.#problems.push(yamlVersion(version, at));
  }

  #startDocument(): void {
    this.#blocks.length = 0;
    this.#abandonFlows();
    this.#keyColumn = null;
    this.#isLineEmpty = false;
  }

  #stop(problem: Diagnostic): void {
    if (this.#isFatal) return;
    this.#isFatal = true;
    this.#problems.push(problem);
  }

  get #column(): number {
    return this.#offset - this.#lineStart;
  }

  #span(length: number): Span {
    return {
      file: this.#file,
      start: this.#offset,
      end: this.#offset + length,
    };
  }
}
