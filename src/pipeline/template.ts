import { settingsAxisDiffers } from '../diagnostics/catalogue/settings.ts';
import { placeholderUnknown } from '../diagnostics/catalogue/shape.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import type { Json } from '../util/json.ts';
import type { Family } from './family.ts';
import { placeholderName } from './placeholders.ts';
import type { Axis, AxisValue } from './read-axes.ts';
import type { FamilyPicks } from './resolve-picks.ts';
import { isBroken, toJson, type Entry, type Value } from './value.ts';

/** Parameters of a family, in which `${name}` stands for the members' own values. */
export interface Template {
  /** A mapping, or the `${name}` that stands for one. */
  readonly value: Value;
  /** Places of the bindings that it uses, in the family's order. */
  readonly places: readonly number[];
  /** The axes of which it takes what another node picks, by name, with the places of their `${name}`. */
  readonly picked: ReadonlyMap<string, PickedAxis>;
  /** Paths of the `${name}` that stand for nothing; what is wrong with them is reported. */
  readonly unknown: readonly (readonly string[])[];
  /** Values in it, with the largest settings that an axis can put in. */
  readonly size: number;
}

/** An axis of which a template takes the value that is picked. */
export interface PickedAxis {
  readonly axis: Axis;
  /** Of its first `${name}`. */
  readonly at: Span;
  readonly paths: readonly (readonly string[])[];
}

/** A template in which nothing is known of what is picked. */
export const withoutPicks = (template: Template): Template => ({
  ...template,
  picked: new Map(),
  unknown: [
    ...template.unknown,
    ...Array.from(template.picked.values()).flatMap(({ paths }) => paths),
  ],
});

/**
 * Finds out which values of a member its parameters depend on.
 *
 * @param picks what picks settings for it; null where nothing does, or where that is wrong.
 */
export function readTemplate(
  family: Family,
  picks: FamilyPicks | null,
  problems: Problems,
): Template {
  const value: Value = family.params ?? {
    type: 'mapping',
    entries: new Map<string, Entry>(),
    at: family.paramsAt,
  };
  const places = new Set<number>();
  const picked = new Map<string, PickedAxis>();
  const unknown: (readonly string[])[] = [];
  let size = 0;
  const visit = (one: Value, path: readonly string[]): void => {
    size += 1;
    switch (one.type) {
      case 'list':
        one.items.forEach((item, index) => {
          visit(item, [...path, String(index)]);
        });
        return;
      case 'mapping':
        for (const entry of one.entries.values()) {
          visit(entry.value, [...path, entry.key]);
        }
        return;
      case 'scalar': {
        const name = placeholderName(one);
        if (name === null) {
          if (one.text.includes('${') || isBroken(one)) unknown.push(path);
          return;
        }
        const place = family.bindings.findIndex((own) => own.name === name);
        const own = family.bindings[place]?.axis;
        const axis = own ?? pickedAxis(name, family, picks, one.at, problems);
        if (axis === null || axis.values.length === 0) unknown.push(path);
        else if (own !== undefined) places.add(place);
        else {
          const { at, paths } = picked.get(name) ?? { at: one.at, paths: [] };
          picked.set(name, { axis, at, paths: [...paths, path] });
        }
        size += axis === null ? 0 : largestOf(axis) - 1;
      }
    }
  };
  visit(value, []);
  return {
    value,
    places: [...places].sort((left, right) => left - right),
    picked,
    unknown,
    size,
  };
}

/** The axis that is meant by a name which the family does not bind; null where there is none, or where that isn't known. */
function pickedAxis(
  name: string,
  family: Family,
  picks: FamilyPicks | null,
  at: Span,
  problems: Problems,
): Axis | null {
  const [axis, ...others] = picks?.axes.get(name) ?? [];
  if (axis !== undefined && others.length === 0) return axis;
  // Where what picks is wrong itself, the name may be right.
  if (family.hasUnknownAxes) return null;
  if (picks === null) {
    if (family.settings !== null) return null;
    const bound = family.bindings.map((own) => own.name);
    problems.add(placeholderUnknown(name, family.name, bound, at));
    return null;
  }
  const { target } = picks.source;
  if (axis === undefined) {
    const known = [
      ...family.bindings.map((own) => own.name),
      ...picks.axes.keys(),
    ];
    problems.add(
      placeholderUnknown(name, family.name, known, at, {
        from: target.name,
        picked: [],
      }),
    );
    return null;
  }
  const message = `${quoted(target.name)} is defined here`;
  problems.add(
    settingsAxisDiffers(
      name,
      target.name,
      [axis, ...others].map((one) => one.name),
      at,
      { message, at: target.at },
    ),
  );
  return null;
}

/** Number of values in a value, itself included; remembered, since many templates use the same settings. */
const sizes = new WeakMap<Value, number>();
function sizeOf(value: Value): number {
  if (value.type === 'scalar') return 1;
  const known = sizes.get(value);
  if (known !== undefined) return known;
  const parts =
    value.type === 'list'
      ? value.items
      : Array.from(value.entries.values(), (entry) => entry.value);
  const size = parts.reduce((sum, part) => sum + sizeOf(part), 1);
  sizes.set(value, size);
  return size;
}

/** Size of the largest settings that an axis has. */
const largest = new WeakMap<Axis, number>();
function largestOf(axis: Axis): number {
  const known = largest.get(axis);
  if (known !== undefined) return known;
  const size = axis.values.reduce(
    (most, { value }) => Math.max(most, sizeOf(value)),
    0,
  );
  largest.set(axis, size);
  return size;
}

/** The value that a bound name has; undefined where the name is unknown. */
export type Lookup = (name: string) => AxisValue | undefined;

/** The parameters of a member as plain data. What stands for nothing becomes null. */
export function fillTemplate(value: Value, lookup: Lookup): Json {
  switch (value.type) {
    case 'scalar': {
      const name = placeholderName(value);
      if (name === null) return value.value;
      const bound = lookup(name);
      return bound === undefined ? null : toJson(bound.value);
    }
    case 'list':
      return value.items.map((item) => fillTemplate(item, lookup));
    case 'mapping':
      return Object.fromEntries(
        Array.from(value.entries.values(), (entry) => [
          entry.key,
          fillTemplate(entry.value, lookup),
        ]),
      );
  }
}

/** The parameters of a member as values that know where they are written, and for which axis value they were put in. */
export function substitute(value: Value, lookup: Lookup): Value {
  switch (value.type) {
    case 'scalar': {
      const name = placeholderName(value);
      const bound = name === null ? undefined : lookup(name);
      if (name === null || bound === undefined) return value;
      return {
        ...bound.value,
        substituted: {
          axis: name,
          valueName: bound.name,
          valueAt: bound.at,
          useAt: value.alias ?? value.at,
        },
      };
    }
    case 'list':
      return {
        ...value,
        items: value.items.map((item) => substitute(item, lookup)),
      };
    case 'mapping': {
      const entries = Array.from(
        value.entries.values(),
        (entry): [string, Entry] => [
          entry.key,
          { ...entry, value: substitute(entry.value, lookup) },
        ],
      );
      return { ...value, entries: new Map(entries) };
    }
  }
}
