import {
  settingsAxisBound,
  settingsPick,
  settingsUnused,
} from '../diagnostics/catalogue/settings.ts';
import { placeholderUnknown } from '../diagnostics/catalogue/shape.ts';
import { quoted } from '../diagnostics/text.ts';
import type { InputCoordinates } from '../kind/kind.ts';
import type { JsonObject } from '../util/json.ts';
import type { MembersOf } from './check-inputs.ts';
import { baseIndex, collect, type MemberRef } from './collect-members.ts';
import { EPOCH, epochOf } from './epoch-reference.ts';
import type { Family } from './family.ts';
import {
  checkFamilyParams,
  checkMember,
  combinationOf,
  ownLookup,
  type Checking,
  type MemberParams,
  type ParamsOf,
} from './family-params.ts';
import type { InputsOf } from './find-cycles.ts';
import {
  coordinatesOf,
  memberIndices,
  memberName,
  type Members,
} from './members.ts';
import { pickName } from './plan.ts';
import type { AxisValue } from './read-axes.ts';
import type { FamilyPicks } from './resolve-picks.ts';
import { withoutPicks, type Template } from './template.ts';

/** Families as they are when the parameters of those that pick have been checked. */
export interface Pickers {
  readonly inputsOf: InputsOf;
  readonly membersOf: MembersOf;
  readonly paramsOf: ReadonlyMap<Family, ParamsOf>;
}

/** Something that may be picked: its name, and the values of the axes that parameters take. */
interface Pick {
  readonly name: string;
  readonly values: ReadonlyMap<string, AxisValue>;
}

/**
 * Checks the parameters of a family of which another one picks some: every combination of its own values with everything
 * that may be picked for it.
 */
export function checkPickedParams(
  members: Members,
  template: Template,
  from: FamilyPicks,
  pickers: Pickers,
  checking: Checking,
): ParamsOf {
  const { source } = from;
  const { kind, isWhole } = members.family;
  const target = pickers.membersOf.get(source.target);
  const unpicked = (): ParamsOf =>
    checkFamilyParams(members, withoutPicks(template), checking);
  if (kind === null || !isWhole || target === undefined) return unpicked();
  const axes = [...template.picked.keys()];
  const picksOf = new Map<number, readonly Pick[] | null>();
  const checked = new Map<string, JsonObject | null>();
  const made = new Map<string, MemberParams>();
  const placeOf = (index: number) => {
    const combination = combinationOf(members, template, index);
    const base = baseIndex(source, target, members, index);
    return { combination, base, key: `${combination} ${base}` };
  };
  for (const index of memberIndices(members)) {
    if (checking.problems.isFull) break;
    const { combination, base, key } = placeOf(index);
    if (made.has(key)) continue;
    let picks = picksOf.get(base);
    if (picks === undefined) {
      const picker = { members: target, index: base };
      picks = findPicks(
        ...([members.family, template, from, picker, pickers] as const),
        checking,
      );
      picksOf.set(base, picks);
    }
    // What is picked and not taken makes no difference.
    if (picks === null || axes.length === 0) return unpicked();
    const own = ownLookup(members, index);
    const params = picks.flatMap(({ name, values }) => {
      const id = `${combination} ${name}`;
      let one = checked.get(id);
      if (one === undefined) {
        const lookup = (axis: string) => values.get(axis) ?? own(axis);
        one = checkMember(kind, members, template, lookup, checking);
        checked.set(id, one);
      }
      return one === null ? [] : [[name, one] as const];
    });
    if (params.length === picks.length) {
      made.set(key, { type: 'picked', base, axes, params: new Map(params) });
    }
  }
  return (index) => made.get(placeOf(index).key);
}

/** Coordinates of what a member collects, by slot. */
const collectedBy = (
  members: Members,
  index: number,
  { inputsOf, membersOf }: Pickers,
): Readonly<Record<string, readonly InputCoordinates[]>> =>
  Object.fromEntries(
    (inputsOf.get(members.family) ?? []).map(({ slot, sources }) => [
      slot,
      sources.flatMap((source) => {
        const target = membersOf.get(source.target);
        if (target === undefined) return [];
        const base = baseIndex(source, target, members, index);
        const epoch = source.epoch && epochOf(source.epoch, members, index);
        return collect(source, target, base).map((one) => ({
          ...coordinatesOf(target, one),
          ...(epoch === null ? {} : { [EPOCH]: String(epoch) }),
        }));
      }),
    ]),
  );

/**
 * Everything that a member may pick for a family, as the family's parameters tell it apart; null where that can't be said, or
 * is not what they take, which is reported.
 */
function findPicks(
  family: Family,
  { picked, unknown }: Template,
  { source, keyAt }: FamilyPicks,
  { members, index }: MemberRef,
  pickers: Pickers,
  { problems }: Checking,
): readonly Pick[] | null {
  const { kind, at: definedAt, name: familyName } = members.family;
  const params = pickers.paramsOf.get(members.family)?.(index);
  // What is wrong with them was reported.
  if (kind?.picks === undefined || params?.type !== 'settled') return null;
  const from = memberName(members, index);
  const { at } = source;
  const found = kind.picks.among(
    // They were checked against the kind's schema, which is what `never` hides.
    params.params as never,
    collectedBy(members, index, pickers),
  );
  if (!found.ok) {
    const message = `${quoted(familyName)} is defined here`;
    const definition = { message, at: definedAt };
    problems.add(settingsPick(from, found.error, at, definition));
    return null;
  }
  const axes = Object.keys(found.value[0] ?? {});
  const twice = family.bindings.filter(({ name }) => axes.includes(name));
  for (const { name, at: boundAt } of twice) {
    problems.add(settingsAxisBound(name, family.name, from, at, boundAt));
  }
  const missing = Array.from(picked).filter(([name]) => !axes.includes(name));
  for (const [name, { at: usedAt }] of missing) {
    const known = [...family.bindings.map((own) => own.name), ...axes];
    problems.add(
      placeholderUnknown(name, family.name, known, usedAt, {
        ...{ from, picked: axes },
      }),
    );
  }
  if (twice.length > 0 || missing.length > 0) return null;
  if (picked.size === 0 && unknown.length === 0) {
    problems.add(settingsUnused(family.name, familyName, axes, keyAt));
  }
  const names = [...picked.keys()];
  const picks = new Map<string, Pick>();
  for (const coordinates of found.value) {
    const name = pickName(names, coordinates);
    const values = Array.from(picked, ([own, { axis }]) => {
      const value = axis.values[axis.indexOf.get(coordinates[own] ?? '') ?? -1];
      if (value !== undefined) return [own, value] as const;
      throw new Error(`Internal error: "${from}" picks no value of "${own}"`);
    });
    if (!picks.has(name)) picks.set(name, { name, values: new Map(values) });
  }
  // Nothing is collected where every member is left out, which is reported.
  return picks.size === 0 ? null : [...picks.values()];
}
