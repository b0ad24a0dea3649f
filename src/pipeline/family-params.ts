import { fillDefaults } from '../kind/fill-defaults.ts';
import type { AnyKind } from '../kind/kind.ts';
import { simplify } from '../kind/simplify.ts';
import { isJsonObject, type JsonObject } from '../util/json.ts';
import type { Problems } from '../diagnostics/problems.ts';
import type { ParamsChecker } from './check-params.ts';
import { digitOf, memberIndices, type Members } from './members.ts';
import { isBelow, paramProblem } from './param-problem.ts';
import { hasPaths, resolvePaths } from './resolve-paths.ts';
import {
  fillTemplate,
  substitute,
  type Lookup,
  type Template,
} from './template.ts';

/** Parameters of a member: known, or by what another node picks. */
export type MemberParams =
  | { readonly type: 'settled'; readonly params: JsonObject }
  | {
      readonly type: 'picked';
      /** The member that picks, of the family to which `settings` refers. */
      readonly base: number;
      readonly axes: readonly string[];
      /** By the names of the picked values (`pickName`). */
      readonly params: ReadonlyMap<string, JsonObject>;
    };

/** Parameters of a family's members: one object for all members whose `${name}` have the same values. */
export type ParamsOf = (index: number) => MemberParams | undefined;

/** What checking takes. */
export interface Checking {
  readonly checker: ParamsChecker;
  readonly problems: Problems;
}

/** A number for the values on which a member's parameters depend: equal where they are equal. */
export const combinationOf = (
  members: Members,
  { places }: Template,
  index: number,
): number =>
  places.reduce(
    (combination, place) =>
      combination * (members.sizes[place] ?? 1) +
      digitOf(members, index, place),
    0,
  );

/** The values of the names that a member's family binds; of a family whose axes are wrong, the first ones. */
export const ownLookup = (
  members: Members,
  index: number,
): ((name: string) => ReturnType<Lookup>) => {
  const { bindings, isWhole } = members.family;
  return (name) => {
    const place = bindings.findIndex((binding) => binding.name === name);
    const digit = isWhole ? digitOf(members, index, place) : 0;
    return bindings[place]?.axis.values[digit];
  };
};

/**
 * Checks the parameters of a family against the schema of its kind, once for each combination of values that they
 * depend on, fills in defaults, and puts the plainest type that means the same in the place of others.
 */
export function checkFamilyParams(
  members: Members,
  template: Template,
  checking: Checking,
): ParamsOf {
  const { kind, isWhole } = members.family;
  const byCombination = new Map<number, MemberParams>();
  const seen = new Set<number>();
  // Of a family whose axes are wrong there are no members, yet its parameters can be wrong too.
  for (const index of isWhole ? memberIndices(members) : [0]) {
    if (kind === null || checking.problems.isFull) break;
    const combination = isWhole ? combinationOf(members, template, index) : 0;
    if (seen.has(combination)) continue;
    seen.add(combination);
    const lookup = ownLookup(members, index);
    const params = checkMember(kind, members, template, lookup, checking);
    if (params !== null) {
      byCombination.set(combination, { type: 'settled', params });
    }
    // All members have the same: a family of a hundred thousand is not walked through.
    if (template.places.length === 0) break;
  }
  return (index) => byCombination.get(combinationOf(members, template, index));
}

/** Parameters of one member, or null where they are wrong. */
export function checkMember(
  kind: AnyKind,
  { family }: Members,
  { value, unknown }: Template,
  lookup: Lookup,
  { checker, problems }: Checking,
): JsonObject | null {
  const params = fillDefaults(kind.params, fillTemplate(value, lookup));
  const findings = checker
    .check(kind.params, params)
    .filter((finding) => !isBelow(finding, unknown));
  if (findings.length > 0) {
    const root = substitute(value, lookup);
    for (const finding of findings) {
      problems.add(
        paramProblem(finding, { kind, root, rootKey: family.paramsAt }),
      );
    }
    return null;
  }
  if (unknown.length > 0) return null;
  const absolute = hasPaths(kind.params)
    ? resolvePaths(kind.params, params, substitute(value, lookup))
    : params;
  const plain = simplify(kind.params, absolute);
  return isJsonObject(plain) ? plain : null;
}
