import {
  Type,
  type Static,
  type TObject,
  type TSchema,
  type TUnsafe,
} from '../util/type.ts';

/** Marks a parameter as the path of a file or folder: resolved against the file it is written in, left out of the key. */
export const PATH_MARK = 'x-path';

/** A path parameter. */
export const Path = (options: { description: string }) =>
  Type.String({ minLength: 1, [PATH_MARK]: true, ...options });

/** Keyword under which a tagged union keeps its variants: tag value -> schema of the whole object, tag included. */
export const VARIANTS_MARK = 'x-variants';

/**
 * A mapping whose `type` chooses its other settings: `{ type: cosine-softmax, temperature: 0.05 }`.
 *
 * Validation looks the `type` up first and then checks against that variant alone, so that messages are about the
 * variant that was meant.
 *
 * @param variants tag value -> settings beside `type`.
 */
export function Tagged<const V extends Readonly<Record<string, TObject>>>(
  variants: V,
  options: { description: string; default?: unknown },
): TUnsafe<
  { [K in keyof V & string]: { type: K } & Static<V[K]> }[keyof V & string]
> {
  const schemas: Record<string, TSchema> = {};
  for (const [tag, settings] of Object.entries(variants)) {
    schemas[tag] = Type.Object(
      { type: Type.Literal(tag), ...settings.properties },
      { additionalProperties: false },
    );
  }
  return Type.Unsafe({
    type: 'object',
    required: ['type'],
    [VARIANTS_MARK]: schemas,
    oneOf: Object.values(schemas),
    ...options,
  });
}
