import type { Diagnostic, Span } from '../diagnostic.ts';
import { error, warning, type Related } from '../make.ts';
import { didYouMean, nameHelp, quoted } from '../text.ts';

export const axisEmpty = (axis: string, at: Span): Diagnostic =>
  error('AXIS_EMPTY', at, `The axis ${quoted(axis)} has no values.`);

/** @param removed where an overlay has removed it. */
export const axisUnknown = (
  axis: string,
  known: readonly string[],
  at: Span,
  removed?: Span,
): Diagnostic =>
  error('AXIS_UNKNOWN', at, `There is no axis ${quoted(axis)}.`, {
    help: removed === undefined ? nameHelp(axis, known, 'Axes') : undefined,
    related:
      removed === undefined ? [] : [{ message: 'removed here', at: removed }],
  });

export const axisUnused = (axis: string, at: Span): Diagnostic =>
  warning('AXIS_UNUSED', at, `No family binds the axis ${quoted(axis)}.`);

/** @param why what is wrong with it, as a sentence. */
export const axisValueInvalid = (
  why: string,
  at: Span,
  help?: string,
): Diagnostic => error('AXIS_VALUE_INVALID', at, why, { help });

export const axisValueTwice = (
  axis: string,
  value: string,
  at: Span,
  first: Span,
): Diagnostic =>
  error(
    'AXIS_VALUE_TWICE',
    at,
    `The axis ${quoted(axis)} has the value ${quoted(value)} twice.`,
    { related: [{ message: 'first here', at: first }] },
  );

/** @param axis where the value was looked for; `alsoBound` are names that could have stood there too. */
export const axisValueUnknown = (
  axis: string,
  value: string,
  known: readonly string[],
  at: Span,
  related: readonly Related[],
  alsoBound: readonly string[] = [],
): Diagnostic =>
  error(
    'AXIS_VALUE_UNKNOWN',
    at,
    `The axis ${quoted(axis)} has no value ${quoted(value)}${alsoBound.length > 0 ? `, and no axis is bound under that name` : ''}.`,
    {
      related,
      help:
        didYouMean(value, [...known, ...alsoBound]) ??
        nameHelp(value, known, 'Its values'),
    },
  );

export const axisBoundTwice = (
  name: string,
  axis: string,
  family: string,
  at: Span,
): Diagnostic =>
  error(
    'AXIS_BOUND_TWICE',
    at,
    `${quoted(family)} binds the name ${quoted(name)} twice.`,
    {
      help: `Give one of them another name: ${quoted(`other in ${axis}`)}.`,
    },
  );

/** @param why what is wrong with it, as a sentence. */
export const excludeInvalid = (
  why: string,
  at: Span,
  help?: string,
): Diagnostic => error('EXCLUDE_INVALID', at, why, { help });
