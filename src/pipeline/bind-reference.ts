import { axisValueUnknown } from '../diagnostics/catalogue/axes.ts';
import {
  familyAxisUnknown,
  referenceAmbiguous,
  referenceAxisDiffers,
  referenceAxisMissing,
  referenceAxisTwice,
  referenceSetting,
  referenceUnbound,
} from '../diagnostics/catalogue/references.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { nearest, quoted } from '../diagnostics/text.ts';
import type { Binding, Family } from './family.ts';
import type { Axis, AxisValue } from './read-axes.ts';
import type { Reference, ReferenceItem, Word } from './reference.ts';
import { describe } from './words.ts';

/** Which values of one axis of the family that is referred to are meant. */
export type Selector =
  | { readonly type: 'all' }
  | { readonly type: 'fixed'; readonly digit: number }
  /** The referring member's own value. */
  | { readonly type: 'bound'; readonly place: number }
  /** By a setting of the referring member's value: own digit -> digit; -1 where that value has none. */
  | {
      readonly type: 'setting';
      readonly place: number;
      readonly digits: readonly number[];
    };

/**
 * What a reference means, a selector for each axis of its target in the target's order, or null where it is wrong (all
 * of which is reported) or refers to axes that are.
 */
export function bindReference(
  reference: Reference,
  from: Family,
  target: Family,
  problems: Problems,
): readonly Selector[] | null {
  const definition = {
    message: `${quoted(target.name)} is defined here`,
    at: target.at,
  };
  const names = target.bindings.map(({ name }) => name);
  const items = new Map<string, ReferenceItem>();
  for (const item of reference.items) {
    const { text, at } = item.name;
    if (items.has(text)) problems.add(referenceAxisTwice(text, at));
    else if (!target.hasUnknownAxes && !names.includes(text)) {
      problems.add(familyAxisUnknown(text, target.name, names, at, definition));
    }
    items.set(text, item);
  }
  // A misspelt name is one mistake, not two.
  const meant = new Set(
    Array.from(items.keys(), (name) => nearest(name, names)),
  );
  const missing = target.bindings.filter(
    ({ name }) => !items.has(name) && !meant.has(name),
  );
  if (missing.length > 0 && !target.hasUnknownAxes) {
    const facts = missing.map(({ name, axis }) => ({
      name,
      isBound: from.bindings.some(
        (own) => own.name === name && own.axis === axis,
      ),
    }));
    problems.add(
      referenceAxisMissing(facts, target.name, reference.at, definition),
    );
  }
  const selectors = target.bindings.map((binding) => {
    const item = items.get(binding.name);
    return item === undefined ? null : select(item, binding, from, problems);
  });
  const found = selectors.filter((selector) => selector !== null);
  return found.length === selectors.length &&
    reference.items.length === selectors.length
    ? found
    : null;
}

function select(
  { name, value }: ReferenceItem,
  binding: Binding,
  from: Family,
  problems: Problems,
): Selector | null {
  if (value?.text === '*') return { type: 'all' };
  const word = value ?? name;
  const place = from.bindings.findIndex((own) => own.name === word.text);
  if (value === null) {
    if (place !== -1) return selectBound(word, place, binding, from, problems);
    if (from.hasUnknownAxes) return null;
    const sameAxis = from.bindings
      .filter((own) => own.axis === binding.axis)
      .map((own) => own.name);
    problems.add(referenceUnbound(word.text, from.name, sameAxis, word.at));
    return null;
  }
  const digit = binding.axis.indexOf.get(word.text);
  const setting = settingOf(word, from);
  if (digit !== undefined && (place !== -1 || setting !== null)) {
    const isSetting = setting !== null;
    reportAmbiguous(
      { word, isSetting },
      binding,
      from,
      setting?.place ?? place,
      problems,
    );
    return null;
  }
  if (digit !== undefined) return { type: 'fixed', digit };
  if (place !== -1) return selectBound(word, place, binding, from, problems);
  if (setting !== null) {
    return selectSetting(word, setting, binding, from, problems);
  }
  if (binding.axis.values.length > 0) {
    const { axis } = binding;
    const related = [{ message: `the axis ${quoted(axis.name)}`, at: axis.at }];
    const bound = from.bindings.map((own) => own.name);
    const { name: axisName, valueNames } = axis;
    problems.add(() =>
      axisValueUnknown(
        axisName,
        word.text,
        valueNames,
        word.at,
        related,
        bound,
      ),
    );
  }
  return null;
}

