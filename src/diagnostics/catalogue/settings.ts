import type { Diagnostic, Span } from '../diagnostic.ts';
import { error, warning, type Related } from '../make.ts';
import { listed, quoted } from '../text.ts';

/** @param axes names of which the reference means all values. */
export const settingsNotSingle = (
  axes: readonly string[],
  at: Span,
): Diagnostic =>
  error(
    'SETTINGS_NOT_SINGLE',
    at,
    `"settings" takes one node, and this is all values of ${listed(axes, 'and')}.`,
    { help: 'Name one value of each axis, or one that is bound here.' },
  );

/**
 * @param pickers families whose nodes pick.
 * @param kinds kinds that do.
 */
export const settingsKind = (
  facts: { readonly family: string; readonly kind: string },
  pickers: readonly string[],
  kinds: readonly string[],
  at: Span,
  definition: Related,
): Diagnostic =>
  error(
    'SETTINGS_KIND',
    at,
    `"settings" takes a node that picks, and ${quoted(facts.family)} (kind ${quoted(facts.kind)}) doesn't.`,
    {
      help:
        pickers.length > 0
          ? `${pickers.length === 1 ? 'A family that picks' : 'Families that pick'}: ${listed(pickers, 'and')}.`
          : kinds.length > 0
            ? `${kinds.length === 1 ? 'A kind that picks' : 'Kinds that pick'}: ${listed(kinds, 'and')}.`
            : undefined,
      related: [definition],
    },
  );

/** What a node may pick is known before anything has run: its own parameters are. */
export const settingsOfPicker = (
  family: string,
  kind: string,
  at: Span,
): Diagnostic =>
  error(
    'SETTINGS_KIND',
    at,
    `${quoted(family)} (kind ${quoted(kind)}) picks for others, so its own parameters can't be picked.`,
  );

/**
 * @param from the node that picks.
 * @param bound where the family binds the name.
 */
export const settingsAxisBound = (
  axis: string,
  family: string,
  from: string,
  at: Span,
  bound: Span,
): Diagnostic =>
  error(
    'SETTINGS_AXIS',
    at,
    `${quoted(from)} picks a value of ${quoted(axis)}, and ${quoted(family)} binds that name itself.`,
    {
      help: `Bind the axis under another name, or not at all: then ${quoted(`\${${axis}}`)} is the picked value.`,
      related: [{ message: 'bound here', at: bound }],
    },
  );

/** @param axes the axes that the name means in one place and in another. */
export const settingsAxisDiffers = (
  name: string,
  family: string,
  axes: readonly string[],
  at: Span,
  definition: Related,
): Diagnostic =>
  error(
    'SETTINGS_AXIS',
    at,
    `${quoted(`\${${name}}`)} is no one axis: what ${quoted(family)} picks from binds ${quoted(name)} to ${listed(axes, 'and')}.`,
    { help: 'Bind one axis under that name.', related: [definition] },
  );

/** @param why a sentence of its kind. */
export const settingsPick = (
  from: string,
  why: string,
  at: Span,
  definition: Related,
): Diagnostic =>
  error(
    'SETTINGS_PICK',
    at,
    `What ${quoted(from)} may pick can't be told. ${why}`,
    { related: [definition] },
  );

/** @param names the axes that it picks values of. */
export const settingsUnused = (
  family: string,
  from: string,
  names: readonly string[],
  at: Span,
): Diagnostic =>
  warning(
    'SETTINGS_UNUSED',
    at,
    `No parameter of ${quoted(family)} takes what ${quoted(from)} picks.`,
    {
      help: `It picks ${listed(
        names.map((name) => `\${${name}}`),
        'and',
      )}.`,
    },
  );
