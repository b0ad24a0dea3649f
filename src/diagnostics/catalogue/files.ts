import { groupDigits } from '../../util/group-digits.ts';
import type { Diagnostic, Span } from '../diagnostic.ts';
import { error, type Related } from '../make.ts';
import { counted, quoted } from '../text.ts';

/** Bytes as people read them. */
const size = (bytes: number): string =>
  bytes % (1024 * 1024) === 0
    ? `${bytes / (1024 * 1024)} MiB`
    : `${groupDigits(bytes)} bytes`;

export const fileMissing = (path: string, at: Span): Diagnostic =>
  error('FILE_MISSING', at, `There is no file ${quoted(path)}.`);

/** @param reason what the operating system says, as the end of a sentence. */
export const fileUnreadable = (
  path: string,
  reason: string,
  at: Span,
): Diagnostic =>
  error(
    'FILE_UNREADABLE',
    at,
    `The file ${quoted(path)} can't be read: ${reason}.`,
  );

/** @param found what is there instead: `a folder`. */
export const fileNotRegular = (
  path: string,
  found: string,
  at: Span,
): Diagnostic =>
  error(
    'FILE_NOT_REGULAR',
    at,
    `${quoted(path)} is ${found}; a pipeline is read from a regular file.`,
  );

export const fileTooLarge = (
  path: string,
  limit: number,
  at: Span,
): Diagnostic =>
  error(
    'FILE_TOO_LARGE',
    at,
    `The file ${quoted(path)} is larger than ${size(limit)}, which is as much as is read.`,
    { help: 'Axes say in a few lines what lists of nodes say in many.' },
  );

export const filesTooLarge = (limit: number, at: Span): Diagnostic =>
  error(
    'FILES_TOO_LARGE',
    at,
    `With this file the pipeline is larger than ${size(limit)}, which is as much as is read in all.`,
  );

/** @param encoding the encoding that a mark at the start tells of, or undefined. */
export const fileNotUtf8 = (
  encoding: string | undefined,
  at: Span,
): Diagnostic =>
  error(
    'FILE_NOT_UTF8',
    at,
    encoding === undefined
      ? 'The bytes here are not valid UTF-8.'
      : `The file is ${encoding}; a pipeline is read as UTF-8.`,
    { help: 'Save the file with the encoding UTF-8.' },
  );

export const fileEmpty = (at: Span): Diagnostic =>
  error('FILE_EMPTY', at, 'The file is empty.', {
    help: 'A pipeline starts with "pipeline: 1", a "name" and "nodes".',
  });

export const includeOutside = (
  path: string,
  project: string,
  at: Span,
): Diagnostic =>
  error(
    'INCLUDE_OUTSIDE',
    at,
    `${quoted(path)} lies outside the project, which is the folder ${quoted(project)}.`,
    {
      help: 'The project is the nearest folder with a package.json, else the folder of the pipeline file.',
    },
  );

export const includeTwice = (
  path: string,
  at: Span,
  first: Related | undefined,
): Diagnostic =>
  error('INCLUDE_TWICE', at, `The file ${quoted(path)} is read already.`, {
    related: first === undefined ? [] : [first],
  });

export const includeTooMany = (limit: number, at: Span): Diagnostic =>
  error(
    'INCLUDE_TOO_MANY',
    at,
    `The pipeline includes more than ${counted(limit, 'file')}.`,
  );

/** @param key `profiles` or `name`. */
export const includeKey = (key: string, at: Span): Diagnostic =>
  error(
    'INCLUDE_KEY',
    at,
    `${quoted(key)} can't stand in an included file, only in the file that is run.`,
  );
