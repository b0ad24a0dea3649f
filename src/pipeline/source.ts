import {
  Composer,
  isAlias,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  type Alias,
  type Document,
  type Pair,
  type ParsedNode,
  type Scalar as YamlScalar,
} from 'yaml';
import {
  yamlAliasCycle,
  yamlAliasUnknown,
  yamlControlCharacter,
  yamlDuplicateKey,
  yamlKeyNotText,
  yamlMergeKey,
  yamlNumber,
  yamlSeveralDocuments,
  yamlTooDeep,
  yamlTooMuch,
} from '../diagnostics/catalogue/yaml.ts';
import type {
  Diagnostic,
  SourceFile,
  Span,
} from '../diagnostics/diagnostic.ts';
import type { Related } from '../diagnostics/make.ts';
import { positionAt } from '../diagnostics/position.ts';
import { didYouMean } from '../diagnostics/text.ts';
import { LIMITS } from './limits.ts';
import { Scan, type ReadingBudget } from './scan.ts';
import { syntaxError, type Openings } from './syntax-error.ts';
import type { Entry, MappingValue, Value } from './value.ts';

// The one file that talks to the YAML library: parsing, its errors, and the way from its nodes to ours stand together
// so that nothing else depends on how it sees a document.

/** What is left to read of a pipeline, over all its files. */
export interface SourceBudget extends ReadingBudget {
  values: number;
}

/** The budget of a pipeline nothing of which has been read. */
export const freshBudget = (): SourceBudget => ({
  tokens: LIMITS.tokens,
  values: LIMITS.values,
});

/** A YAML text as a tree that knows its places. */
export interface ParsedYaml {
  /** Null where the text holds nothing, or where `problems` makes what it holds doubtful. */
  readonly root: Value | null;
  /** Whether the root is one scalar or is written in brackets: what `--set` takes. */
  readonly isFlow: boolean;
  readonly problems: readonly Diagnostic[];
}

/**
 * Parses one YAML 1.2 document.
 *
 * @param file the text without a byte-order mark.
 * @param from offset at which the YAML begins; what stands before is not looked at.
 */
export function parseYaml(
  file: SourceFile,
  budget: SourceBudget,
  from = 0,
): ParsedYaml {
  const nothing = { root: null, isFlow: false };
  const control = controlCharacter(file, from);
  if (control !== null) return { ...nothing, problems: [control] };
  const scan = new Scan(file, from, budget);
  const tokens = parseTokens(file.text.slice(from), scan);
  if (scan.isFatal) return { ...nothing, problems: scan.problems };
  const { document, problems } = compose(file, from, tokens, scan);
  const syntax = [...scan.problems, ...problems];
  if (problems.length > 0 || document === null) {
    return { ...nothing, problems: syntax };
  }
  const contents = document.contents;
  if (contents === null || isNothing(contents)) {
    return { ...nothing, problems: syntax };
  }
  const converter = new Converter(file, from, budget);
  const root = converter.convert(contents);
  return {
    root,
    isFlow: isScalar(contents)
      ? contents.type !== 'BLOCK_LITERAL' && contents.type !== 'BLOCK_FOLDED'
      : isAlias(contents) || contents.flow === true,
    problems: [...syntax, ...converter.problems],
  };
}

type Token = ReturnType<Parser['next']> extends Generator<infer T> ? T : never;

/** The parser's tree, grown while the scan watches; its nodes are not built before the whole text was scanned. */
function parseTokens(text: string, scan: Scan): readonly Token[] {
  const parser = new Parser();
  const tokens: Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    scan.see(lexeme);
    if (scan.isFatal) return [];
    tokens.push(...parser.next(lexeme));
  }
  scan.finish();
  tokens.push(...parser.end());
  return tokens;
}

interface Composed {
  readonly document: Document.Parsed | null;
  readonly problems: readonly Diagnostic[];
}

