import {
  axisValueUnknown,
  excludeInvalid,
} from '../diagnostics/catalogue/axes.ts';
import { familyAxisUnknown } from '../diagnostics/catalogue/references.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import type { Family } from './family.ts';
import type { Members } from './members.ts';
import type { Entry, Value } from './value.ts';
import { describe } from './words.ts';

/** A value that the left-out members have: place of the binding, place of the value in its axis. */
interface Condition {
  readonly place: number;
  readonly digit: number;
}

/** What one entry of `exclude` leaves out: the members with all of these values. */
export type Exclusion = readonly Condition[];

/**
 * Reads `exclude` of a family.
 *
 * @param declared value names by axis before profiles and `--set`: leaving out a value that a profile has removed is no
 *   mistake.
 */
export function readExclude(
  family: Family,
  declared: ReadonlyMap<string, ReadonlySet<string>>,
  problems: Problems,
): readonly Exclusion[] {
  const exclusions = new Map<string, Exclusion>();
  for (const item of family.exclude?.items ?? []) {
    const exclusion = readExclusion(family, item, declared, problems);
    if (exclusion === null) continue;
    const key = exclusion.map(({ place, digit }) => `${place}=${digit}`).sort();
    exclusions.set(key.join(), exclusion);
  }
  return [...exclusions.values()];
}

function readExclusion(
  family: Family,
  item: Value,
  declared: ReadonlyMap<string, ReadonlySet<string>>,
  problems: Problems,
): Exclusion | null {
  const form =
    'An entry is a mapping from bound names to values: {loss: softmax, seed: 2}.';
  if (item.type !== 'mapping') {
    const why = `What is left out is a mapping, and this is ${describe(item)}.`;
    problems.add(excludeInvalid(why, item.at, form));
    return null;
  }
  if (item.entries.size === 0) {
    const why = 'This entry would leave out every member.';
    problems.add(excludeInvalid(why, item.at, form));
    return null;
  }
  const conditions = Array.from(item.entries.values(), (entry) =>
    readCondition(family, entry, declared, problems),
  );
  const found = conditions.filter((condition) => condition !== null);
  return found.length === conditions.length ? found : null;
}

function readCondition(
  { name, at, bindings }: Family,
  { key, keyAt, value }: Entry,
  declared: ReadonlyMap<string, ReadonlySet<string>>,
  problems: Problems,
): Condition | null {
  const place = bindings.findIndex((binding) => binding.name === key);
  const axis = bindings[place]?.axis;
  if (axis === undefined) {
    const known = bindings.map((binding) => binding.name);
    const definition = { message: `${quoted(name)} is defined here`, at };
    problems.add(familyAxisUnknown(key, name, known, keyAt, definition));
    return null;
  }
  if (value.type !== 'scalar' || value.text === '') {
    const why = `What is left out of ${quoted(key)} is one value, and this is ${describe(value)}.`;
    problems.add(excludeInvalid(why, value.at));
    return null;
  }
  const digit = axis.indexOf.get(value.text);
  if (digit !== undefined) return { place, digit };
  const isDeclared = declared.get(axis.name)?.has(value.text) === true;
  if (!isDeclared && axis.values.length > 0) {
    problems.add(() =>
      axisValueUnknown(axis.name, value.text, axis.valueNames, value.at, []),
    );
  }
  return null;
}

/** How many combinations `exclude` would look at: what it costs to leave members out. */
export const exclusionCost = (
  { size, sizes }: Members,
  exclusions: readonly Exclusion[],
): number =>
  exclusions.reduce(
    (sum, exclusion) =>
      sum +
      exclusion.reduce(
        (rest, { place }) => rest / Math.max(1, sizes[place] ?? 1),
        size,
      ),
    0,
  );

/** The members that are left when those that `exclude` names are out. */
export function withoutExcluded(
  members: Members,
  exclusions: readonly Exclusion[],
): Members {
  if (exclusions.length === 0) return members;
  const excluded = new Uint8Array(members.size);
  for (const exclusion of exclusions) {
    for (const index of matching(members, exclusion, 0, 0)) excluded[index] = 1;
  }
  const out = excluded.reduce((sum, one) => sum + one, 0);
  return { ...members, excluded, count: members.size - out };
}

/** Indices of the combinations that have all the values of an exclusion. */
function* matching(
  members: Members,
  exclusion: Exclusion,
  place: number,
  index: number,
): Iterable<number> {
  const size = members.sizes[place];
  const stride = members.strides[place];
  if (size === undefined || stride === undefined) {
    yield index;
    return;
  }
  const fixed = exclusion.find((condition) => condition.place === place);
  const [from, to] =
    fixed === undefined ? [0, size] : [fixed.digit, fixed.digit + 1];
  for (let digit = from; digit < to; digit++) {
    yield* matching(members, exclusion, place + 1, index + digit * stride);
  }
}
