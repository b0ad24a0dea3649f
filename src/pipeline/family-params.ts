import type { Problems } from '../diagnostics/problems.ts';
import { fillDefaults } from '../kind/fill-defaults.ts';
import type { AnyKind } from '../kind/kind.ts';
import { simplify } from '../kind/simplify.ts';
import { isJsonObject, type JsonObject } from '../util/json.ts';
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

/** Parameters of a family's members: one object for all members whose `${name}` have the same values. */
export type ParamsOf = (index: number) => JsonObject | undefined;

/**
 * Checks the parameters of a family against the schema of its kind, once for each combination of values that they
 * depend on, fills in defaults, and puts the plainest type that means the same in the place of others.
 */
export function checkFamilyParams(
  members: Members,
  template: Template,
  checker: ParamsChecker,
  problems: Problems,
): ParamsOf {
  const { kind, isWhole, bindings } = members.family;
  const byCombination = new Map<number, JsonObject>();
  const combinationOf = (index: number): number =>
    template.places.reduce(
      (combination, place) =>
        combination * (members.sizes[place] ?? 1) +
        digitOf(members, index, place),
      0,
    );
  const seen = new Set<number>();
  // Of a family whose axes are wrong there are no members, yet its parameters can be wrong too.
  for (const index of isWhole ? memberIndices(members) : [0]) {
    if (kind === null || problems.isFull) break;
    const combination = isWhole ? combinationOf(index) : 0;
    if (seen.has(combination)) continue;
    seen.add(combination);
    const lookup: Lookup = (name) => {
      const place = bindings.findIndex((binding) => binding.name === name);
      const digit = isWhole ? digitOf(members, index, place) : 0;
      return bindings[place]?.axis.values[digit];
    };
    const params = checkMember(kind, members, template, lookup, {
      checker,
      problems,
    });
    if (params !== null) byCombination.set(combination, params);
    // All members have the same: a family of a hundred thousand is not walked through.
    if (template.places.length === 0) break;
  }
  return (index) => byCombination.get(combinationOf(index));
}

/** Parameters of one member, or null where they are wrong. */
function checkMember(
  kind: AnyKind,
  { family }: Members,
  { value, unknown }: Template,
  lookup: Lookup,
  {
    checker,
    problems,
  }: { readonly checker: ParamsChecker; readonly problems: Problems },
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
