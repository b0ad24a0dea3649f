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
import { Nesting, type PassedLimit } from './nesting.ts';
import type { Openings } from './syntax-error.ts';

/** Marks that the lexer puts between the tokens; they take no room in the text. */
const DOCUMENT_MARK = '\u0002';
const FLOW_END_MARK = '\u0018';
const SCALAR_MARK = '\u001f';

/** What is left to read; shared by all files of a pipeline. */
export interface ReadingBudget {
  tokens: number;
}

/** What is said where a collection is too large or too deep. */
const PASSED: Readonly<Record<PassedLimit, (at: Span) => Diagnostic>> = {
  levels: (at) => yamlTooDeep(LIMITS.levels, at),
  keys: (at) => yamlTooManyKeys(LIMITS.keys, at),
  entries: (at) => yamlTooManyEntries(LIMITS.entries, at),
};

/**
 * Counts what a YAML text holds while its tokens come from the lexer, before any tree is built from them: parser and
 * composer are recursive, and slow or greedy on large collections. Where a limit is passed, the scan is fatal and
 * nothing more should be parsed.
 */
export class Scan implements Openings {
  readonly #file: SourceFile;
  readonly #budget: ReadingBudget;
  readonly #nesting = new Nesting();
  readonly #problems: Diagnostic[] = [];
  /** Quotes that were not closed, by where their text ends. */
  readonly #unclosedQuotes = new Map<number, number>();
  #offset = 0;
  #lineStart = 0;
  /** Column at which the key began that a `:` may follow; null right after an indicator or a line break. */
  #keyColumn: number | null = null;
  #isLineEmpty = true;
  #isScalarNext = false;
  #aliases = 0;
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

  bracketBefore(offset: number): number | undefined {
    return this.#nesting.bracketBefore(offset);
  }

  quoteBefore(offset: number): number | undefined {
    return this.#unclosedQuotes.get(offset);
  }

  /** Takes note that there are no more tokens. */
  finish(): void {
    this.#nesting.abandonBrackets(this.#offset);
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
        this.#nesting.abandonBrackets(this.#offset);
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
    const { passed } = this.#nesting;
    if (passed !== null) this.#stop(PASSED[passed](this.#span(1)));
    const lineBreak = token.lastIndexOf('\n');
    if (lineBreak !== -1) {
      this.#lineStart = this.#offset + lineBreak + 1;
      this.#isLineEmpty = true;
      if (!this.#nesting.isInBrackets) this.#keyColumn = null;
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
        this.#beginLine();
        this.#nesting.dash(this.#column, this.#offset);
        this.#keyColumn = null;
        return;
      case '?':
      case ':':
        this.#keyIndicator(token);
        return;
      case '{':
        this.#content();
        this.#nesting.open('mapping', this.#offset);
        return;
      case '[':
        this.#content();
        this.#nesting.open('list', this.#offset);
        return;
      case '}':
        this.#nesting.close('mapping', this.#offset);
        return;
      case ']':
        this.#nesting.close('list', this.#offset);
        return;
      case ',':
        this.#nesting.comma();
        return;
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
        this.#property();
        this.#problems.push(yamlTag(token, this.#span(token.length)));
        return;
      case '&':
        this.#property();
        return;
      case '*':
        this.#alias(token);
        return;
      case '"':
      case "'":
        this.#content();
        if (token.length === 1 || !token.endsWith(token.charAt(0))) {
          this.#unclosedQuotes.set(this.#offset + token.length, this.#offset);
        }
        return;
      default:
        this.#content();
    }
  }

  /** A scalar, an alias or a bracket begins. */
  #content(): void {
    this.#property();
    this.#nesting.insideBrackets();
  }

  /** An anchor or a tag, or what it belongs to. */
  #property(): void {
    this.#beginLine();
    this.#keyColumn ??= this.#column;
  }

  #beginLine(): void {
    if (!this.#isLineEmpty) return;
    this.#isLineEmpty = false;
    if (!this.#nesting.isInBrackets) this.#nesting.beginLine(this.#column);
  }

  #alias(token: string): void {
    this.#aliases += 1;
    if (this.#aliases > LIMITS.aliases) {
      const at = this.#span(token.length);
      this.#stop(yamlTooManyAliases(LIMITS.aliases, at));
    }
    this.#content();
  }

  #keyIndicator(token: '?' | ':'): void {
    if (this.#nesting.isInBrackets) {
      this.#nesting.insideBrackets();
      return;
    }
    this.#beginLine();
    if (token === '?') {
      this.#nesting.explicitKey(this.#column, this.#offset);
    } else {
      const isAlone = this.#keyColumn === null;
      const column = this.#keyColumn ?? this.#column;
      this.#nesting.colon(column, this.#offset, isAlone);
    }
    this.#keyColumn = null;
  }

  #directive(token: string): void {
    const version = /^%YAML[ \t]+([^ \t]+)[ \t]*$/.exec(token)?.[1];
    const at = this.#span(token.trimEnd().length);
    if (version === undefined) this.#problems.push(yamlDirective(token, at));
    // What the rest means depends on the version.
    else if (version !== '1.2') this.#stop(yamlVersion(version, at));
  }

  #startDocument(): void {
    this.#nesting.reset(this.#offset);
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
      end: Math.min(this.#offset + length, this.#file.text.length),
    };
  }
}
