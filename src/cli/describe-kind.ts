import { schemaAsJson } from '../kind/emit-schema.ts';
import type { AnyKind, Slot } from '../kind/kind.ts';
import { PATH_MARK, VARIANTS_MARK } from '../kind/schema.ts';
import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';
import { neutralOf } from '../util/neutral.ts';

const WIDTH = 80;

/** Breaks a paragraph into lines of at most `WIDTH` columns, each after `indent` spaces. */
function wrapped(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  if (line !== '') lines.push(line);
  return lines.map((one) => ' '.repeat(indent) + one);
}

const asText = (value: Json | undefined): string => JSON.stringify(value);

/** `number ≥ 0`, `"train" | "tune"`, `list of integer`. */
function typeText(schema: JsonObject): string {
  if (Array.isArray(schema['enum'])) {
    return (schema['enum'] as readonly Json[]).map(asText).join(' | ');
  }
  if (schema['const'] !== undefined) return asText(schema['const']);
  const alternatives = schema['anyOf'];
  if (Array.isArray(alternatives)) {
    return (alternatives as readonly Json[])
      .map((one) => (isJsonObject(one) ? typeText(one) : ''))
      .join(' | ');
  }
  if (VARIANTS_MARK in schema) return 'mapping with a "type"';
  if (PATH_MARK in schema) return 'path';
  const { items } = schema;
  if (isJsonObject(items)) return `list of ${typeText(items)}`;
  const type = typeof schema['type'] === 'string' ? schema['type'] : 'value';
  const bounds = [
    ['minimum', '≥'],
    ['exclusiveMinimum', '>'],
    ['maximum', '≤'],
    ['exclusiveMaximum', '<'],
  ].flatMap(([key, sign]) =>
    key !== undefined && key in schema
      ? [`${sign} ${asText(schema[key])}`]
      : [],
  );
  const name = type === 'object' ? 'mapping' : type;
  return bounds.length === 0 ? name : `${name} ${bounds.join(', ')}`;
}

function propertyLines(
  name: string,
  schema: JsonObject,
  required: boolean,
  indent: number,
): string[] {
  const preset =
    'default' in schema
      ? `, default ${asText(schema['default'])}`
      : required
        ? ', required'
        : ', optional';
  const plain = neutralOf(schema);
  const neutral =
    plain === undefined
      ? ''
      : `, ${asText(plain.value)} is ${plain.variant ?? 'neutral'}`;
  const description = schema['description'];
  return [
    `${' '.repeat(indent)}${name}: ${typeText(schema)}${preset}${neutral}`,
    ...(typeof description === 'string'
      ? wrapped(description, indent + 4)
      : []),
    ...nestedLines(schema, indent + 4),
  ];
}

function objectLines(schema: JsonObject, indent: number): string[] {
  const { properties, required } = schema;
  if (!isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([name, property]) =>
    isJsonObject(property) && !('const' in property)
      ? propertyLines(
          name,
          property,
          Array.isArray(required) &&
            (required as readonly Json[]).includes(name),
          indent,
        )
      : [],
  );
}

function nestedLines(schema: JsonObject, indent: number): string[] {
  const variants = schema[VARIANTS_MARK];
  if (isJsonObject(variants)) {
    return Object.entries(variants).flatMap(([tag, variant]) =>
      isJsonObject(variant)
        ? [
            `${' '.repeat(indent)}type: ${tag}`,
            ...objectLines(variant, indent + 4),
          ]
        : [],
    );
  }
  const { items, anyOf } = schema;
  if (Array.isArray(anyOf)) {
    return (anyOf as readonly Json[]).flatMap((one) =>
      isJsonObject(one) ? nestedLines(one, indent) : [],
    );
  }
  return isJsonObject(items)
    ? nestedLines(items, indent)
    : objectLines(schema, indent);
}

const slotLines = (name: string, slot: Slot): string[] => [
  `  ${name}: ${slot.accepts.join(' or ')}${slot.collects ? ', one or many' : ''}`,
  ...wrapped(slot.description, 6),
];

/** A kind as a page of text: what it does, its inputs, its parameters with units and defaults. */
export function describeKind(kind: AnyKind): string {
  const params = schemaAsJson(kind.params);
  const parameterLines = isJsonObject(params) ? objectLines(params, 2) : [];
  const slots = Object.entries(kind.inputs).flatMap(([name, slot]) =>
    slotLines(name, slot),
  );
  if (kind.openInputs !== undefined) {
    const names =
      kind.openInputs.mayBeNone === true ? 'any name, or none' : 'any name';
    slots.push(...slotLines(names, kind.openInputs));
  }
  return [
    `${kind.name} (version ${kind.version})`,
    ...wrapped(kind.summary, 2),
    '',
    'inputs',
    ...(slots.length === 0 ? ['  none'] : slots),
    '',
    `output: ${kind.output}`,
    '',
    'params',
    ...(parameterLines.length === 0 ? ['  none'] : parameterLines),
    '',
  ].join('\n');
}

/** A kind as data, for `--json`. */
export const kindAsJson = (kind: AnyKind): Json => ({
  name: kind.name,
  version: kind.version,
  summary: kind.summary,
  inputs: Object.fromEntries(
    Object.entries(kind.inputs).map(([name, slot]) => [name, slotAsJson(slot)]),
  ),
  openInputs:
    kind.openInputs === undefined
      ? null
      : {
          ...slotAsJson(kind.openInputs),
          mayBeNone: kind.openInputs.mayBeNone === true,
        },
  output: kind.output,
  params: schemaAsJson(kind.params),
});

const slotAsJson = ({ accepts, collects, description }: Slot): JsonObject => ({
  accepts,
  collects,
  description,
});
