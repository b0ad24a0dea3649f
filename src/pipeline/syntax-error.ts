import {
  yamlKeyNotText,
  yamlSyntax,
  yamlTab,
} from '../diagnostics/catalogue/yaml.ts';
import type { Diagnostic, SourceFile } from '../diagnostics/diagnostic.ts';
import { lineAt, positionAt } from '../diagnostics/position.ts';

/** What the YAML library says is wrong, with offsets into the file. */
export interface LibraryError {
  readonly code: string;
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** What the scan knows of quotes and brackets: where they were opened. */
export interface Openings {
  /** Offset of the quote that is not closed before an offset. */
  quoteBefore(offset: number): number | undefined;
  /** Offset of the bracket that is not closed where an offset shows that it should have been. */
  bracketBefore(offset: number): number | undefined;
}

interface Rule {
  readonly code: string;
  /** Words of the library. */
  readonly words: RegExp;
  readonly what: string;
  readonly help?: string;
  /** What the place is: where something was opened that is not closed. */
  readonly opened?: 'quote' | 'bracket';
}

const rule = (
  code: string,
  words: RegExp,
  what: string,
  rest: Pick<Rule, 'help' | 'opened'> = {},
): Rule => ({ code, words, what, ...rest });

/** The first rule that fits an error; the library's own words never reach the user. */
const RULES: readonly Rule[] = [
  rule('MISSING_CHAR', /closing "/, 'This double quote is never closed.', {
    opened: 'quote',
  }),
  rule('MISSING_CHAR', /closing '/, 'This single quote is never closed.', {
    opened: 'quote',
  }),
  rule(
    'MISSING_CHAR',
    /followed by map values/,
    'This is neither a key with a value nor an entry of a list.',
    {
      help: 'A key is followed by a colon and a space, an entry starts with a dash and a space.',
    },
  ),
  rule(
    'MISSING_CHAR',
    /without - indicator/,
    'This entry of a list lacks its dash.',
  ),
  rule('MISSING_CHAR', /space after :/, 'A space is missing after the colon.'),
  rule('MISSING_CHAR', /Missing , or :/, 'A comma or a colon is missing here.'),
  rule('MISSING_CHAR', /Missing ,/, 'A comma is missing here.'),
  rule(
    'MISSING_CHAR',
    /same line with directives-end/,
    'A list or a mapping must start on a line of its own after "---".',
  ),
  rule(
    'MISSING_CHAR',
    /directives-end/,
    'A line "---" is missing between the directives and this.',
  ),
  rule('MISSING_CHAR', /^Comments/, 'A comment needs a space before its "#".'),
  rule(
    'MISSING_CHAR',
    /^Tags and anchors/,
    'A space is missing after this anchor or tag.',
  ),
  rule('BAD_INDENT', /^Flow/, 'This bracket is never closed.', {
    opened: 'bracket',
    help: 'What belongs into it must be indented more than the line that it is in.',
  }),
  rule('MISSING_CHAR', /end with a/, 'This bracket is never closed.', {
    opened: 'bracket',
  }),
  rule(
    'BAD_INDENT',
    /sequence items/,
    'The entries of a list must start at the same column.',
  ),
  rule(
    'BAD_INDENT',
    /mapping items/,
    'The keys of a mapping must start at the same column.',
  ),
  rule('BAD_INDENT', /./, 'The indentation does not fit what is above.'),
  rule(
    'BLOCK_AS_IMPLICIT_KEY',
    /compact mappings/,
    'A second key stands on the same line.',
    {
      help: 'Put it on a line of its own, or quote the text: a colon and a space end a key.',
    },
  ),
  rule('BLOCK_AS_IMPLICIT_KEY', /./, "A list can't be the key of a mapping."),
  rule(
    'BLOCK_IN_FLOW',
    /./,
    'Inside brackets, lists and mappings are written in brackets too.',
  ),
  rule('MULTILINE_IMPLICIT_KEY', /./, 'A key must stand on one line.', {
    help: 'A colon may be missing on the first of its lines.',
  }),
  rule('KEY_OVER_1024_CHARS', /./, 'A key can have 1024 characters at most.'),
  rule('BAD_DQ_ESCAPE', /./, 'There is no such escape in double quotes.', {
    help: 'A backslash is written \\\\ there; in single quotes it is itself.',
  }),
  rule('BAD_SCALAR_START', /./, "Text can't start with this character.", {
    help: 'Write it in quotes.',
  }),
  rule('BAD_ALIAS', /./, 'An anchor or an alias needs a name.', {
    help: 'A text that starts with "&" or "*" is written in quotes.',
  }),
  rule(
    'ALIAS_PROPS',
    /./,
    "An alias can't have an anchor or a tag of its own.",
  ),
  rule('MULTIPLE_ANCHORS', /./, 'A value can have one anchor at most.'),
  rule('MULTIPLE_TAGS', /./, 'A value can have one tag at most.'),
  rule(
    'BAD_PROP_ORDER',
    /./,
    'An anchor or a tag stands before the indicator that it belongs behind.',
  ),
  rule(
    'UNEXPECTED_TOKEN',
    /Unexpected ,|empty item/,
    'There is a comma with nothing before it.',
  ),
  rule(
    'UNEXPECTED_TOKEN',
    /on same line with key/,
    'A list must start on the line after its key.',
  ),
  rule(
    'UNEXPECTED_TOKEN',
    /flow-(?:map|seq)-end/,
    'This bracket closes nothing.',
  ),
  rule(
    'UNEXPECTED_TOKEN',
    /at node end/,
    'There is more here, behind the end of the value.',
  ),
  rule(
    'UNEXPECTED_TOKEN',
    /Unexpected [:?]|(?:map-value|explicit-key|seq-item)-ind/,
    'This indicator has nothing to belong to.',
  ),
  rule(
    'UNEXPECTED_TOKEN',
    /doc-end/,
    'A document ends here, and none has begun.',
  ),
  rule(
    'UNEXPECTED_TOKEN',
    /in YAML (?:stream|document)/,
    'This does not belong to what is above.',
    { help: 'A bracket above may be closed too early.' },
  ),
  rule(
    'UNEXPECTED_TOKEN',
    /Block scalar header/,
    'After "|" or ">" only "+", "-", a digit and a comment can follow on the line.',
  ),
];

