import type { Type as Library } from 'typebox';

export type { Static, TObject, TSchema, TString, TUnsafe } from 'typebox';

type Options = Readonly<Record<string, unknown>>;
type Schema = Options;

/** A property that may be left out of a mapping. It does not show in the schema itself, but in its mapping's `required`. */
const optional = new WeakSet<object>();

const of =
  (type: string) =>
  (options: Options = {}): Schema => ({ type, ...options });

const builders = {
  Array: (items: Schema, options: Options = {}): Schema => ({
    type: 'array',
    items,
    ...options,
  }),
  Boolean: of('boolean'),
  Enum: (values: readonly unknown[], options: Options = {}): Schema => ({
    enum: values,
    ...options,
  }),
  Integer: of('integer'),
  Literal: (value: unknown, options: Options = {}): Schema => ({
    type: typeof value,
    const: value,
    ...options,
  }),
  Null: of('null'),
  Number: of('number'),
  Object: (
    properties: Readonly<Record<string, Schema>>,
    options: Options = {},
  ): Schema => {
    const required = Object.keys(properties).filter((name) => {
      const property = properties[name];
      return property !== undefined && !optional.has(property);
    });
    return {
      type: 'object',
      ...(required.length > 0 ? { required } : {}),
      properties,
      ...options,
    };
  },
  Optional: (schema: Schema): Schema => {
    // A copy: the same schema may be required elsewhere.
    const copy = { ...schema };
    optional.add(copy);
    return copy;
  },
  Record: (key: Schema, value: Schema, options: Options = {}): Schema => {
    const { pattern } = key;
    return {
      type: 'object',
      patternProperties: {
        [typeof pattern === 'string' ? pattern : '^.*$']: value,
      },
      ...options,
    };
  },
  String: of('string'),
  Union: (anyOf: readonly Schema[], options: Options = {}): Schema => ({
    anyOf,
    ...options,
  }),
  Unknown: (options: Options = {}): Schema => options,
  Unsafe: (schema: Schema): Schema => schema,
};

/**
 * Builds JSON Schemas that are typed by TypeBox. A process that only builds schemas does not load that library, which takes
 * longer than all else that a command loads; the tests hold this to what it builds.
 */
export const Type = builders as unknown as Pick<
  typeof Library,
  keyof typeof builders
>;
