import {
  settingsKind,
  settingsNotSingle,
  settingsOfPicker,
} from '../diagnostics/catalogue/settings.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import type { Registry } from '../kind/registry.ts';
import type { Family } from './family.ts';
import type { InputsOf } from './find-cycles.ts';
import type { Draft } from './overlay.ts';
import type { Axis } from './read-axes.ts';
import {
  knownFamilies,
  resolveReference,
  type Families,
  type FamilyInput,
  type Source,
} from './resolve-inputs.ts';

/** The node that picks settings for a family's members, and what it picks from. */
export interface FamilyPicks {
  readonly source: Source;
  /** The key `settings`. */
  readonly keyAt: Span;
  /** The axes that what is picked from binds, by name: more than one where it binds different axes to it. */
  readonly axes: ReadonlyMap<string, ReadonlySet<Axis>>;
}

/** What picks settings for which family, as far as the file says it right. */
export type PicksOf = ReadonlyMap<Family, FamilyPicks>;

/** What the key `settings` of all families means; what is wrong with it is reported. */
export function resolveAllPicks(
  inputsOf: InputsOf,
  removed: Draft['removed'],
  registry: Registry,
  problems: Problems,
): PicksOf {
  const families = [...inputsOf.keys()];
  const known = knownFamilies(families, removed);
  const kinds = registry.kinds
    .filter(({ picks }) => picks !== undefined)
    .map(({ name }) => name);
  return new Map(
    families.flatMap((family) => {
      const picks = resolvePicks(family, known, inputsOf, kinds, problems);
      return picks === null ? [] : [[family, picks] as const];
    }),
  );
}

/**
 * What the key `settings` of a family means, or null where it has none, or a wrong one (which is reported), or one that refers
 * to what is wrong itself.
 *
 * @param kinds names of the kinds whose nodes pick.
 */
function resolvePicks(
  family: Family,
  families: Families,
  inputsOf: InputsOf,
  kinds: readonly string[],
  problems: Problems,
): FamilyPicks | null {
  const { settings, kind } = family;
  if (settings === null) return null;
  const { value, keyAt } = settings;
  const source = resolveReference(value, family, families, problems, {
    subject: '"settings"',
  });
  if (kind?.picks !== undefined) {
    problems.add(settingsOfPicker(family.name, kind.name, keyAt));
    return null;
  }
  if (source === null) return null;
  const { target, selectors, at } = source;
  if (target.kind === null) return null;
  if (target.kind.picks === undefined) {
    const pickers = Array.from(families.byName.values())
      .filter((one) => one.kind?.picks !== undefined)
      .map(({ name }) => name);
    const facts = { family: target.name, kind: target.kind.name };
    const definition = {
      message: `${quoted(target.name)} is defined here`,
      at: target.at,
    };
    problems.add(settingsKind(facts, pickers, kinds, at, definition));
    return null;
  }
  const several = target.bindings
    .filter((_, place) => selectors[place]?.type === 'all')
    .map(({ name }) => name);
  if (several.length > 0) {
    problems.add(settingsNotSingle(several, at));
    return null;
  }
  const axes = axesOf(target, inputsOf.get(target) ?? []);
  return axes === null ? null : { source, keyAt, axes };
}

/** The axes of what a family collects, or null where something is wrong with it. */
function axesOf(
  { kind, inputs: written }: Family,
  inputs: readonly FamilyInput[],
): FamilyPicks['axes'] | null {
  const isWhole =
    Object.keys(kind?.inputs ?? {}).every((slot) =>
      inputs.some((input) => input.slot === slot),
    ) && inputs.length === (written?.entries.size ?? 0);
  const axes = new Map<string, Set<Axis>>();
  for (const { sources, count } of inputs) {
    if (sources.length < count) return null;
    for (const { target } of sources) {
      if (target.hasUnknownAxes || !target.isWhole) return null;
      for (const { name, axis } of target.bindings) {
        const known = axes.get(name) ?? new Set();
        axes.set(name, known.add(axis));
      }
    }
  }
  return isWhole ? axes : null;
}
