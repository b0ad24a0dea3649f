import { groupDigits } from '../../util/group-digits.ts';
import type { Diagnostic, Span } from '../diagnostic.ts';
import { error, type Related } from '../make.ts';
import { counted, quoted } from '../text.ts';

/** @param what what is wrong, as a sentence in terms of the file. */
export const yamlSyntax = (what: string, at: Span, help?: string): Diagnostic =>
  error('YAML_SYNTAX', at, what, { help });

export const yamlTab = (at: Span): Diagnostic =>
  error('YAML_TAB', at, "A tab can't indent a line of YAML.", {
    help: 'Indent with spaces.',
  });

export const yamlControlCharacter = (code: number, at: Span): Diagnostic =>
  error(
    'YAML_CONTROL_CHARACTER',
    at,
    code === 0x0d
      ? 'There is a carriage return here without a line feed.'
      : `The control character U+${code.toString(16).toUpperCase().padStart(4, '0')} can't stand in YAML.`,
    {
      help:
        code === 0x0d
          ? 'End lines with a line feed, or with both.'
          : 'In double quotes it can be written as an escape.',
    },
  );

export const yamlDuplicateKey = (
  key: string,
  at: Span,
  first: Span,
): Diagnostic =>
  error(
    'YAML_DUPLICATE_KEY',
    at,
    `The key ${quoted(key)} stands twice in this mapping.`,
    { related: [{ message: 'first here', at: first }] },
  );

/** @param found the key as it is written. */
export const yamlKeyNotText = (found: string, at: Span): Diagnostic =>
  error(
    'YAML_KEY_NOT_TEXT',
    at,
    /^[[{?*]/.test(found)
      ? "A key must be text; a list, a mapping or an alias can't be one."
      : `A key must be text, and ${found === '' ? 'an empty one' : found} is not.`,
    found === '' || /^[[{?*]/.test(found)
      ? {}
      : { help: `Write it in quotes: '${found}'.` },
  );

export const yamlMergeKey = (at: Span): Diagnostic =>
  error(
    'YAML_MERGE_KEY',
    at,
    'Merge keys ("<<") are not part of YAML 1.2 and not of pipelines.',
    {
      help: 'Use an axis with settings, a profile, or an alias for the whole.',
    },
  );

export const yamlTag = (tag: string, at: Span): Diagnostic =>
  error(
    'YAML_TAG',
    at,
    `Tags such as ${quoted(tag)} can't stand in a pipeline.`,
    {
      help: 'Quotes make a value text; numbers, true, false and null need no tag.',
    },
  );

export const yamlVersion = (version: string, at: Span): Diagnostic =>
  error(
    'YAML_VERSION',
    at,
    `The file asks for YAML ${version}; pipelines are YAML 1.2.`,
  );

export const yamlDirective = (directive: string, at: Span): Diagnostic =>
  error(
    'YAML_DIRECTIVE',
    at,
    `The directive ${quoted(directive)} can't stand in a pipeline.`,
  );

export const yamlSeveralDocuments = (at: Span): Diagnostic =>
  error(
    'YAML_SEVERAL_DOCUMENTS',
    at,
    'A second YAML document starts here; a pipeline file holds one.',
    { help: 'To use several files, name them under "include".' },
  );

export const yamlAliasUnknown = (
  name: string,
  at: Span,
  help: string | undefined,
): Diagnostic =>
  error(
    'YAML_ALIAS_UNKNOWN',
    at,
    `No anchor ${quoted(`&${name}`)} stands before this alias.`,
    { help },
  );

export const yamlAliasCycle = (
  name: string,
  at: Span,
  anchor: Related,
): Diagnostic =>
  error(
    'YAML_ALIAS_CYCLE',
    at,
    `The alias ${quoted(`*${name}`)} stands inside the value that it refers to.`,
    { related: [anchor] },
  );

/** @param text the number as it is written. */
export const yamlNumber = (
  text: string,
  why: 'infinite' | 'inexact',
  at: Span,
): Diagnostic =>
  error(
    'YAML_NUMBER',
    at,
    why === 'infinite'
      ? `${text} is not a finite number.`
      : `${text} has more digits than a number keeps.`,
    {
      help:
        why === 'infinite'
          ? undefined
          : 'Whole numbers are exact up to 9007199254740991. Quotes make it text.',
    },
  );

/** The limits of what is read, each with its own code. */
export const yamlTooDeep = (limit: number, at: Span): Diagnostic =>
  error(
    'YAML_TOO_DEEP',
    at,
    `Lists and mappings are nested more than ${counted(limit, 'level')} deep here.`,
  );

export const yamlTooManyKeys = (limit: number, at: Span): Diagnostic =>
  error(
    'YAML_TOO_MANY_KEYS',
    at,
    `This mapping has more than ${counted(limit, 'key')}.`,
  );

export const yamlTooManyEntries = (limit: number, at: Span): Diagnostic =>
  error(
    'YAML_TOO_MANY_ENTRIES',
    at,
    `This list has more than ${groupDigits(limit)} entries.`,
  );

export const yamlTooManyAliases = (limit: number, at: Span): Diagnostic =>
  error(
    'YAML_TOO_MANY_ALIASES',
    at,
    `The file has more than ${groupDigits(limit)} aliases.`,
  );

export const yamlTooMuch = (limit: number, at: Span): Diagnostic =>
  error(
    'YAML_TOO_MUCH',
    at,
    `With everything that aliases repeat, the pipeline has more than ${counted(limit, 'value')}.`,
  );

export const yamlTooManyTokens = (limit: number, at: Span): Diagnostic =>
  error(
    'YAML_TOO_MANY_TOKENS',
    at,
    `Up to here the pipeline has more than ${counted(limit, 'token')} (names, numbers, brackets, commas, line ends), which is as much as is read.`,
  );