/**
 * An error of the YAML library in our words. A tab in the line's indentation is the likely cause of whatever follows, and
 * so is a reference or a `${name}` that isn't quoted inside brackets.
 */
export function syntaxError(
  error: LibraryError,
  file: SourceFile,
  openings: Openings,
): Diagnostic {
  const { line } = positionAt(file, error.start);
  const bounds = lineAt(file, line);
  const text = file.text.slice(bounds.start, bounds.end);
  const indentation = /^[ \t]*/.exec(text)?.[0] ?? '';
  const tab = indentation.indexOf('\t');
  if (error.code === 'TAB_AS_INDENT' || tab !== -1) {
    const place = tab === -1 ? error.start : bounds.start + tab;
    return yamlTab({ file, start: place, end: place + 1 });
  }
  // The library points at the start of a line where its first word is meant.
  const start = Math.max(
    error.start,
    Math.min(bounds.start + indentation.length, bounds.end),
  );
  const end = Math.max(start, Math.min(error.end, bounds.end));
  const at = { file, start, end };
  if (error.code === 'IMPOSSIBLE' && /^[[{]/.test(file.text.slice(start))) {
    return yamlKeyNotText(file.text.charAt(start), at);
  }
  const found = RULES.find(
    ({ code, words }) => code === error.code && words.test(error.message),
  );
  const opened =
    found?.opened === 'quote'
      ? openings.quoteBefore(error.start)
      : found?.opened === 'bracket'
        ? openings.bracketBefore(error.start)
        : undefined;
  return yamlSyntax(
    found?.what ?? 'This is not valid YAML.',
    opened === undefined ? at : { file, start: opened, end: opened + 1 },
    quotingHelp(
      text.slice(0, error.start - bounds.start),
      file.text.charAt(start),
    ) ?? found?.help,
  );
}

/** What should have been in quotes, by what stands before a mistake and at it. */
function quotingHelp(before: string, character: string): string | undefined {
  if (!/[[{]/.test(before)) {
    return /'[^']*'$/.test(before)
      ? "In single quotes a quote is written twice: ''."
      : undefined;
  }
  if (before.endsWith('$') && character === '{') {
    return "Inside brackets it must be quoted: '${name}'.";
  }
  return /[A-Za-z0-9_-]\[[^\]"']*$/.test(before) ||
    (character === '[' && /[A-Za-z0-9_-]$/.test(before))
    ? "Inside brackets a reference must be quoted: 'train[loss, seed]'."
    : undefined;
}
