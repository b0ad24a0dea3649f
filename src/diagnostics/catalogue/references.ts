import type { Diagnostic, Span } from '../diagnostic.ts';
import { error, type Related } from '../make.ts';
import { counted, didYouMean, listed, nameHelp, quoted } from '../text.ts';

/** @param related where the nearest known family is defined, or where an overlay has removed this one. */
export const familyUnknown = (
  name: string,
  known: readonly string[],
  at: Span,
  related: Related | undefined,
): Diagnostic =>
  error('FAMILY_UNKNOWN', at, `There is no family ${quoted(name)}.`, {
    help: nameHelp(name, known, 'Families'),
    related: related === undefined ? [] : [related],
  });

/** @param why what is wrong with its form, as a sentence. */
export const referenceInvalid = (why: string, at: Span): Diagnostic =>
  error('REFERENCE_INVALID', at, why, {
    help: 'A reference is written "family" or "family[axis, axis=value, axis=*]".',
  });

export const referenceAxisTwice = (axis: string, at: Span): Diagnostic =>
  error(
    'REFERENCE_INVALID',
    at,
    `The reference names the axis ${quoted(axis)} twice.`,
  );

/** A name that the family that is referred to does not bind. */
export const familyAxisUnknown = (
  axis: string,
  family: string,
  known: readonly string[],
  at: Span,
  definition: Related | undefined,
): Diagnostic =>
  error(
    'AXIS_UNKNOWN',
    at,
    `The family ${quoted(family)} has no axis ${quoted(axis)}.`,
    {
      help:
        known.length === 0
          ? `Write ${quoted(family)} without brackets.`
          : nameHelp(axis, known, 'Its axes'),
      related: definition === undefined ? [] : [definition],
    },
  );

/** @param bound whether the family that refers binds an axis of that name. */
export const referenceAxisMissing = (
  missing: readonly { readonly name: string; readonly isBound: boolean }[],
  family: string,
  at: Span,
  definition: Related,
): Diagnostic =>
  error(
    'REFERENCE_AXIS_MISSING',
    at,
    `The reference leaves out the ${missing.length === 1 ? 'axis' : 'axes'} ${listed(
      missing.map(({ name }) => name),
      'and',
    )} of ${quoted(family)}.`,
    {
      help: missing
        .map(({ name, isBound }) =>
          isBound
            ? `Add ${quoted(name)}, which is bound here.`
            : `Add ${quoted(`${name}=…`)} with a value, or ${quoted(`${name}=*`)} for all.`,
        )
        .slice(0, 3)
        .join(' '),
      related: [definition],
    },
  );

/** @param sameAxis names under which the referring family binds that axis. */
export const referenceUnbound = (
  name: string,
  family: string,
  sameAxis: readonly string[],
  at: Span,
): Diagnostic =>
  error(
    'REFERENCE_AXIS',
    at,
    `${quoted(family)} binds no axis under the name ${quoted(name)}.`,
    {
      help: sameAxis[0]
        ? `Write ${quoted(`${name}=${sameAxis[0]}`)}.`
        : `Write ${quoted(`${name}=…`)} with a value, or ${quoted(`${name}=*`)} for all.`,
    },
  );

export const referenceAxisDiffers = (
  facts: {
    readonly bound: string;
    readonly boundAxis: string;
    readonly name: string;
    readonly axis: string;
  },
  at: Span,
): Diagnostic =>
  error(
    'REFERENCE_AXIS',
    at,
    `${quoted(facts.bound)} is bound to the axis ${quoted(facts.boundAxis)}, and ${quoted(facts.name)} takes a value of the axis ${quoted(facts.axis)}.`,
  );

/** @param what what the word could mean besides a value: `a bound name`. */
export const referenceAmbiguous = (
  word: string,
  what: string,
  axis: string,
  at: Span,
  related: readonly Related[],
): Diagnostic =>
  error(
    'REFERENCE_AMBIGUOUS',
    at,
    `${quoted(word)} is both ${what} and a value of the axis ${quoted(axis)}.`,
    { help: 'Bind the axis under another name.', related },
  );

