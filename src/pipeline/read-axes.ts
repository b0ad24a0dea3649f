import {
  axisEmpty,
  axisValueInvalid,
  axisValueTwice,
} from '../diagnostics/catalogue/axes.ts';
import { nameInvalid } from '../diagnostics/catalogue/shape.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import { reportShape } from './shape.ts';
import { isBroken, isNull, type Entry, type Value } from './value.ts';
import {
  AXIS_RULE,
  describe,
  isAxisName,
  isValueName,
  VALUE_RULE,
} from './words.ts';

/** A value of an axis. */
export interface AxisValue {
  readonly name: string;
  /** What `${axis}` stands for: the scalar, or the settings. */
  readonly value: Value;
  /** Where its name is written. */
  readonly at: Span;
}

/** A named, ordered list of values. */
export interface Axis {
  readonly name: string;
  readonly at: Span;
  readonly values: readonly AxisValue[];
  readonly valueNames: readonly string[];
  /** Value name -> place in `values`. */
  readonly indexOf: ReadonlyMap<string, number>;
}

/** Reads an axis: a list of scalars, or a mapping from the names of values to their settings. */
export function readAxis(entry: Entry, problems: Problems): Axis {
  const { key, keyAt, value } = entry;
  if (!isAxisName(key))
    problems.add(nameInvalid('axis', key, AXIS_RULE, keyAt));
  const values = new Map<string, AxisValue>();
  for (const found of readValues(entry, problems)) {
    const first = values.get(found.name);
    if (first === undefined) values.set(found.name, found);
    else problems.add(axisValueTwice(key, found.name, found.at, first.at));
  }
  if ((isNull(value) && !isBroken(value)) || isEmpty(value))
    problems.add(axisEmpty(key, keyAt));
  return {
    name: key,
    at: keyAt,
    values: [...values.values()],
    valueNames: [...values.keys()],
    indexOf: new Map(Array.from(values.keys(), (name, index) => [name, index])),
  };
}

const isEmpty = (value: Value): boolean =>
  value.type === 'list'
    ? value.items.length === 0
    : value.type === 'mapping' && value.entries.size === 0;

function readValues(
  { key, value }: Entry,
  problems: Problems,
): readonly AxisValue[] {
  switch (value.type) {
    case 'list':
      return value.items.flatMap((item) => listValue(item, problems) ?? []);
    case 'mapping':
      return Array.from(value.entries.values()).flatMap(
        (entry) => mappingValue(key, entry, problems) ?? [],
      );
    case 'scalar':
      if (!isNull(value)) {
        const help = `Write a list of one: [${value.text.slice(0, 80)}].`;
        const expected =
          'a list of values, or a mapping from values to their settings';
        reportShape(quoted(key), expected, value, problems, help);
      }
      return [];
  }
}

function listValue(item: Value, problems: Problems): AxisValue | null {
  if (item.type !== 'scalar') {
    problems.add(
      axisValueInvalid(
        `The values of a list are scalars, and this is ${describe(item)}.`,
        item.at,
        'For values with settings write a mapping: {name: {setting: 1}}.',
      ),
    );
    return null;
  }
  if (isBroken(item)) return null;
  const at = item.alias ?? item.at;
  return isNamed(item.text, at, problems)
    ? { name: item.text, value: item, at }
    : null;
}

function mappingValue(
  axis: string,
  { key, keyAt, value }: Entry,
  problems: Problems,
): AxisValue | null {
  if (!isNamed(key, keyAt, problems)) return null;
  if (isNull(value)) {
    problems.add(
      axisValueInvalid(
        `The value ${quoted(key)} of the axis ${quoted(axis)} has no settings.`,
        keyAt,
        'Values without settings are written as a list: [one, two].',
      ),
    );
  }
  return { name: key, value, at: keyAt };
}

function isNamed(name: string, at: Span, problems: Problems): boolean {
  if (isValueName(name)) return true;
  // What is wrong with `${` in it is said already.
  if (name.includes('${')) return false;
  problems.add(
    name === ''
      ? axisValueInvalid('There is nothing here, where a value should be.', at)
      : nameInvalid('value', name, VALUE_RULE, at),
  );
  return false;
}
