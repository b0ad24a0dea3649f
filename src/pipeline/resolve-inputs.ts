import {
  inputMissing,
  inputNotSingle,
  inputsMissing,
  inputType,
  inputUnknown,
} from '../diagnostics/catalogue/inputs.ts';
import { familyUnknown } from '../diagnostics/catalogue/references.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { nearest, quoted } from '../diagnostics/text.ts';
import type { AnyKind, Slot } from '../kind/kind.ts';
import { bindReference, type Selector } from './bind-reference.ts';
import { bindEpoch, type EpochSelector } from './epoch-reference.ts';
import type { Family } from './family.ts';
import type { Draft } from './overlay.ts';
import { parseReference } from './reference.ts';
import { reportShape } from './shape.ts';
import { isBroken, type Entry, type Value } from './value.ts';

/** A reference that is understood. */
export interface Source {
  readonly target: Family;
  /** One for each axis of the target, in the target's order. */
  readonly selectors: readonly Selector[];
  /** At which epoch of it; null for its end. */
  readonly epoch: EpochSelector | null;
  readonly at: Span;
}

/** What feeds a slot of a family's members. */
export interface FamilyInput {
  readonly slot: string;
  /** Whether it feeds no slot, but picks settings. */
  readonly picks: boolean;
  readonly collects: boolean;
  /** One, or several for a slot that collects. */
  readonly sources: readonly Source[];
  /** How many references are written there: those that are wrong are no sources. */
  readonly count: number;
  readonly at: Span;
}

/** The families of a pipeline by name, and how to say what went wrong. */
export interface Families {
  readonly byName: ReadonlyMap<string, Family>;
  readonly names: readonly string[];
  /** What overlays have removed. */
  readonly removed: Draft['removed'];
}

/** All families by name. */
export function knownFamilies(
  families: readonly Family[],
  removed: Draft['removed'],
): Families {
  const byName = new Map(families.map((family) => [family.name, family]));
  return { byName, names: [...byName.keys()], removed };
}

/** The inputs of all families, with what is wrong with them reported. */
export function resolveAllInputs(
  families: readonly Family[],
  removed: Draft['removed'],
  problems: Problems,
): ReadonlyMap<Family, readonly FamilyInput[]> {
  const known = knownFamilies(families, removed);
  return new Map(
    families.map((family) => [family, resolveInputs(family, known, problems)]),
  );
}

/**
 * Turns the inputs of a family into references to other families, and checks them against the slots of its kind. Where
 * the kind is unknown the references are checked all the same.
 */
function resolveInputs(
  family: Family,
  families: Families,
  problems: Problems,
): readonly FamilyInput[] {
  const { kind } = family;
  const entries = family.inputs?.entries ?? new Map<string, Entry>();
  const resolved: FamilyInput[] = [];
  for (const entry of entries.values()) {
    const slot = kind === null ? undefined : slotOf(kind, entry.key);
    if (kind !== null && slot === undefined) {
      const known = Object.keys(kind.inputs);
      problems.add(inputUnknown(entry.key, kind.name, known, entry.keyAt));
    }
    const values = references(entry, slot, problems);
    const sources = values.flatMap((value) => {
      const source = resolveReference(value, family, families, problems);
      if (source === null) return [];
      if (slot !== undefined) {
        checkSource(entry.key, slot, source, families, problems);
      }
      return [source];
    });
    if (kind !== null && slot === undefined) continue;
    resolved.push({
      slot: entry.key,
      picks: false,
      collects: slot?.collects ?? true,
      sources,
      count: values.length,
      at: entry.value.alias ?? entry.value.at,
    });
  }
  if (kind !== null) checkMissing(family, kind, entries, problems);
  return resolved;
}

const slotOf = (kind: AnyKind, name: string): Slot | undefined =>
  Object.hasOwn(kind.inputs, name) ? kind.inputs[name] : kind.openInputs;