function compose(
  file: SourceFile,
  from: number,
  tokens: readonly Token[],
  openings: Openings,
): Composed {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    // Quadratic, and says nothing of the first one: `Converter` looks for duplicate keys.
    uniqueKeys: false,
    prettyErrors: false,
  });
  // The library makes an Error for every mistake; a file can hold a million.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    let document: Document.Parsed | null = null;
    for (const next of composer.compose(tokens)) {
      if (document === null || isBlank(document)) {
        document = next;
      } else if (!isBlank(next)) {
        const start = from + next.range[0];
        const end = Math.min(start + 3, file.text.length);
        const problem = yamlSeveralDocuments({ file, start, end });
        return { document: null, problems: [problem] };
      }
    }
    const errors = document?.errors ?? composer.streamInfo().errors;
    return { document, problems: syntaxErrors(file, from, errors, openings) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // The scan's depth is an estimate where the indentation is wrong; the stack has the last word.
    const at = { file, start: from, end: from };
    return { document: null, problems: [yamlTooDeep(LIMITS.levels, at)] };
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** How the library says that something stands outside of the document. */
const LOST = /in YAML (?:stream|document)/;

/**
 * One problem a line: what follows the first on a line is mostly its consequence. Tags are reported by the scan. Where
 * the parser has lost the document (by a bracket too many, mostly), all the rest of the file is one problem, and none
 * where there was another.
 */
function syntaxErrors(
  file: SourceFile,
  from: number,
  errors: readonly { code: string; message: string; pos: [number, number] }[],
  openings: Openings,
): readonly Diagnostic[] {
  const byLine = new Map<number, Diagnostic>();
  for (const { code, message, pos } of errors) {
    if (code === 'TAG_RESOLVE_FAILED' || code === 'BAD_DIRECTIVE') continue;
    if (byLine.size > 0 && LOST.test(message)) continue;
    const start = from + pos[0];
    const { line } = positionAt(file, start);
    if (byLine.has(line)) continue;
    const end = from + pos[1];
    byLine.set(
      line,
      syntaxError({ code, message, start, end }, file, openings),
    );
  }
  return [...byLine.values()];
}

/** The first character that YAML does not allow. Some of them would be taken for marks of the lexer. */
function controlCharacter(file: SourceFile, from: number): Diagnostic | null {
  const pattern = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]|\r(?!\n)/g;
  pattern.lastIndex = from;
  const found = pattern.exec(file.text);
  return found === null
    ? null
    : yamlControlCharacter(found[0].charCodeAt(0), {
        file,
        start: found.index,
        end: found.index + 1,
      });
}

/** Whether a document is only the end of one before it. */
const isBlank = ({ contents, directives }: Document.Parsed): boolean =>
  isScalar(contents) && isNothing(contents) && directives.docStart !== true;

const isNothing = (node: ParsedNode): boolean =>
  isScalar(node) && node.value === null && node.source === '';

/** What stands for an alias that leads nowhere: see `isBroken`. */
const brokenAlias = (name: string, at: Span): Value => ({
  type: 'scalar',
  value: null,
  text: `*${name}`,
  isQuoted: false,
  at,
});

interface Anchored {
  readonly value: Value;
  /** Values in it, itself included. */
  readonly size: number;
  /** Lists and mappings inside each other in it. */
  readonly height: number;
}

/** Makes values of the library's nodes: follows aliases, checks keys and numbers, and bounds what aliases blow up. */
class Converter {
  readonly problems: Diagnostic[] = [];
  readonly #file: SourceFile;
  readonly #from: number;
  readonly #budget: SourceBudget;
  readonly #anchors = new Map<string, Anchored>();
  readonly #open = new Map<string, Span>();
  #depth = 0;
  #deepest = 0;
  #isStopped = false;

  constructor(file: SourceFile, from: number, budget: SourceBudget) {
    this.#file = file;
    this.#from = from;
    this.#budget = budget;
  }

  convert(node: ParsedNode): Value | null {
    const value = this.#value(node);
    return this.#isStopped ? null : value;
  }

