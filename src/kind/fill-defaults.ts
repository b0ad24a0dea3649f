import type { TSchema } from '../util/type.ts';
import { isJsonObject, type Json } from '../util/json.ts';
import { VARIANTS_MARK } from './schema.ts';

type Node = TSchema & {
  readonly type?: string;
  readonly default?: Json;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly items?: Node | readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly [VARIANTS_MARK]?: Readonly<Record<string, Node>>;
};

/** The variant of a tagged union that a value names, or undefined. */
export function chosenVariant(
  schema: TSchema,
  value: Json,
): TSchema | undefined {
  const variants = (schema as Node)[VARIANTS_MARK];
  if (variants === undefined || !isJsonObject(value)) return undefined;
  const tag = value['type'];
  return typeof tag === 'string' && Object.hasOwn(variants, tag)
    ? variants[tag]
    : undefined;
}

/**
 * A copy of `value` in which every missing property with a default has it, inside nested mappings, lists, the chosen
 * variant of a tagged union and the one alternative of a union that takes a mapping or a list too. Values that don't fit
 * the schema are left as they are: checking is somebody else's work.
 */
export function fillDefaults(schema: TSchema, value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  const variant = chosenVariant(schema, value);
  if (variant !== undefined) return fillDefaults(variant, value);
  const { properties, patternProperties, items, anyOf } = schema as Node;
  if (anyOf !== undefined) {
    const fitting = anyOf.filter((one) => takes(one, value));
    const [only] = fitting;
    return only === undefined || fitting.length > 1
      ? value
      : fillDefaults(only, value);
  }
  if (!isJsonObject(value)) {
    return value.map((item, index) => {
      const own = Array.isArray(items)
        ? (items as readonly Node[])[index]
        : (items as Node | undefined);
      return own === undefined ? item : fillDefaults(own, item);
    });
  }
  if (properties === undefined) {
    const every = Object.values(patternProperties ?? {})[0];
    return every === undefined
      ? value
      : Object.fromEntries(
          Object.entries(value).map(([name, item]) => [
            name,
            fillDefaults(every, item),
          ]),
        );
  }
  const filled: Record<string, Json> = { ...value };
  for (const [name, property] of entriesOf(properties)) {
    const given = Object.hasOwn(filled, name) ? filled[name] : property.default;
    if (typeof given === 'object' && given !== null) {
      filled[name] = fillDefaults(property, given);
    } else if (given !== undefined) {
      filled[name] = given;
    }
  }
  return filled;
}

/** Properties of schemas as lists: a plan of thousands of nodes goes through the same ones again and again. */
const entries = new WeakMap<object, readonly (readonly [string, Node])[]>();
function entriesOf(
  properties: Readonly<Record<string, Node>>,
): readonly (readonly [string, Node])[] {
  const known = entries.get(properties);
  if (known !== undefined) return known;
  const found = Object.entries(properties);
  entries.set(properties, found);
  return found;
}

/** Whether a schema is one of mappings, or of lists, as the value is. */
const takes = (schema: Node, value: Json): boolean =>
  isJsonObject(value)
    ? schema.type === 'object' || VARIANTS_MARK in schema
    : schema.type === 'array';
