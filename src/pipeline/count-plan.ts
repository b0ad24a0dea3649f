import { planTooLarge } from '../diagnostics/catalogue/plan.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { counted, quoted } from '../diagnostics/text.ts';
import { countInputs } from './check-inputs.ts';
import {
  exclusionCost,
  readExclude,
  withoutExcluded,
  type Exclusion,
} from './exclude.ts';
import type { Family } from './family.ts';
import type { InputsOf } from './find-cycles.ts';
import { LIMITS } from './limits.ts';
import { allMembers, type Members } from './members.ts';
import type { Template } from './template.ts';

/** What is too much of in a plan, by family. */
interface Sum {
  readonly noun: string;
  /** What follows the noun in a sentence. */
  readonly where?: string;
  readonly limit: number;
  readonly help: string;
}

const NODES: Sum = {
  noun: 'node',
  limit: LIMITS.nodes,
  help: 'Its axes multiply.',
};
const COMBINATIONS: Sum = {
  noun: 'combination',
  limit: LIMITS.combinations,
  help: '"exclude" leaves out members of fewer combinations than that.',
};
const CHARACTERS: Sum = {
  noun: 'character',
  where: ' in the names of its nodes',
  limit: LIMITS.nameCharacters,
  help: 'Shorten the names of axes and values.',
};
const PARAMETERS: Sum = {
  noun: 'parameter value',
  limit: LIMITS.parameterValues,
  help: 'Its parameters are large, and differ from member to member.',
};
const INPUTS: Sum = {
  noun: 'input',
  limit: LIMITS.inputs,
  help: 'Each of its members collects many.',
};

/** Reports a sum over families that passes its limit, at the family that adds most; true where it doesn't. */
function isWithin(
  { noun, where = '', limit, help }: Sum,
  families: readonly Members[],
  amount: (members: Members) => number,
  problems: Problems,
): boolean {
  let [sum, most] = [0, 0];
  let largest: Family | undefined;
  for (const members of families) {
    const one = amount(members);
    sum += one;
    if (one >= most) [most, largest] = [one, members.family];
  }
  if (sum <= limit || largest === undefined) return true;
  const share = Number.isSafeInteger(most)
    ? `${quoted(largest.name)} alone adds ${counted(most, noun)}.`
    : `${quoted(largest.name)} alone adds more than can be counted.`;
  problems.add(
    planTooLarge(sum, { noun, where, limit }, largest.at, `${share} ${help}`),
  );
  return false;
}

/**
 * Counts the members of all families before any of them is made.
 *
 * @param declared value names by axis before overlays, for `exclude`.
 * @returns null where there are too many; families whose axes are wrong have none.
 */
export function countMembers(
  families: readonly Family[],
  declared: ReadonlyMap<string, ReadonlySet<string>>,
  problems: Problems,
): ReadonlyMap<Family, Members> | null {
  const all = families.map(allMembers);
  const exclusions = new Map<Members, readonly Exclusion[]>();
  for (const members of all) {
    const { family } = members;
    exclusions.set(members, readExclude(family, declared, problems));
  }
  const exclusionsOf = (members: Members): readonly Exclusion[] =>
    exclusions.get(members) ?? [];
  const isThinned = (members: Members): boolean =>
    exclusionsOf(members).length > 0;
  const isCountable =
    isWithin(
      COMBINATIONS,
      all.filter(isThinned),
      (members) =>
        Math.max(members.size, exclusionCost(members, exclusionsOf(members))),
      problems,
    ) &&
    isWithin(
      NODES,
      all.filter((members) => !isThinned(members)),
      ({ size }) => size,
      problems,
    );
  if (!isCountable) return null;
  const counted = all.map((members) =>
    withoutExcluded(members, exclusionsOf(members)),
  );
  return isWithin(NODES, counted, ({ count }) => count, problems) &&
    isWithin(CHARACTERS, counted, nameCharacters, problems)
    ? new Map(counted.map((members) => [members.family, members]))
    : null;
}

/** Characters of the names of a family's members, at most. */
const nameCharacters = ({ family, count }: Members): number =>
  count *
  family.bindings.reduce(
    (sum, { name, axis }) =>
      sum +
      name.length +
      2 +
      axis.valueNames.reduce((most, one) => Math.max(most, one.length), 0),
    family.name.length + 1,
  );

/** Whether the parameters that members have of their own are few enough to be made. */
export const areParamsWithin = (
  membersOf: ReadonlyMap<Family, Members>,
  templates: ReadonlyMap<Family, Template>,
  problems: Problems,
): boolean =>
  isWithin(
    PARAMETERS,
    [...membersOf.values()],
    ({ family, sizes, count }) => {
      const template = templates.get(family);
      if (template === undefined) return 0;
      const combinations = template.places.reduce(
        (product, place) => product * (sizes[place] ?? 1),
        1,
      );
      const picks = Array.from(template.picked.values()).reduce(
        (product, { axis }) => product * axis.values.length,
        1,
      );
      return Math.min(combinations, Math.max(1, count)) * picks * template.size;
    },
    problems,
  );

/** Whether all members together have few enough inputs to be gone through. */
export const areInputsWithin = (
  membersOf: ReadonlyMap<Family, Members>,
  inputsOf: InputsOf,
  problems: Problems,
): boolean =>
  isWithin(
    INPUTS,
    [...membersOf.values()],
    (members) => countInputs(members, inputsOf.get(members.family) ?? []),
    problems,
  );
