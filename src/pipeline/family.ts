import { axisUnknown } from '../diagnostics/catalogue/axes.ts';
import { kindUnknown } from '../diagnostics/catalogue/inputs.ts';
import { keyMissing, keyUnknown } from '../diagnostics/catalogue/shape.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import type { AnyKind } from '../kind/kind.ts';
import type { Registry } from '../kind/registry.ts';
import type { BindingKey, FamilyKey } from './family-key.ts';
import type { Allowance } from './plan.ts';
import type { Draft, DraftFamily } from './overlay.ts';
import { placeholderName } from './placeholders.ts';
import type { Axis } from './read-axes.ts';
import { readResources, type FamilyResources } from './read-resources.ts';
import {
  colonHelp,
  keyHelp,
  optionalList,
  optionalMapping,
  reportShape,
  textOf,
} from './shape.ts';
import {
  isNull,
  type Entry,
  type ListValue,
  type MappingValue,
  type Value,
} from './value.ts';

/** An axis under the name that a family gives it. */
export interface Binding {
  readonly name: string;
  /** Without values where there is no such axis: that is reported once, and nothing that follows from it. */
  readonly axis: Axis;
  readonly at: Span;
}

/** A family with its settings, as far as they can be read by themselves. */
export interface Family {
  readonly name: string;
  /** Its key in the file. */
  readonly at: Span;
  readonly bindings: readonly Binding[];
  /** Whether each of its axes has values. */
  readonly isWhole: boolean;
  /** Whether it binds an axis that doesn't exist: what else is said about its names would be guesses. */
  readonly hasUnknownAxes: boolean;
  /** Null where it is missing or unknown. */
  readonly kind: AnyKind | null;
  readonly kindAt: Span;
  /** A mapping, or the `${name}` that stands for one. */
  readonly params: Value | null;
  /** The key `params`, else the family's. */
  readonly paramsAt: Span;
  readonly inputs: MappingValue | null;
  /** The key `inputs`, else the family's. */
  readonly inputsAt: Span;
  /** The reference to the node that picks settings for its parameters. */
  readonly settings: Entry | null;
  readonly exclude: ListValue | null;
  readonly resources: FamilyResources;
  readonly allow: readonly Allowance[];
}

/** The axes that there are, and what overlays have removed. */
export interface AxesOfDraft {
  readonly axes: ReadonlyMap<string, Axis>;
  readonly removed: Draft['removed'];
}

/** What stands under a family's key. */
export const FAMILY_KEYS = [
  'kind',
  'inputs',
  'params',
  'settings',
  'exclude',
  'resources',
  'allow',
];

/** Reads the settings of a family. What they mean together with other families is looked at later. */
export function readFamily(
  { key, entry }: DraftFamily,
  { axes, removed }: AxesOfDraft,
  registry: Registry,
  problems: Problems,
): Family {
  const bindings = key.bindings.map((binding) =>
    bind(binding, axes, removed, problems),
  );
  const settings = readSettings(key, entry, problems);
  const kind =
    settings === null ? null : readKind(key, settings, registry, problems);
  if (settings !== null) checkSettingKeys(settings, kind, problems);
  return {
    name: key.name,
    at: key.at,
    bindings,
    hasUnknownAxes: key.bindings.some(({ axis }) => !axes.has(axis)),
    isWhole: bindings.every(({ axis }) => axis.values.length > 0),
    kind,
    kindAt: settings?.get('kind')?.value.at ?? key.at,
    params: readParams(settings?.get('params'), problems),
    paramsAt: settings?.get('params')?.keyAt ?? key.at,
    inputs: optionalMapping(settings?.get('inputs'), problems),
    inputsAt: settings?.get('inputs')?.keyAt ?? key.at,
    settings: readPicking(settings?.get('settings')),
    exclude: optionalList(settings?.get('exclude'), problems),
    resources: readResources(settings?.get('resources'), kind, problems),
    allow: readAllowances(settings?.get('allow'), problems),
  };
}

/** Nothing under the key counts as left out, as for other keys. */
const readPicking = (entry: Entry | undefined): Entry | null =>
  entry === undefined || isNull(entry.value) ? null : entry;

/** Nothing as a reason is no mistake of the language: `lint` has a word on it. */
const readAllowances = (
  entry: Entry | undefined,
  problems: Problems,
): readonly Allowance[] =>
  Array.from(
    optionalMapping(entry, problems)?.entries.values() ?? [],
    (one): Allowance => ({
      rule: one.key,
      reason: isNull(one.value) ? '' : (textOf(one, problems) ?? ''),
      at: one.keyAt,
    }),
  );

function bind(
  { name, axis: axisName, at }: BindingKey,
  axes: ReadonlyMap<string, Axis>,
  removed: Draft['removed'],
  problems: Problems,
): Binding {
  const axis = axes.get(axisName);
  if (axis !== undefined) return { name, axis, at };
  problems.add(() => {
    const known = [...axes.keys()];
    return axisUnknown(axisName, known, at, removed.get(`axes ${axisName}`));
  });
  return {
    name,
    axis: {
      name: axisName,
      at,
      values: [],
      valueNames: [],
      indexOf: new Map(),
    },
    at,
  };
}

function readSettings(
  key: FamilyKey,
  { value }: Entry,
  problems: Problems,
): ReadonlyMap<string, Entry> | null {
  if (value.type === 'mapping') return value.entries;
  // A key with nothing under it lacks its kind, and that is what is said.
  if (!isNull(value)) {
    reportShape(
      quoted(key.name),
      'a mapping with a "kind"',
      value,
      problems,
      colonHelp(value),
    );
    return null;
  }
  return new Map();
}

function readKind(
  key: FamilyKey,
  settings: ReadonlyMap<string, Entry>,
  registry: Registry,
  problems: Problems,
): AnyKind | null {
  const entry = settings.get('kind');
  if (entry === undefined) {
    if (Array.from(settings.keys()).some(lacksSpace)) return null;
    const help = 'The kind says what the node does: "kind: train".';
    problems.add(
      keyMissing('kind', `The node ${quoted(key.name)}`, key.at, help),
    );
    return null;
  }
  const name = textOf(entry, problems);
  // What is wrong with `${` in it is said already.
  if (name === null || name.includes('${')) return null;
  const kind = registry.get(name);
  if (kind === undefined) {
    problems.add(kindUnknown(name, registry.names, entry.value.at));
    return null;
  }
  return kind;
}

function readParams(
  entry: Entry | undefined,
  problems: Problems,
): Value | null {
  const value = entry?.value;
  const isPlaceholder =
    value?.type === 'scalar' && placeholderName(value) !== null;
  return isPlaceholder ? value : optionalMapping(entry, problems);
}

/** Whether a key is `kind:train`, about which there is enough to say. */
const lacksSpace = (key: string): boolean => key.startsWith('kind:');

function checkSettingKeys(
  settings: ReadonlyMap<string, Entry>,
  kind: AnyKind | null,
  problems: Problems,
): void {
  for (const { key, keyAt } of settings.values()) {
    if (FAMILY_KEYS.includes(key)) continue;
    const help =
      kind !== null && Object.hasOwn(kind.params.properties, key)
        ? `It is a parameter of the kind ${quoted(kind.name)} and stands under "params".`
        : kind !== null && Object.hasOwn(kind.inputs, key)
          ? `It is an input of the kind ${quoted(kind.name)} and stands under "inputs".`
          : keyHelp(key, FAMILY_KEYS);
    problems.add(keyUnknown(key, 'A node', FAMILY_KEYS, keyAt, help));
  }
}
