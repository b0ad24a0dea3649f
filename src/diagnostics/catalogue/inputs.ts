import type { Diagnostic, Span } from '../diagnostic.ts';
import { error, type Related } from '../make.ts';
import { joined, listed, nameHelp, quoted } from '../text.ts';

/** `a dataset`, `a model or features`: artifact types in a sentence. */
const types = (accepts: readonly string[]): string =>
  joined(
    accepts.map((type) => (type === 'features' ? type : `a ${type}`)),
    'or',
  );

export const kindUnknown = (
  name: string,
  known: readonly string[],
  at: Span,
): Diagnostic =>
  error('KIND_UNKNOWN', at, `There is no node kind ${quoted(name)}.`, {
    help: nameHelp(name, known, 'Known kinds'),
  });

export const inputUnknown = (
  slot: string,
  kind: string,
  known: readonly string[],
  at: Span,
): Diagnostic =>
  error(
    'INPUT_UNKNOWN',
    at,
    `The kind ${quoted(kind)} has no input ${quoted(slot)}.`,
    {
      help:
        known.length === 0
          ? 'It takes no inputs.'
          : nameHelp(slot, known, 'Its inputs'),
    },
  );

/** @param at the key "inputs", or the family's where that is missing too. */
export const inputMissing = (
  slot: string,
  family: string,
  kind: string,
  accepts: readonly string[],
  at: Span,
): Diagnostic =>
  error(
    'INPUT_MISSING',
    at,
    `${quoted(family)} lacks the input ${quoted(slot)}, ${types(accepts)}.`,
    { help: `The kind ${quoted(kind)} needs it: "${slot}: …" under "inputs".` },
  );

/** A kind whose inputs the user names has none. */
export const inputsMissing = (
  family: string,
  kind: string,
  at: Span,
): Diagnostic =>
  error('INPUT_MISSING', at, `${quoted(family)} has no inputs.`, {
    help: `The kind ${quoted(kind)} takes inputs under any names, at least one.`,
  });

/** @param fitting families that yield what is wanted. */
export const inputType = (
  facts: {
    readonly slot: string;
    readonly accepts: readonly string[];
    readonly family: string;
    readonly kind: string;
    readonly yields: string;
  },
  fitting: readonly string[],
  at: Span,
  definition: Related,
): Diagnostic =>
  error(
    'INPUT_TYPE',
    at,
    `${quoted(facts.slot)} takes ${types(facts.accepts)}, and ${quoted(facts.family)} (kind ${quoted(facts.kind)}) yields ${types([facts.yields])}.`,
    {
      help:
        fitting.length === 0
          ? undefined
          : `${fitting.length === 1 ? 'A family that yields' : 'Families that yield'} ${types(facts.accepts)}: ${listed(fitting, 'and')}.`,
      related: [definition],
    },
  );

/** @param found `all values of "seed"`, `a list of references`. */
export const inputNotSingle = (
  slot: string,
  found: string,
  at: Span,
): Diagnostic =>
  error(
    'INPUT_NOT_SINGLE',
    at,
    `${quoted(slot)} takes one artifact, and this is ${found}.`,
  );

export const inputTwice = (
  node: string,
  slot: string,
  at: Span,
  related: readonly Related[],
): Diagnostic =>
  error(
    'INPUT_TWICE',
    at,
    `${quoted(slot)} gets the node ${quoted(node)} twice.`,
    { related },
  );

export const inputEmpty = (
  slot: string,
  at: Span,
  related: readonly Related[],
): Diagnostic =>
  error(
    'INPUT_EMPTY',
    at,
    `${quoted(slot)} collects nothing: every member is left out of its family.`,
    { related },
  );