function reportAmbiguous(
  { word, isSetting }: { readonly word: Word; readonly isSetting: boolean },
  { axis }: Binding,
  from: Family,
  place: number,
  problems: Problems,
): void {
  const value = axis.values[axis.indexOf.get(word.text) ?? -1];
  const bound = from.bindings[place];
  const related = [
    ...(bound === undefined ? [] : [{ message: 'bound here', at: bound.at }]),
    ...(value === undefined ? [] : [{ message: 'a value here', at: value.at }]),
  ];
  const what = isSetting ? 'a setting of a bound value' : 'a bound name';
  problems.add(
    referenceAmbiguous(word.text, what, axis.name, word.at, related),
  );
}

function selectBound(
  word: Word,
  place: number,
  binding: Binding,
  from: Family,
  problems: Problems,
): Selector | null {
  const own = from.bindings[place];
  if (own === undefined) return null;
  if (own.axis === binding.axis) return { type: 'bound', place };
  // An axis that doesn't exist was reported where it is bound.
  if (own.axis.values.length > 0 && binding.axis.values.length > 0) {
    const facts = {
      bound: word.text,
      boundAxis: own.axis.name,
      name: binding.name,
      axis: binding.axis.name,
    };
    problems.add(referenceAxisDiffers(facts, word.at));
  }
  return null;
}

/** A setting of the values of a bound name. */
export interface Setting {
  /** Of the binding whose value has it. */
  readonly place: number;
  readonly name: string;
}

/** `pair.left`, where `pair` is bound; null for other words. */
export function settingOf({ text }: Word, from: Family): Setting | null {
  const dot = text.indexOf('.');
  if (dot === -1) return null;
  const bound = text.slice(0, dot);
  const place = from.bindings.findIndex(({ name }) => name === bound);
  return place === -1 ? null : { place, name: text.slice(dot + 1) };
}

/** Digits by axis of the setting, name of the setting and axis that it chooses from: many references zip the same way. */
const zipped = new WeakMap<Axis, Map<string, Map<Axis, readonly number[]>>>();

function selectSetting(
  word: Word,
  { place, name }: Setting,
  binding: Binding,
  from: Family,
  problems: Problems,
): Selector | null {
  const own = from.bindings[place];
  if (own === undefined || problems.isFull) return null;
  const bySetting =
    zipped.get(own.axis) ?? new Map<string, Map<Axis, readonly number[]>>();
  const byAxis = bySetting.get(name) ?? new Map<Axis, readonly number[]>();
  const digits =
    byAxis.get(binding.axis) ??
    own.axis.values.map((value) =>
      settingDigit(word, name, own, value, binding, problems),
    );
  // What was wrong is looked at again for the next reference: it is wrong there too.
  if (digits.includes(-1)) return null;
  zipped.set(own.axis, bySetting.set(name, byAxis.set(binding.axis, digits)));
  return { type: 'setting', place, digits };
}

function settingDigit(
  word: Word,
  setting: string,
  own: Binding,
  value: AxisValue,
  { axis }: Binding,
  problems: Problems,
): number {
  const forValue = { message: `for ${own.name} = ${value.name}`, at: value.at };
  const settings = value.value;
  const entry =
    settings.type === 'mapping' ? settings.entries.get(setting) : undefined;
  if (entry === undefined) {
    const known =
      settings.type === 'mapping' ? [...settings.entries.keys()] : [];
    const why = `The value ${quoted(value.name)} of ${quoted(own.name)} has no setting ${quoted(setting)}.`;
    const help =
      known.length === 0
        ? `It is ${describe(settings)}.`
        : `It has ${known.map(quoted).slice(0, 12).join(', ')}.`;
    problems.add(referenceSetting(why, word.at, [forValue], help));
    return -1;
  }
  const found = entry.value;
  if (found.type !== 'scalar' || found.text === '') {
    const why = `The setting ${quoted(setting)} chooses a value of ${quoted(axis.name)} by its name, and is ${describe(found)}.`;
    const use = { message: 'used here', at: word.at };
    problems.add(referenceSetting(why, found.at, [use]));
    return -1;
  }
  const digit = axis.indexOf.get(found.text);
  if (digit !== undefined) return digit;
  if (axis.values.length > 0) {
    const use = { message: 'used here to choose one', at: word.at };
    const { name, valueNames } = axis;
    problems.add(() =>
      axisValueUnknown(name, found.text, valueNames, found.at, [use]),
    );
  }
  return -1;
}
