import { resolve } from 'node:path';
import { PATH_MARK, VARIANTS_MARK } from '../kind/schema.ts';
import type { TSchema } from '../util/type.ts';
import { Problems } from '../diagnostics/problems.ts';
import type { Registry } from '../kind/registry.ts';
import { readFamily, type Family } from './family.ts';
import type { FamilyKey } from './family-key.ts';
import type { Draft } from './overlay.ts';
import { placeholderName } from './placeholders.ts';
import { readAxis } from './read-axes.ts';
import { resolveAllInputs } from './resolve-inputs.ts';
import { baseFolder } from './resolve-paths.ts';
import { resolveAllPicks, type PicksOf } from './resolve-picks.ts';
import type { Entry, ScalarValue, Value } from './value.ts';

type Node = TSchema & {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly items?: Node | readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly [VARIANTS_MARK]?: Readonly<Record<string, Node>>;
  readonly [PATH_MARK]?: boolean;
};

/** What a value is checked against: several, where an axis stands in several places. */
type Schemas = readonly Node[];

const WIDTH = 100;

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;
/** Words that are something else than text where they stand without quotes. */
const RESERVED = /^(?:true|false|null|y|n|yes|no|on|off)$/i;

/** Text as YAML: JSON's quotes are YAML's. */
const textOf = (text: string): string =>
  PLAIN.test(text) && !RESERVED.test(text) ? text : JSON.stringify(text);

/** What the alternatives at a place are, for the value that stands there. */
const alternatives = (schemas: Schemas, value: Value): Schemas =>
  schemas.flatMap((schema): Schemas => {
    if (schema.anyOf !== undefined) return alternatives(schema.anyOf, value);
    const variants = schema[VARIANTS_MARK];
    if (variants === undefined) return [schema];
    const type =
      value.type === 'mapping' ? value.entries.get('type')?.value : undefined;
    const name = type?.type === 'scalar' ? type.text : '';
    const variant = Object.hasOwn(variants, name) ? variants[name] : undefined;
    return variant === undefined ? [] : [variant];
  });

const under = (schemas: Schemas, key: string): Schemas =>
  schemas.flatMap(({ properties = {}, patternProperties = {} }) => {
    const own = Object.hasOwn(properties, key)
      ? properties[key]
      : Object.values(patternProperties)[0];
    return own === undefined ? [] : [own];
  });

const itemsAt = (schemas: Schemas, index: number): Schemas =>
  schemas.flatMap(({ items }) => {
    const own = Array.isArray(items)
      ? (items as readonly Node[])[index]
      : (items as Node | undefined);
    return own === undefined ? [] : [own];
  });

/** Numbers stay as they are written: in an axis they are names. Paths become absolute, since the text may be put elsewhere. */
function scalarText(value: ScalarValue, schemas: Schemas): string {
  if (value.value === null) return 'null';
  if (typeof value.value !== 'string') return value.text;
  const isPath = schemas.some((schema) => schema[PATH_MARK] === true);
  return isPath && placeholderName(value) === null
    ? JSON.stringify(resolve(baseFolder(value.at.file), value.value))
    : textOf(value.value);
}

/** A value on one line. */
function flow(value: Value, schemas: Schemas): string {
  const own = alternatives(schemas, value);
  switch (value.type) {
    case 'scalar':
      return scalarText(value, own);
    case 'list':
      return `[${value.items.map((item, index) => flow(item, itemsAt(own, index))).join(', ')}]`;
    case 'mapping': {
      const entries = Array.from(
        value.entries.values(),
        (entry) =>
          `${textOf(entry.key)}: ${flow(entry.value, under(own, entry.key))}`,
      );
      return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
    }
  }
}

/** A key with its value, over as many lines as it takes. */
function entryText(
  key: string,
  value: Value,
  schemas: Schemas,
  indent: string,
): string {
  const line = `${indent}${key}: ${flow(value, schemas)}\n`;
  if (line.length <= WIDTH || value.type === 'scalar') return line;
  const own = alternatives(schemas, value);
  const inner = `${indent}  `;
  const parts =
    value.type === 'list'
      ? value.items.map(
          (item, index) => `${inner}- ${flow(item, itemsAt(own, index))}\n`,
        )
      : Array.from(value.entries.values(), (entry) =>
          entryText(
            textOf(entry.key),
            entry.value,
            under(own, entry.key),
            inner,
          ),
        );
  return `${indent}${key}:\n${parts.join('')}`;
}

/** `train[loss, a in loss]`. */
const familyKeyText = ({ name, bindings }: FamilyKey): string =>
  bindings.length === 0
    ? name
    : `${name}[${bindings
        .map((one) =>
          one.name === one.axis ? one.name : `${one.name} in ${one.axis}`,
        )
        .join(', ')}]`;

