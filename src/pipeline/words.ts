import { quoted } from '../diagnostics/text.ts';
import type { Json } from '../util/json.ts';
import { LIMITS } from './limits.ts';
import type { Value } from './value.ts';

/** Names of families: `--set` takes them apart from settings by a dot, references by a bracket. */
const FAMILY_NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
/** Names of axes, and names they are bound under. Not a number: then their order would be lost in JavaScript's objects. */
const AXIS_NAME = /^[A-Za-z_][A-Za-z0-9_-]*$/;
/** Names of axis values. */
const VALUE_NAME = /^[A-Za-z0-9._-]+$/;

const isShort = (name: string): boolean => name.length <= LIMITS.nameLength;

export const isFamilyName = (name: string): boolean =>
  FAMILY_NAME.test(name) && isShort(name);
export const isAxisName = (name: string): boolean =>
  AXIS_NAME.test(name) && isShort(name);
export const isValueName = (name: string): boolean =>
  VALUE_NAME.test(name) && isShort(name);

const LENGTH_RULE = `at most ${LIMITS.nameLength} of them`;
export const FAMILY_RULE = `Families are named with letters, digits, "-" and "_", ${LENGTH_RULE}.`;
export const CLAIM_RULE = `Claims are named with letters, digits, "-" and "_", ${LENGTH_RULE}.`;
export const AXIS_RULE = `Axes are named with letters, digits, "-" and "_", ${LENGTH_RULE}, the first not a digit.`;
export const VALUE_RULE = `Values are named with letters, digits, ".", "-" and "_", ${LENGTH_RULE}.`;

/** What a value is, in the words of messages: `a list`, `the text "fast"`, `3`. */
export function describe(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  switch (value.type) {
    case 'list':
      return value.items.length === 0 ? 'an empty list' : 'a list';
    case 'mapping':
      return value.entries.size === 0 ? 'an empty mapping' : 'a mapping';
    case 'scalar':
      return value.text === '' && !value.isQuoted
        ? 'nothing'
        : describeJson(value.value);
  }
}

/** What plain data is, in the words of messages. */
export function describeJson(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  return typeof value === 'string'
    ? value === ''
      ? 'an empty text'
      : `the text ${quoted(value)}`
    : String(value);
}