  #value(node: ParsedNode): Value {
    if (isAlias(node)) return this.#alias(node);
    const { anchor } = node;
    if (anchor === undefined) return this.#bare(node);
    const [left, deepest] = [this.#budget.values, this.#deepest];
    this.#deepest = this.#depth;
    this.#open.set(anchor, this.#span(node.range[0], node.range[0]));
    const value = this.#bare(node);
    this.#open.delete(anchor);
    this.#anchors.set(anchor, {
      value,
      size: left - this.#budget.values,
      height: this.#deepest - this.#depth,
    });
    this.#deepest = Math.max(deepest, this.#deepest);
    return value;
  }

  #bare(node: Exclude<ParsedNode, Alias.Parsed>): Value {
    const at = this.#span(node.range[0], node.range[1]);
    this.#spend(1, at);
    if (isScalar(node)) return this.#scalar(node, at);
    this.#depth += 1;
    this.#reach(this.#depth, at);
    const value = this.#collection(node, at);
    this.#depth -= 1;
    return value;
  }

  #collection(
    node: Exclude<ParsedNode, Alias.Parsed | YamlScalar.Parsed>,
    at: Span,
  ): Value {
    if (isSeq(node)) {
      const items: Value[] = [];
      for (const item of node.items) {
        if (this.#isStopped) break;
        items.push(this.#value(item));
      }
      return { type: 'list', items, at };
    }
    return this.#mapping(node.items, at);
  }

  #mapping(
    pairs: readonly Pair<ParsedNode, ParsedNode | null>[],
    at: Span,
  ): MappingValue {
    const entries = new Map<string, Entry>();
    for (const { key, value } of pairs) {
      if (this.#isStopped) break;
      const keyAt = this.#span(key.range[0], key.range[1]);
      const text = this.#key(key, keyAt);
      const entry = value === null ? this.#empty(keyAt) : this.#value(value);
      if (text === null) continue;
      const first = entries.get(text);
      if (first === undefined) {
        entries.set(text, { key: text, keyAt, value: entry });
      } else {
        this.problems.push(yamlDuplicateKey(text, keyAt, first.keyAt));
      }
    }
    return { type: 'mapping', entries, at };
  }

  /** The text of a key, or null where it is not text. */
  #key(key: ParsedNode, at: Span): string | null {
    if (isScalar(key) && typeof key.value === 'string') {
      if (key.value !== '<<' || key.type !== 'PLAIN') return key.value;
      this.problems.push(yamlMergeKey(at));
      return null;
    }
    const written = isScalar(key)
      ? key.source
      : this.#file.text.slice(at.start, at.start + 1);
    this.problems.push(yamlKeyNotText(written, at));
    return null;
  }

  #scalar(node: YamlScalar.Parsed, at: Span): Value {
    const { value } = node;
    const text = node.source;
    const isQuoted = node.type !== 'PLAIN';
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) {
        this.problems.push(yamlNumber(text, 'infinite', at));
      } else if (!/[.e]/i.test(text) && !Number.isSafeInteger(value)) {
        this.problems.push(yamlNumber(text, 'inexact', at));
      }
    }
    const isScalarValue =
      value === null ||
      typeof value === 'string' ||
      typeof value === 'number' ||
      typeof value === 'boolean';
    return {
      type: 'scalar',
      value: isScalarValue ? value : text,
      text,
      isQuoted,
      at,
    };
  }

  #empty(keyAt: Span): Value {
    const at = { ...keyAt, start: keyAt.end };
    return { type: 'scalar', value: null, text: '', isQuoted: false, at };
  }

  #alias(node: Alias.Parsed): Value {
    const at = this.#span(node.range[0], node.range[1]);
    const name = node.source;
    const anchored = this.#anchors.get(name);
    const open = this.#open.get(name);
    if (open !== undefined) {
      const related: Related = { message: 'the anchor', at: open };
      this.problems.push(yamlAliasCycle(name, at, related));
      return brokenAlias(name, at);
    }
    if (anchored === undefined) {
      const near = didYouMean(name, [...this.#anchors.keys()]);
      this.problems.push(yamlAliasUnknown(name, at, near));
      return brokenAlias(name, at);
    }
    this.#spend(anchored.size, at);
    this.#reach(this.#depth + anchored.height, at);
    return { ...anchored.value, alias: at };
  }

  #spend(values: number, at: Span): void {
    this.#budget.values -= values;
    if (this.#budget.values < 0) this.#stop(yamlTooMuch(LIMITS.values, at));
  }

  #reach(depth: number, at: Span): void {
    this.#deepest = Math.max(this.#deepest, depth);
    if (depth > LIMITS.levels) this.#stop(yamlTooDeep(LIMITS.levels, at));
  }

  #stop(problem: Diagnostic): void {
    if (!this.#isStopped) this.problems.push(problem);
    this.#isStopped = true;
  }

  #span(start: number, end: number): Span {
    return {
      file: this.#file,
      start: this.#from + start,
      end: this.#from + end,
    };
  }
}