/** The places at which the values of axes are put in, by axis. */
function placesOf(
  families: readonly Family[],
  picksOf: PicksOf,
): ReadonlyMap<string, Schemas> {
  const places = new Map<string, Node[]>();
  const visit = (family: Family, value: Value, schemas: Schemas): void => {
    const own = alternatives(schemas, value);
    switch (value.type) {
      case 'scalar': {
        const name = placeholderName(value);
        if (name === null) return;
        const binding = family.bindings.find((one) => one.name === name);
        const axes =
          binding === undefined
            ? (picksOf.get(family)?.axes.get(name) ?? [])
            : [binding.axis];
        for (const axis of axes) {
          const known = places.get(axis.name) ?? [];
          places.set(axis.name, known);
          for (const one of schemas) if (!known.includes(one)) known.push(one);
        }
        return;
      }
      case 'list':
        value.items.forEach((item, index) => {
          visit(family, item, itemsAt(own, index));
        });
        return;
      case 'mapping':
        for (const entry of value.entries.values()) {
          visit(family, entry.value, under(own, entry.key));
        }
    }
  };
  for (const family of families) {
    if (family.params === null || family.kind === null) continue;
    visit(family, family.params, [family.kind.params]);
  }
  return places;
}

/** Without members of values that an overlay has removed: they are out already, and nobody would know their names. */
function excludeText({ exclude, bindings }: Family): string {
  const items = (exclude?.items ?? []).filter(
    (item) =>
      item.type === 'mapping' &&
      Array.from(item.entries.values()).every(({ key, value }) =>
        bindings.some(
          ({ name, axis }) =>
            name === key &&
            value.type === 'scalar' &&
            axis.indexOf.has(value.text),
        ),
      ),
  );
  return items.length === 0
    ? ''
    : `    exclude:\n${items.map((item) => `      - ${flow(item, [])}\n`).join('')}`;
}

function familyText(
  { key, entry }: { readonly key: FamilyKey; readonly entry: Entry },
  family: Family,
): string {
  const settings =
    entry.value.type === 'mapping' ? [...entry.value.entries.values()] : [];
  return [
    `  ${familyKeyText(key)}:\n`,
    ...settings.map((setting) =>
      setting.key === 'exclude'
        ? excludeText(family)
        : entryText(
            setting.key,
            setting.value,
            setting.key === 'params' && family.kind ? [family.kind.params] : [],
            '    ',
          ),
    ),
  ].join('');
}

/** A claim without exceptions for rows that an overlay has removed, as for `exclude`. */
function withoutRows(claim: Value, isRemoved: (row: string) => boolean): Value {
  if (claim.type !== 'mapping') return claim;
  const entries = Array.from(claim.entries.values(), (entry): Entry => {
    const { key, value } = entry;
    if (key !== 'except' || value.type !== 'list') {
      return { ...entry, value: withoutRows(value, isRemoved) };
    }
    const items = value.items.filter(
      (item) => item.type !== 'scalar' || !isRemoved(item.text),
    );
    return { ...entry, value: { ...value, items } };
  });
  return { ...claim, entries: new Map(entries.map((one) => [one.key, one])) };
}

/**
 * A pipeline with all that it includes, its profiles and settings applied, as one file that means the same.
 *
 * @param draft with nothing wrong in it.
 * @param claims names of the claims that are left.
 * @param declared value names by axis before overlays.
 */
export function printPipeline(
  name: string,
  draft: Draft,
  registry: Registry,
  claims: ReadonlySet<string>,
  declared: ReadonlyMap<string, ReadonlySet<string>>,
): string {
  const problems = new Problems();
  const read = new Map(
    Array.from(draft.axes.values(), (entry) => [
      entry.key,
      readAxis(entry, problems),
    ]),
  );
  const families = Array.from(draft.families.values(), (one) =>
    readFamily(one, { axes: read, removed: draft.removed }, registry, problems),
  );
  const fed = resolveAllInputs(families, draft.removed, problems);
  const places = placesOf(
    families,
    resolveAllPicks(fed, draft.removed, registry, problems),
  );
  const byName = new Map(families.map((family) => [family.name, family]));
  const axes = Array.from(draft.axes.values(), ({ key, value }) => {
    const schemas = places.get(key) ?? [];
    if (value.type !== 'mapping') return entryText(key, value, schemas, '  ');
    const values = Array.from(value.entries.values(), (entry) =>
      entryText(textOf(entry.key), entry.value, schemas, '    '),
    );
    return `  ${key}:\n${values.join('')}`;
  });
  const nodes = Array.from(draft.families.values(), (one) => {
    const family = byName.get(one.key.name);
    return family === undefined ? '' : familyText(one, family);
  });
  const kept = [...draft.claims.values()].filter(({ key }) => claims.has(key));
  const there = new Set([...read.values()].flatMap((axis) => axis.valueNames));
  const isRemoved = (row: string): boolean =>
    !there.has(row) && [...declared.values()].some((values) => values.has(row));
  return [
    'pipeline: 1\n',
    `name: ${textOf(name)}\n`,
    ...(axes.length === 0 ? [] : ['\naxes:\n', ...axes]),
    '\nnodes:\n',
    nodes.join('\n'),
    ...(kept.length === 0 ? [] : ['\nclaims:\n']),
    ...kept.map(({ key, value }) =>
      entryText(textOf(key), withoutRows(value, isRemoved), [], '  '),
    ),
  ].join('');
}
