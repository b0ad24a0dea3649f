import type { TSchema } from '../util/type.ts';
import { isJsonObject, type Json } from '../util/json.ts';
import { isSameJson, NEUTRAL_MARK, neutralOf } from '../util/neutral.ts';
import { chosenVariant, fillDefaults } from './fill-defaults.ts';

type Node = TSchema & {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly items?: Node | readonly Node[];
};

const marked = new WeakMap<TSchema, boolean>();

/** Whether a neutral value anywhere in a schema makes one variant of a tagged union another. */
function canSimplify(schema: TSchema): boolean {
  const known = marked.get(schema);
  if (known !== undefined) return known;
  const text = JSON.stringify(schema);
  const found =
    text.includes(`"${NEUTRAL_MARK}"`) && text.includes('"variant"');
  marked.set(schema, found);
  return found;
}

/**
 * Parameters in which each tagged mapping is of the plainest type that means the same:
 * `{ type: label-smoothing, alpha: 0 }` is `{ type: softmax }`.
 *
 * This is what a kind's `run` gets, so that both leave the same artifact, whichever ran first.
 *
 * @param params valid, defaults filled in.
 */
export const simplify = (schema: TSchema, params: Json): Json =>
  canSimplify(schema) ? simplified(schema, params) : params;

function simplified(schema: Node, value: Json): Json {
  if (Array.isArray(value)) {
    const { items } = schema;
    return (value as readonly Json[]).map((item, index) => {
      const own = Array.isArray(items)
        ? (items as readonly Node[])[index]
        : (items as Node | undefined);
      return own === undefined ? item : simplified(own, item);
    });
  }
  if (!isJsonObject(value)) return value;
  const variant: Node | undefined = chosenVariant(schema, value);
  const { properties = {}, patternProperties = {} } = variant ?? schema;
  if (variant !== undefined) {
    for (const [name, property] of Object.entries(properties)) {
      const neutral = neutralOf(property);
      const own = value[name];
      if (neutral?.variant === undefined || own === undefined) continue;
      if (!isSameJson(own, neutral.value)) continue;
      const rest = Object.entries(value).filter(([key]) => key !== name);
      const plainer = { ...Object.fromEntries(rest), type: neutral.variant };
      return simplified(schema, fillDefaults(schema, plainer));
    }
  }
  const [other] = Object.values(patternProperties);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const own = Object.hasOwn(properties, name) ? properties[name] : other;
      return [name, own === undefined ? item : simplified(own, item)];
    }),
  );
}
