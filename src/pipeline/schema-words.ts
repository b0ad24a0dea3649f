import { counted, joined, quoted } from '../diagnostics/text.ts';
import { PATH_MARK, VARIANTS_MARK } from '../kind/schema.ts';
import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';

/** A literal of a schema as messages show it. */
export const literal = (value: Json): string =>
  typeof value === 'string' ? quoted(value) : JSON.stringify(value);

const numberOf = (value: Json | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

/** The schemas of a list of alternatives, or undefined. */
export const alternativesOf = (
  schema: JsonObject,
): readonly JsonObject[] | undefined => {
  const { anyOf, oneOf } = schema;
  const list = anyOf ?? oneOf;
  return Array.isArray(list)
    ? (list as readonly Json[]).filter(isJsonObject)
    : undefined;
};

/** The values that a schema lists, where it lists them: an enumeration, or alternatives that are one value each. */
export function choicesOf(schema: JsonObject): readonly Json[] | undefined {
  if (Array.isArray(schema['enum'])) return schema['enum'] as readonly Json[];
  const constant = schema['const'];
  if (constant !== undefined) return [constant];
  const alternatives = alternativesOf(schema)?.map(choicesOf);
  return alternatives?.every((one) => one !== undefined)
    ? alternatives.flat()
    : undefined;
}

/** What a schema wants, as messages say it: `a number of at least 0`, `"biased" or "unbiased"`. */
export function wanted(schema: JsonObject): string {
  const variants = schema[VARIANTS_MARK];
  if (isJsonObject(variants)) return 'a mapping with a "type"';
  const choices = choicesOf(schema);
  if (choices !== undefined) return joined(choices.map(literal), 'or');
  const alternatives = alternativesOf(schema);
  if (alternatives !== undefined) {
    return joined([...new Set(alternatives.map(wanted))], 'or');
  }
  switch (schema['type']) {
    case 'number':
      return `a number${rangeOf(schema)}`;
    case 'integer':
      return `a whole number${rangeOf(schema)}`;
    case 'string':
      return PATH_MARK in schema ? 'a path' : `text${lengthOf(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return `a list${countOf(schema, 'minItems', 'maxItems', 'entry')}`;
    case 'object':
      return `a mapping${countOf(schema, 'minProperties', 'maxProperties', 'key')}`;
    default:
      return 'as its description says';
  }
}

function rangeOf(schema: JsonObject): string {
  const [from, above, to, below] = [
    'minimum',
    'exclusiveMinimum',
    'maximum',
    'exclusiveMaximum',
  ].map((key) => numberOf(schema[key]));
  const step = numberOf(schema['multipleOf']);
  const range =
    from !== undefined && to !== undefined
      ? [`from ${from} to ${to}`]
      : [
          from === undefined ? [] : [`of at least ${from}`],
          above === undefined ? [] : [`above ${above}`],
          to === undefined ? [] : [`of at most ${to}`],
          below === undefined ? [] : [`below ${below}`],
        ].flat();
  const parts = [
    ...(range.length === 0 ? [] : [range.join(' and ')]),
    ...(step === undefined ? [] : [`that is a multiple of ${step}`]),
  ];
  return parts.map((part) => ` ${part}`).join('');
}

function lengthOf(schema: JsonObject): string {
  const [least, most] = [
    numberOf(schema['minLength']),
    numberOf(schema['maxLength']),
  ];
  const pattern = schema['pattern'];
  const parts = [
    least === 1 && most === undefined ? ' that is not empty' : '',
    least !== undefined && (least > 1 || most !== undefined)
      ? ` of at least ${counted(least, 'character')}`
      : '',
    most === undefined ? '' : ` of at most ${counted(most, 'character')}`,
    typeof pattern === 'string' ? ` that matches ${pattern}` : '',
  ];
  return parts.join('');
}

function countOf(
  schema: JsonObject,
  least: string,
  most: string,
  noun: 'entry' | 'key',
): string {
  const [from, to] = [numberOf(schema[least]), numberOf(schema[most])];
  const many = (count: number): string =>
    noun === 'entry'
      ? `${count} ${count === 1 ? 'entry' : 'entries'}`
      : counted(count, noun);
  const distinct = schema['uniqueItems'] === true ? ' without repetition' : '';
  if (from !== undefined && from === to) return ` of ${many(from)}${distinct}`;
  const parts = [
    ...(from === undefined || from === 0 ? [] : [`at least ${many(from)}`]),
    ...(to === undefined ? [] : [`at most ${many(to)}`]),
  ];
  return `${parts.length === 0 ? '' : ` of ${parts.join(' and ')}`}${distinct}`;
}
