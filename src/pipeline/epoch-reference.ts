import {
  epochAxis,
  epochInvalid,
  epochsNone,
} from '../diagnostics/catalogue/references.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import { settingOf } from './bind-reference.ts';
import type { Family } from './family.ts';
import { digitOf, type Members } from './members.ts';
import type { ReferenceItem, Word } from './reference.ts';
import { describe } from './words.ts';
import type { Value } from './value.ts';

/** Which epoch of what is referred to is meant: `@epoch=10`, or by the referring member's value. */
export interface EpochSelector {
  readonly at: Span;
  /** Of the binding whose values say it; null where it is one for all. */
  readonly place: number | null;
  /** By the place of the value in its axis; one where there is none. */
  readonly epochs: readonly number[];
}

/** The word after the `@` and before the `=`. */
export const EPOCH = 'epoch';

/** The epoch that a member's reference means. */
export const epochOf = (
  { place, epochs }: EpochSelector,
  from: Members,
  index: number,
): number => epochs[place === null ? 0 : digitOf(from, index, place)] ?? 0;

/** What `@epoch` means in a reference, or null where it is wrong, which is reported. */
export function bindEpoch(
  { name, value, at }: ReferenceItem,
  from: Family,
  target: Family,
  problems: Problems,
): EpochSelector | null {
  const definition = {
    message: `${quoted(target.name)} is defined here`,
    at: target.at,
  };
  if (target.kind !== null && target.kind.course === undefined) {
    problems.add(epochsNone(target.name, target.kind.name, at, definition));
    return null;
  }
  if (target.bindings.some((own) => own.name === EPOCH)) {
    problems.add(epochAxis(target.name, at, definition));
    return null;
  }
  const word = value ?? name;
  if (/^[1-9]\d*$/.test(word.text)) {
    return { at, place: null, epochs: [Number(word.text)] };
  }
  const place = from.bindings.findIndex((own) => own.name === word.text);
  if (place !== -1) {
    return byValues(word, place, from, problems, (settings) => settings);
  }
  const setting = settingOf(word, from);
  if (setting !== null) {
    return byValues(word, setting.place, from, problems, (settings) =>
      settings.type === 'mapping'
        ? settings.entries.get(setting.name)?.value
        : undefined,
    );
  }
  // A misspelt axis of its own was reported where it is bound.
  if (!from.hasUnknownAxes) {
    const bound = from.bindings.map((own) => own.name);
    problems.add(epochInvalid(word.text, bound, word.at));
  }
  return null;
}

function byValues(
  word: Word,
  place: number,
  from: Family,
  problems: Problems,
  epochIn: (value: Value) => Value | undefined,
): EpochSelector | null {
  const binding = from.bindings[place];
  if (binding === undefined) return null;
  const epochs = binding.axis.values.map(({ name, at, value }) => {
    const found = epochIn(value);
    const number = found?.type === 'scalar' ? found.value : null;
    if (typeof number === 'number' && Number.isInteger(number) && number > 0) {
      return number;
    }
    const related = [{ message: 'used here', at: word.at }];
    const what = `${quoted(word.text)} of ${binding.name} = ${quoted(name)}`;
    problems.add(
      epochInvalid(what, [], found?.at ?? at, related, describe(found)),
    );
    return null;
  });
  const whole = epochs.filter((epoch) => epoch !== null);
  return whole.length === epochs.length && whole.length > 0
    ? { at: word.at, place, epochs: whole }
    : null;
}
