import type { TSchema } from 'typebox';
import { isJsonObject, type Json } from '../util/json.ts';
import { VARIANTS_MARK } from './schema.ts';

type Node = TSchema & {
  readonly default?: Json;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
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
 * A copy of `value` in which every missing property with a default has it, inside nested mappings, lists and the chosen
 * variant of a tagged union too. Values that don't fit the schema are left as they are: checking is somebody else's work.
 */
export function fillDefaults(schema: TSchema, value: Json): Json {
  const variant = chosenVariant(schema, value);
  if (variant !== undefined) return fillDefaults(variant, value);
  const { properties, items } = schema as Node;
  if (properties !== undefined && isJsonObject(value)) {
    const filled: Record<string, Json> = { ...value };
    for (const [name, property] of Object.entries(properties)) {
      const given = Object.hasOwn(filled, name)
        ? filled[name]
        : property.default;
      if (given !== undefined) filled[name] = fillDefaults(property, given);
    }
    return filled;
  }
  if (items !== undefined && Array.isArray(value)) {
    return (value as readonly Json[]).map((item) => fillDefaults(items, item));
  }
  return value;
}
