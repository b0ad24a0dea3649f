import { keyUnknown, shapeInvalid } from '../diagnostics/catalogue/shape.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import {
  isNull,
  type Entry,
  type ListValue,
  type MappingValue,
  type Value,
} from './value.ts';
import { describe } from './words.ts';

/**
 * Reports a value that is of the wrong sort.
 *
 * @param subject what the value is, ready to be shown: `"axes"`.
 */
export function reportShape(
  subject: string,
  expected: string,
  value: Value,
  problems: Problems,
  help?: string,
): void {
  problems.add(
    shapeInvalid(subject, expected, describe(value), value.at, help),
  );
}

/**
 * The mapping under a key that may be left out. Nothing under the key counts as left out: all entries may have been
 * commented out.
 */
export function optionalMapping(
  entry: Entry | undefined,
  problems: Problems,
): MappingValue | null {
  if (entry === undefined || isNull(entry.value)) return null;
  if (entry.value.type === 'mapping') return entry.value;
  const help = colonHelp(entry.value);
  reportShape(quoted(entry.key), 'a mapping', entry.value, problems, help);
  return null;
}

/** Text like `kind:train` where a mapping should be: YAML takes a colon for one only before a space. */
export const colonHelp = (value: Value): string | undefined =>
  value.type === 'scalar' && /^[A-Za-z0-9-]+:\S/.test(value.text)
    ? 'A space is missing after the colon.'
    : undefined;

/** The list under a key that may be left out, or stand with nothing under it. */
export function optionalList(
  entry: Entry | undefined,
  problems: Problems,
): ListValue | null {
  if (entry === undefined || isNull(entry.value)) return null;
  if (entry.value.type === 'list') return entry.value;
  const help =
    entry.value.type === 'scalar'
      ? `Write a list of one: [${entry.value.text.slice(0, 80)}].`
      : undefined;
  reportShape(quoted(entry.key), 'a list', entry.value, problems, help);
  return null;
}

/** The text under a key, or null where something else is there. */
export function textOf(entry: Entry, problems: Problems): string | null {
  const { value } = entry;
  if (value.type === 'scalar' && typeof value.value === 'string') {
    return value.value;
  }
  const help =
    value.type === 'scalar' && value.value !== null
      ? `Quotes make it text: '${value.text.slice(0, 80)}'.`
      : undefined;
  reportShape(quoted(entry.key), 'text', value, problems, help);
  return null;
}

/** Keys like `kind:train`, which YAML takes for one word. */
export const keyHelp = (
  key: string,
  known: readonly string[],
): string | undefined =>
  known.some((one) => key.startsWith(`${one}:`))
    ? 'A space is missing after the colon.'
    : undefined;

/** Reports keys that a mapping should not have. */
export function checkKeys(
  mapping: MappingValue,
  known: readonly string[],
  where: string,
  problems: Problems,
): void {
  for (const { key, keyAt } of mapping.entries.values()) {
    if (!known.includes(key)) {
      problems.add(keyUnknown(key, where, known, keyAt, keyHelp(key, known)));
    }
  }
}
