import type { TSchema } from '../util/type.ts';
import { chosenVariant, fillDefaults } from '../kind/fill-defaults.ts';
import { PATH_MARK } from '../kind/schema.ts';
import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';
import { isSameJson, neutralOf } from '../util/neutral.ts';

type Node = TSchema & {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly [PATH_MARK]?: boolean;
};

const isPath = (schema: Node | undefined): boolean =>
  schema?.[PATH_MARK] === true;

/** Whether a setting, as the key would have it, is as if it weren't there. */
function isNeutral(schema: Node | undefined, value: Json): boolean {
  const neutral = neutralOf(schema);
  if (schema === undefined || neutral === undefined) return false;
  return isSameJson(
    value,
    without(schema, fillDefaults(schema, neutral.value)),
  );
}

function without(schema: Node | undefined, value: Json): Json {
  if (schema === undefined) return value;
  const variant = chosenVariant(schema, value);
  if (variant !== undefined) return without(variant, value);
  if (isJsonObject(value)) {
    const { properties = {}, patternProperties = {} } = schema;
    // Mappings with names of the user's choice have one schema for all.
    const [every] = Object.values(patternProperties);
    let isSame = true;
    const kept: Record<string, Json> = {};
    for (const [name, entry] of Object.entries(value)) {
      const own = Object.hasOwn(properties, name) ? properties[name] : every;
      if (isPath(own)) {
        isSame = false;
        // A name that the user chose says something; that there is a path under a name of ours says nothing.
        if (own === every) kept[name] = null;
        continue;
      }
      const inner = without(own, entry);
      if (isNeutral(own, inner)) isSame = false;
      else kept[name] = inner;
      if (inner !== entry) isSame = false;
    }
    // The same object where nothing is left out: a plan has tens of thousands of them.
    return isSame ? value : kept;
  }
  if (Array.isArray(value)) {
    return isPath(schema.items)
      ? []
      : (value as readonly Json[]).map((item) => without(schema.items, item));
  }
  return value;
}

/**
 * A node's parameters as its key sees them, at any depth:
 *
 * - without those that are paths (in mappings with names of the user's choice the names stay): what lies there enters the
 *   key through the kind's `files`, so moved data is no change;
 * - without those that have their neutral value, so that a new setting which is neutral by default changes no key.
 */
export const paramsForKey = (schema: TSchema, params: JsonObject): JsonObject =>
  without(schema, params) as JsonObject;
