import type { Diagnostic, Span } from '../diagnostic.ts';
import { error, type Related } from '../make.ts';
import { listed, nameHelp } from '../text.ts';

/**
 * @param subject the parameter, ready to be shown: `"schedule.factor"`.
 * @param expected `a number of at least 0`.
 * @param found `the text "fast"`.
 */
export const paramInvalid = (
  subject: string,
  expected: string,
  found: string,
  at: Span,
  related: readonly Related[],
  help?: string,
): Diagnostic =>
  error('PARAM_INVALID', at, `${subject} must be ${expected}, got ${found}.`, {
    help,
    related,
  });

/** @param subject the key, ready to be shown; `owner` what should have it: `The kind "train"`. */
export const paramUnknown = (
  facts: {
    readonly key: string;
    readonly subject: string;
    readonly owner: string;
    readonly known: readonly string[];
  },
  at: Span,
  related: readonly Related[],
  help?: string,
): Diagnostic =>
  error(
    'PARAM_UNKNOWN',
    at,
    `${facts.owner} has no parameter ${facts.subject}.`,
    {
      help: help ?? nameHelp(facts.key, facts.known, 'Its parameters'),
      related,
    },
  );

/** @param choices what it could be, where there are few. */
export const paramMissing = (
  subject: string,
  owner: string,
  choices: readonly string[],
  description: string | undefined,
  at: Span,
  related: readonly Related[],
): Diagnostic =>
  error('PARAM_MISSING', at, `${owner} lacks the parameter ${subject}.`, {
    help: choices.length > 0 ? `It is ${listed(choices, 'or')}.` : description,
    related,
  });