/** @param why what keeps the setting from choosing a value, as a sentence. */
export const referenceSetting = (
  why: string,
  at: Span,
  related: readonly Related[],
  help?: string,
): Diagnostic => error('REFERENCE_SETTING', at, why, { related, help });

/** @param member the member that is referred to: `train[loss=softmax,seed=2]`. */
export const referenceExcluded = (
  member: string,
  at: Span,
  related: readonly Related[],
): Diagnostic =>
  error(
    'REFERENCE_EXCLUDED',
    at,
    `The member ${quoted(member)} is left out of its family.`,
    {
      help: 'Leave the member that needs it out too, with "exclude".',
      related,
    },
  );

/** What stands behind the `@` of a reference. */
const EPOCH_FORM =
  'It is written "train[seed]@epoch=10", or with a bound name whose values are epochs: "@epoch=name".';

/** @param why what is wrong with its form, as a sentence. */
export const epochForm = (why: string, at: Span): Diagnostic =>
  error('EPOCH_INVALID', at, why, { help: EPOCH_FORM });

/**
 * @param what the word, or whose value it is that is no epoch.
 * @param is what it is instead; undefined for a word that means nothing.
 */
export const epochInvalid = (
  what: string,
  bound: readonly string[],
  at: Span,
  related: readonly Related[] = [],
  is?: string,
): Diagnostic =>
  error(
    'EPOCH_INVALID',
    at,
    is === undefined
      ? `${quoted(what)} is neither a whole number from 1 nor a name that is bound here.`
      : `An epoch is a whole number from 1; ${what} is ${is}.`,
    { help: didYouMean(what, bound) ?? EPOCH_FORM, related },
  );

export const epochsNone = (
  family: string,
  kind: string,
  at: Span,
  definition: Related,
): Diagnostic =>
  error(
    'EPOCH_INVALID',
    at,
    `The kind ${quoted(kind)} has no epochs, so ${quoted(family)} can't be referred to at one.`,
    { help: 'Refer to it without "@epoch".', related: [definition] },
  );

/** What is collected at several epochs is told apart by a coordinate of that name. */
export const epochAxis = (
  family: string,
  at: Span,
  definition: Related,
): Diagnostic =>
  error(
    'EPOCH_INVALID',
    at,
    `${quoted(family)} binds the name "epoch" itself, so it can't be referred to at an epoch.`,
    {
      help: 'Bind its axis under another name: "name in epoch".',
      related: [definition],
    },
  );

export const epochMissing = (
  facts: {
    readonly node: string;
    readonly epochs: number;
    readonly asked: number;
    /** What is picked for it then; null where nothing is. */
    readonly picked: string | null;
  },
  at: Span,
  related: readonly Related[],
): Diagnostic =>
  error(
    'EPOCH_MISSING',
    at,
    `There is no epoch ${facts.asked} of ${quoted(facts.node)}: it has ${counted(facts.epochs, 'epoch')}${facts.picked === null ? '' : ` with ${facts.picked}`}.`,
    { help: 'Epochs are counted from 1.', related },
  );

/** An argument that names no node of the plan, though each of its names is known. */
export const nodeUnknown = (argument: string, at: Span): Diagnostic =>
  error('NODE_UNKNOWN', at, `No node of the plan is ${quoted(argument)}.`, {
    help: 'Its members with these values are left out by "exclude".',
  });

/** @param sort what the name is of: `axis`; its known names are of `family`. */
export const nodeValueUnknown = (
  value: string,
  axis: string,
  known: readonly string[],
  at: Span,
): Diagnostic =>
  error(
    'AXIS_VALUE_UNKNOWN',
    at,
    `${quoted(axis)} has no value ${quoted(value)}.`,
    { help: didYouMean(value, known) ?? nameHelp(value, known, 'Its values') },
  );
