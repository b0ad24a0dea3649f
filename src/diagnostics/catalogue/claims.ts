import type { Diagnostic, Span } from '../diagnostic.ts';
import { error, type Related } from '../make.ts';
import { didYouMean, listed, nameHelp, quoted } from '../text.ts';

/** A change of a claim that is not there. */
export const claimUnknown = (
  name: string,
  known: readonly string[],
  at: Span,
): Diagnostic =>
  error('CLAIM_UNKNOWN', at, `There is no claim ${quoted(name)} to change.`, {
    help:
      didYouMean(name, known) ??
      'A claim that is new here needs a sentence: "says: …".',
  });

/** A claim about what is not one table. */
export const claimTable = (
  why: string,
  at: Span,
  help: string,
  related: readonly Related[] = [],
): Diagnostic => error('CLAIM_TABLE', at, why, { help, related });

/** @param known whole names of the columns that the table will have. */
export const claimColumn = (
  name: string,
  table: string,
  known: readonly string[],
  at: Span,
): Diagnostic =>
  error(
    'CLAIM_COLUMN',
    at,
    `The table ${quoted(table)} has no column ${quoted(name)}.`,
    { help: nameHelp(name, known, 'Its columns') },
  );

/** @param meant whole names of the columns that bear the title. */
export const claimColumnAmbiguous = (
  name: string,
  table: string,
  meant: readonly string[],
  at: Span,
): Diagnostic =>
  error(
    'CLAIM_COLUMN',
    at,
    `Several columns of the table ${quoted(table)} are called ${quoted(name)}.`,
    {
      help:
        new Set(meant).size === meant.length
          ? `Write the group before the title: ${listed(meant, 'or')}.`
          : 'Give them titles of their own.',
    },
  );

export const claimRow = (
  name: string,
  table: string,
  known: readonly string[],
  at: Span,
): Diagnostic =>
  error(
    'CLAIM_ROW',
    at,
    `The table ${quoted(table)} has no row ${quoted(name)}.`,
    { help: nameHelp(name, known, 'Its rows') },
  );

/** A claim that compares with nothing, or with what it can't be compared with. */
export const claimLimit = (why: string, at: Span, help: string): Diagnostic =>
  error('CLAIM_LIMIT', at, why, { help });
