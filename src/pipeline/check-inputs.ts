import { inputEmpty, inputTwice } from '../diagnostics/catalogue/inputs.ts';
import { referenceExcluded } from '../diagnostics/catalogue/references.ts';
import type { Related } from '../diagnostics/make.ts';
import type { Problems } from '../diagnostics/problems.ts';
import {
  baseIndex,
  collect,
  isCollecting,
  widthOf,
} from './collect-members.ts';
import { epochOf } from './epoch-reference.ts';
import type { Family } from './family.ts';
import {
  memberIndices,
  isMember,
  memberName,
  valueNameOf,
  type Members,
} from './members.ts';
import type { FamilyInput, Source } from './resolve-inputs.ts';

/** Members by family. */
export type MembersOf = ReadonlyMap<Family, Members>;

/** Number of inputs of all members of a family, at most: what `exclude` leaves out is counted in. */
export const countInputs = (
  from: Members,
  inputs: readonly FamilyInput[],
): number =>
  inputs
    .flatMap(({ sources }) => sources)
    .reduce((sum, source) => sum + from.count * widthOf(source), 0);

/**
 * Checks what only shows member by member: references to members that are left out, lists that are empty or have a node
 * twice. Each is reported once a reference, for the first member that has it.
 */
export function checkInputs(
  from: Members,
  inputs: readonly FamilyInput[],
  membersOf: MembersOf,
  problems: Problems,
): void {
  for (const input of inputs) {
    for (const source of input.sources) {
      checkExcluded(from, source, membersOf, problems);
    }
    if (!input.collects || input.sources.length === 0) continue;
    checkEmpty(from, input, membersOf, problems);
    checkTwice(from, input, membersOf, problems);
  }
}

function checkExcluded(
  from: Members,
  source: Source,
  membersOf: MembersOf,
  problems: Problems,
): void {
  const target = membersOf.get(source.target);
  if (target?.excluded == null || isCollecting(source)) return;
  for (const index of memberIndices(from)) {
    const base = baseIndex(source, target, from, index);
    if (isMember(target, base)) continue;
    const name = memberName(target, base);
    const related = forMember(from, index, [source]);
    problems.add(referenceExcluded(name, source.at, related));
    return;
  }
}

function checkEmpty(
  from: Members,
  { slot, sources, at }: FamilyInput,
  membersOf: MembersOf,
  problems: Problems,
): void {
  const targets = sources.map(({ target }) => membersOf.get(target));
  if (!sources.every(isCollecting)) return;
  if (
    !targets.some((target) => target !== undefined && target.excluded !== null)
  )
    return;
  for (const index of memberIndices(from)) {
    const isEmpty = sources.every((source, place) => {
      const target = targets[place];
      if (target === undefined) return false;
      const base = baseIndex(source, target, from, index);
      return collect(source, target, base).length === 0;
    });
    if (!isEmpty) continue;
    problems.add(inputEmpty(slot, at, forMember(from, index, sources)));
    return;
  }
}

function checkTwice(
  from: Members,
  { slot, sources }: FamilyInput,
  membersOf: MembersOf,
  problems: Problems,
): void {
  const families = sources.map(({ target }) => target);
  if (new Set(families).size === families.length) return;
  for (const index of memberIndices(from)) {
    const seen = new Map<string, Source>();
    for (const source of sources) {
      const target = membersOf.get(source.target);
      if (target === undefined) continue;
      const base = baseIndex(source, target, from, index);
      for (const member of collect(source, target, base)) {
        const epoch = source.epoch && epochOf(source.epoch, from, index);
        const key = `${source.target.name}:${member}@${epoch}`;
        const first = seen.get(key);
        if (first === undefined) seen.set(key, source);
        else {
          const name = memberName(target, member);
          const related = [
            { message: 'first here', at: first.at },
            ...forMember(from, index, [first, source]),
          ];
          problems.add(inputTwice(name, slot, source.at, related));
          return;
        }
      }
    }
  }
}

/** The values of a member that sources depend on: "for loss = supcon". */
function forMember(
  from: Members,
  index: number,
  sources: readonly Source[],
): readonly Related[] {
  const places = new Set(
    sources.flatMap(({ selectors }) =>
      selectors.flatMap((selector) =>
        'place' in selector ? [selector.place] : [],
      ),
    ),
  );
  return from.family.bindings.flatMap(({ name, axis }, place) => {
    const valueName = valueNameOf(from, index, place);
    const value = axis.values[axis.indexOf.get(valueName) ?? -1];
    return places.has(place) && value !== undefined
      ? [{ message: `for ${name} = ${valueName}`, at: value.at }]
      : [];
  });
}
