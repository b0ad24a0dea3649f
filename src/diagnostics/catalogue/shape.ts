import type { Diagnostic, Span } from '../diagnostic.ts';
import { error, warning, type Related } from '../make.ts';
import { didYouMean, listed, nameHelp, quoted } from '../text.ts';

/**
 * @param subject what is looked at, ready to be shown: `"axes"`.
 * @param expected `a mapping`.
 * @param found `a list`.
 */
export const shapeInvalid = (
  subject: string,
  expected: string,
  found: string,
  at: Span,
  help?: string,
  related?: readonly Related[],
): Diagnostic =>
  error('SHAPE_INVALID', at, `${subject} must be ${expected}, got ${found}.`, {
    help,
    related,
  });

/** @param where what has the key: `A pipeline`, `A node`. */
export const keyUnknown = (
  key: string,
  where: string,
  known: readonly string[],
  at: Span,
  help?: string,
  related?: readonly Related[],
): Diagnostic =>
  error('KEY_UNKNOWN', at, `${where} has no key ${quoted(key)}.`, {
    help: help ?? nameHelp(key, known, 'Known keys'),
    related,
  });

/** @param where what lacks the key: `The pipeline`, `The node "train"`. */
export const keyMissing = (
  key: string,
  where: string,
  at: Span,
  help?: string,
  related?: readonly Related[],
): Diagnostic =>
  error('KEY_MISSING', at, `${where} lacks the key ${quoted(key)}.`, {
    help,
    related,
  });

/** @param found the version as it is written. */
export const versionUnsupported = (found: string, at: Span): Diagnostic =>
  error(
    'VERSION_UNSUPPORTED',
    at,
    `This program reads version 1 of the language, and the file is in version ${quoted(found)}.`,
    { help: 'Write "pipeline: 1".' },
  );

/**
 * @param what what bears the name: `axis`.
 * @param rule what such a name looks like, as a sentence.
 */
export const nameInvalid = (
  what: string,
  name: string,
  rule: string,
  at: Span,
): Diagnostic =>
  error(
    'NAME_INVALID',
    at,
    name === ''
      ? `The name of this ${what} is empty.`
      : `${quoted(name)} can't be the name of ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}.`,
    { help: rule },
  );

const PLURALS = { axis: 'axes', family: 'families', claim: 'claims' };

/** @param what `axis`, `family` or `claim`. */
export const definedTwice = (
  what: keyof typeof PLURALS,
  name: string,
  at: Span,
  first: Span,
): Diagnostic =>
  error(
    'DEFINED_TWICE',
    at,
    `There are two ${PLURALS[what]} ${quoted(name)}.`,
    {
      related: [{ message: 'first here', at: first }],
    },
  );

export const noNodes = (at: Span): Diagnostic =>
  warning(
    'NO_NODES',
    at,
    'The pipeline has no nodes: there is nothing to run.',
  );

/** @param why what is wrong with it, as a sentence. */
export const placeholderInvalid = (
  why: string,
  at: Span,
  help?: string,
): Diagnostic => error('PLACEHOLDER_INVALID', at, why, { help });

/**
 * @param known names that could be meant: those that are bound, and those that may be picked.
 * @param picks the node that picks settings for the family, and the axes of what it picks, as far as they are known.
 */
export const placeholderUnknown = (
  name: string,
  family: string,
  known: readonly string[],
  at: Span,
  picks?: { readonly from: string; readonly picked: readonly string[] },
): Diagnostic =>
  error(
    'PLACEHOLDER_UNKNOWN',
    at,
    picks === undefined
      ? `${quoted(family)} binds no axis ${quoted(name)}.`
      : `${quoted(family)} binds no axis ${quoted(name)}, and ${quoted(picks.from)} picks none of that name.`,
    {
      help:
        picks !== undefined
          ? (didYouMean(name, known) ??
            (picks.picked.length === 0
              ? undefined
              : `It picks values of ${listed(picks.picked, 'and')}.`))
          : known.length === 0
            ? `Bind it in the key of the family: ${quoted(`${family}[${name}]`)}.`
            : (didYouMean(name, known) ?? `It binds ${listed(known, 'and')}.`),
    },
  );

export const profileUnknown = (
  name: string,
  known: readonly string[],
  at: Span,
): Diagnostic =>
  error('PROFILE_UNKNOWN', at, `There is no profile ${quoted(name)}.`, {
    help: nameHelp(name, known, 'Profiles of the file'),
  });

/** @param why what is wrong with it, as a sentence. */
export const setInvalid = (why: string, at: Span, help?: string): Diagnostic =>
  error('SET_INVALID', at, why, { help });

/** A change of something that an earlier overlay removed. */
export const overlayRemoved = (
  what: string,
  name: string,
  at: Span,
  removed: Related,
): Diagnostic =>
  error(
    'OVERLAY_REMOVED',
    at,
    `The ${what} ${quoted(name)} was removed before it is changed here.`,
    { related: [removed] },
  );

/** A removal of what isn't there. */
export const overlayNothing = (
  name: string,
  known: readonly string[],
  at: Span,
): Diagnostic =>
  warning(
    'OVERLAY_NOTHING',
    at,
    `There is no ${quoted(name)} here to remove.`,
    {
      help: didYouMean(name, known),
    },
  );

/** A word of the command line that no command can use. */
export const commandLineInvalid = (
  why: string,
  at: Span,
  help?: string,
): Diagnostic => error('COMMAND_LINE_INVALID', at, why, { help });
