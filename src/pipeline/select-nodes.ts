import {
  familyAxisUnknown,
  familyUnknown,
  nodeUnknown,
  nodeValueUnknown,
  referenceAxisTwice,
} from '../diagnostics/catalogue/references.ts';
import type {
  Diagnostic,
  SourceFile,
  Span,
} from '../diagnostics/diagnostic.ts';
import { Problems } from '../diagnostics/problems.ts';
import { err, ok, type Result } from '../util/result.ts';
import type { NodeName, Plan, PlannedNode } from './plan.ts';
import { parseReference, type Reference } from './reference.ts';

/** Value names by bound name, of the members of a family. */
export type FamilyAxes = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The nodes that arguments of the command line mean: `train[loss=softmax,seed=0]`, or with axes left out all members
 * that have the others (`train[loss=softmax]`, `train`). A bound name alone, and `*`, mean all its values.
 *
 * @param where what stands as the file in diagnostics: `command line`.
 * @returns names in the plan's order, or everything that is wrong with the arguments.
 */
export function selectNodes(
  plan: Plan,
  patterns: readonly string[],
  where: string,
): Result<ReadonlySet<NodeName>, readonly Diagnostic[]> {
  const problems = new Problems();
  const families = familiesOf(plan.nodes);
  const chosen = new Set<NodeName>();
  for (const text of patterns) {
    const file: SourceFile = { path: where, text };
    problems.noteFile(file);
    const at = { file, start: 0, end: text.length };
    const reference = parseReference(text, at, problems);
    if (reference === null) continue;
    const family = familyOf(reference);
    const wanted = checkPattern(reference, families, problems);
    if (wanted === null) continue;
    const names = matching(plan, family, wanted);
    if (names.length === 0) problems.add(nodeUnknown(text, at));
    for (const name of names) chosen.add(name);
  }
  if (problems.hasErrors) return err(problems.list());
  return ok(new Set([...plan.nodes.keys()].filter((name) => chosen.has(name))));
}

/** Families of a plan with their axes, in their order. */
export function familiesOf(
  nodes: Plan['nodes'],
): ReadonlyMap<string, FamilyAxes> {
  const families = new Map<string, Map<string, Set<string>>>();
  for (const { family, coordinates } of nodes.values()) {
    const axes = families.get(family) ?? new Map<string, Set<string>>();
    families.set(family, axes);
    for (const [name, value] of Object.entries(coordinates)) {
      const values = axes.get(name) ?? new Set<string>();
      axes.set(name, values.add(value));
    }
  }
  return families;
}

/** The family that an argument is about: `train`, `train@epoch=10`. */
export const familyOf = ({ family, epoch }: Reference): string =>
  epoch === null
    ? family.text
    : `${family.text}@${epoch.name.text}=${epoch.value?.text ?? ''}`;

/**
 * Value by bound name, of the axes that the argument fixes; null where it is wrong.
 *
 * @param removed where an overlay has removed the family, if one has.
 */
export function checkPattern(
  reference: Reference,
  families: ReadonlyMap<string, FamilyAxes>,
  problems: Problems,
  removed?: Span,
): ReadonlyMap<string, string> | null {
  const family = familyOf(reference);
  const axes = families.get(family);
  if (axes === undefined) {
    const known = [...families.keys()];
    const at = reference.epoch?.at ?? reference.family.at;
    const related =
      removed === undefined
        ? undefined
        : { message: 'removed here', at: removed };
    problems.add(familyUnknown(family, known, at, related));
    return null;
  }
  const wanted = new Map<string, string>();
  const named = new Set<string>();
  let isRight = true;
  for (const { name, value } of reference.items) {
    const values = axes.get(name.text);
    if (values === undefined) {
      const known = [...axes.keys()];
      problems.add(
        familyAxisUnknown(name.text, family, known, name.at, undefined),
      );
      isRight = false;
    } else if (named.has(name.text)) {
      problems.add(referenceAxisTwice(name.text, name.at));
      isRight = false;
    } else if (value !== null && value.text !== '*') {
      wanted.set(name.text, value.text);
      if (!values.has(value.text)) {
        const known = [...values];
        problems.add(nodeValueUnknown(value.text, name.text, known, value.at));
        isRight = false;
      }
    }
    named.add(name.text);
  }
  return isRight ? wanted : null;
}

function matching(
  plan: Plan,
  family: string,
  wanted: ReadonlyMap<string, string>,
): readonly NodeName[] {
  const isMeant = (node: PlannedNode): boolean =>
    node.family === family &&
    Array.from(wanted).every(
      ([name, value]) => node.coordinates[name] === value,
    );
  return [...plan.nodes.values()].filter(isMeant).map(({ name }) => name);
}

/** Nodes with all that they need, directly and by way of others. */
export function withAncestors(
  plan: Plan,
  names: Iterable<NodeName>,
): ReadonlySet<NodeName> {
  const found = new Set<NodeName>(names);
  // A set may grow while it is gone through; what is added is gone through too.
  for (const name of found) {
    const node = plan.nodes.get(name);
    if (node?.params === null) found.add(node.picks.from);
    for (const input of Object.values(node?.inputs ?? {})) {
      if (input.type === 'single') found.add(input.node);
      else for (const { node } of input.members) found.add(node);
    }
  }
  return found;
}
