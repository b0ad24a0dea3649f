import { yamlSyntax, yamlTab } from '../diagnostics/catalogue/yaml.ts';
import type { Diagnostic, SourceFile } from '../diagnostics/diagnostic.ts';
import { lineAt, positionAt } from '../diagnostics/position.ts';

/** What the YAML library says is wrong, with offsets into the file. */
export interface LibraryError {
  readonly code: string;
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** Rules by the library's code and words, the first that fits; its own words never reach the user. */
const RULES: readonly (readonly [
  code: string,
  words: RegExp,
  what: string,
  help?: string,
])[] = [
  [
    'MISSING_CHAR',
    /closing "/,
    'A double quote opens here and is never closed.',
  ],
  [
    'MISSING_CHAR',
    /closing '/,
    'A single quote opens here and is never closed.',
  ],
  [
    'MISSING_CHAR',
    /followed by map values/,
    'This is neither a key with a value nor an entry of a list.',
    'A key is followed by a colon and a space, an entry starts with a dash and a space.',
  ],
  [
    'MISSING_CHAR',
    /without - indicator/,
    'An entry of this list lacks its dash.',
  ],
  ['MISSING_CHAR', /space after :/, 'A space is missing after the colon.'],
  ['MISSING_CHAR', /Missing , or :/, 'A comma or a colon is missing here.'],
  ['MISSING_CHAR', /Missing ,/, 'A comma is missing here.'],
  [
    'MISSING_CHAR',
    /same line with directives-end/,
    'A list or a mapping must start on a line of its own after "---".',
  ],
  [
    'MISSING_CHAR',
    /directives-end/,
    'A line "---" is missing after the directives.',
  ],
  [
    'MISSING_CHAR',
    /Comments must be separated/,
    'A comment needs a space before its "#".',
  ],
  [
    'MISSING_CHAR',
    /tag|anchor/i,
    'A space is missing after this anchor or tag.',
  ],
  [
    'BAD_INDENT',
    /Flow (map|sequence).*(end|indented)|must be.*indented and end with a/,
    'This bracket is never closed, or what belongs inside is not indented.',
  ],
  [
    'MISSING_CHAR',
    /expected flow|must end with a|end with a/,
    'This bracket is never closed.',
  ],
  [
    'BAD_INDENT',
    /sequence items/,
    'The entries of a list must start at the same column.',
  ],
  [
    'BAD_INDENT',
    /mapping items/,
    'The keys of a mapping must start at the same column.',
  ],
  ['BAD_INDENT', /./, 'The indentation does not fit what is above.'],
  [
    'BLOCK_AS_IMPLICIT_KEY',
    /compact mappings/,
    'A second key stands on the same line.',
    'Put it on a line of its own, or quote the text: a colon and a space end a key.',
  ],
  ['BLOCK_AS_IMPLICIT_KEY', /./, "A list can't be the key of a mapping."],
  [
    'BLOCK_IN_FLOW',
    /./,
    'Inside brackets, lists and mappings are written in brackets too.',
  ],
  [
    'MULTILINE_IMPLICIT_KEY',
    /./,
    'A key must stand on one line.',
    'A colon may be missing on the line above.',
  ],
  ['KEY_OVER_1024_CHARS', /./, 'A key can have 1024 characters at most.'],
  [
    'BAD_DQ_ESCAPE',
    /./,
    'There is no such escape in double quotes.',
    'A backslash is written \\\\ there; in single quotes it is itself.',
  ],
  [
    'BAD_SCALAR_START',
    /./,
    "Text can't start with this character.",
    'Write it in quotes.',
  ],
  ['BAD_ALIAS', /./, 'An anchor or an alias needs a name.'],
  ['ALIAS_PROPS', /./, "An alias can't have an anchor or a tag of its own."],
  ['MULTIPLE_ANCHORS', /./, 'A value can have one anchor at most.'],
  ['MULTIPLE_TAGS', /./, 'A value can have one tag at most.'],
  ['BAD_PROP_ORDER', /./, 'An anchor or a tag stands in the wrong place.'],
  [
    'UNEXPECTED_TOKEN',
    /Unexpected ,|empty item/,
    'There is a comma with nothing before it.',
  ],
  [
    'UNEXPECTED_TOKEN',
    /block-seq-ind on same line/,
    'A list must start on the line after its key.',
  ],
  [
    'UNEXPECTED_TOKEN',
    /doc-end/,
    'There is an end of document here without a document.',
  ],
  [
    'UNEXPECTED_TOKEN',
    /block scalar header|Block scalar/i,
    'After "|" or ">" only "+", "-", a digit and a comment can follow on the line.',
  ],
];

/**
 * A message of the YAML library in our words. A tab in the line's indentation is the likely cause of whatever follows,
 * and so is the bracket of a reference that isn't quoted inside other brackets.
 */
export function syntaxError(error: LibraryError, file: SourceFile): Diagnostic {
  const { line } = positionAt(file, error.start);
  const { start, end } = lineAt(file, line);
  const indentation = /^[ \t]*/.exec(file.text.slice(start, end))?.[0] ?? '';
  const tab = indentation.indexOf('\t');
  if (error.code === 'TAB_AS_INDENT' || tab !== -1) {
    const place = tab === -1 ? error.start : start + tab;
    return yamlTab({ file, start: place, end: place + 1 });
  }
  const at = {
    file,
    start: error.start,
    end: Math.max(error.start, Math.min(error.end, end)),
  };
  const rule = RULES.find(
    ([code, words]) => code === error.code && words.test(error.message),
  );
  const before = file.text.slice(
    Math.max(start, error.start - 100),
    error.start,
  );
  const isReference =
    /[A-Za-z0-9._-]\[[^\]"']*$/.test(before) ||
    (file.text[error.start] === '[' && /[A-Za-z0-9._-]$/.test(before));
  return yamlSyntax(
    rule?.[2] ?? 'This is not valid YAML.',
    at,
    isReference && /[{[]/.test(before)
      ? "Inside brackets a reference must be quoted: 'train[loss, seed]'."
      : rule?.[3],
  );
}