/** Whether an unknown name is near the one that is missing: then it is one mistake, and it is reported. */
const isMisspelt = (
  slot: string,
  kind: AnyKind,
  given: Iterable<string>,
): boolean =>
  Array.from(given).some(
    (name) =>
      slotOf(kind, name) === undefined &&
      nearest(name, Object.keys(kind.inputs)) === slot,
  );

function checkMissing(
  family: Family,
  kind: AnyKind,
  entries: ReadonlyMap<string, Entry>,
  problems: Problems,
): void {
  const { name, inputsAt } = family;
  for (const [slot, { accepts }] of Object.entries(kind.inputs)) {
    if (entries.has(slot) || isMisspelt(slot, kind, entries.keys())) continue;
    problems.add(inputMissing(slot, name, kind.name, accepts, inputsAt));
  }
  if (
    kind.openInputs !== undefined &&
    kind.openInputs.mayBeNone !== true &&
    entries.size === 0 &&
    Object.keys(kind.inputs).length === 0
  ) {
    problems.add(inputsMissing(name, kind.name, inputsAt));
  }
}

/** The values under a slot that should be references. */
function references(
  { key, value }: Entry,
  slot: Slot | undefined,
  problems: Problems,
): readonly Value[] {
  const isSingle = slot?.collects === false;
  if (value.type === 'list' && isSingle) {
    problems.add(inputNotSingle(key, 'a list of references', value.at));
  }
  if (value.type === 'list' && value.items.length > 0) return value.items;
  if (value.type === 'scalar') return [value];
  if (value.type !== 'list' || !isSingle) {
    const expected = isSingle
      ? 'a reference'
      : 'a reference, or a list of references';
    reportShape(quoted(key), expected, value, problems);
  }
  return [];
}

/**
 * What a reference of a family means, or null where it is wrong, which is reported.
 *
 * @param options.subject what stands there, ready to be shown.
 */
export function resolveReference(
  value: Value,
  family: Family,
  { byName, names, removed }: Families,
  problems: Problems,
  { subject = 'An input' }: { readonly subject?: string } = {},
): Source | null {
  if (isBroken(value)) return null;
  if (value.type !== 'scalar' || value.text === '') {
    reportShape(subject, 'a reference', value, problems);
    return null;
  }
  const reference = parseReference(value.text, value.at, problems);
  if (reference === null) return null;
  const target = byName.get(reference.family.text);
  if (target === undefined) {
    problems.add(() => {
      const { text, at } = reference.family;
      const removedAt = removed.get(`nodes ${text}`);
      const near = byName.get(nearest(text, names) ?? '');
      const related =
        removedAt !== undefined
          ? { message: 'removed here', at: removedAt }
          : near === undefined
            ? undefined
            : { message: `${quoted(near.name)} is defined here`, at: near.at };
      return familyUnknown(text, names, at, related);
    });
    return null;
  }
  const selectors = bindReference(reference, family, target, problems);
  const epoch =
    reference.epoch && bindEpoch(reference.epoch, family, target, problems);
  return selectors === null || (epoch === null && reference.epoch !== null)
    ? null
    : { target, selectors, epoch, at: value.alias ?? value.at };
}

function checkSource(
  slotName: string,
  slot: Slot,
  { target, selectors, at }: Source,
  { byName }: Families,
  problems: Problems,
): void {
  const { kind, name } = target;
  if (kind !== null && !slot.accepts.includes(kind.output)) {
    problems.add(() => {
      const facts = {
        slot: slotName,
        accepts: slot.accepts,
        family: name,
        kind: kind.name,
        yields: kind.output,
      };
      const fitting = Array.from(byName.values())
        .filter((one) => one.kind && slot.accepts.includes(one.kind.output))
        .map((one) => one.name);
      const definition = {
        message: `${quoted(name)} is defined here`,
        at: target.at,
      };
      return inputType(facts, fitting, at, definition);
    });
  }
  if (!slot.collects && selectors.some(({ type }) => type === 'all')) {
    const axes = target.bindings
      .filter((_, place) => selectors[place]?.type === 'all')
      .map((binding) => quoted(binding.name));
    problems.add(
      inputNotSingle(slotName, `all values of ${axes.join(' and ')}`, at),
    );
  }
}
