import { dirname, resolve } from 'node:path';
import type { TSchema } from '../util/type.ts';
import type { SourceFile } from '../diagnostics/diagnostic.ts';
import { chosenVariant } from '../kind/fill-defaults.ts';
import type { VARIANTS_MARK } from '../kind/schema.ts';
import { PATH_MARK } from '../kind/schema.ts';
import { isJsonObject, type Json } from '../util/json.ts';
import { SET_FILE } from './set-argument.ts';
import type { Value } from './value.ts';

type Node = TSchema & {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node | readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly [VARIANTS_MARK]?: Readonly<Record<string, Node>>;
};

/** Folder against which relative paths that stand in a file are meant; on the command line that is the current one. */
export const baseFolder = (file: SourceFile): string =>
  file.path === SET_FILE ? resolve('.') : dirname(resolve(file.path));

const marked = new WeakMap<TSchema, boolean>();

/** Whether a schema has a path parameter anywhere. */
export function hasPaths(schema: TSchema): boolean {
  const known = marked.get(schema);
  if (known !== undefined) return known;
  const found = JSON.stringify(schema).includes(`"${PATH_MARK}"`);
  marked.set(schema, found);
  return found;
}

/**
 * Parameters whose paths are absolute.
 *
 * @param params valid, defaults filled in.
 * @param value the same as they are written; undefined for what a default has put in.
 */
export function resolvePaths(
  schema: TSchema,
  params: Json,
  value: Value | undefined,
): Json {
  const variant = chosenVariant(schema, params);
  if (variant !== undefined) return resolvePaths(variant, params, value);
  const { properties, items, anyOf } = schema as Node;
  if (typeof params === 'string' && value !== undefined) {
    const isPath =
      PATH_MARK in schema || anyOf?.some((one) => PATH_MARK in one) === true;
    return isPath ? resolve(baseFolder(value.at.file), params) : params;
  }
  if (anyOf !== undefined) {
    return anyOf.reduce(
      (resolved: Json, one) => resolvePaths(one, resolved, value),
      params,
    );
  }
  if (Array.isArray(params)) {
    return (params as readonly Json[]).map((item, index) => {
      const itemSchema = Array.isArray(items)
        ? (items as readonly Node[])[index]
        : (items as Node | undefined);
      const below = value?.type === 'list' ? value.items[index] : undefined;
      return itemSchema === undefined
        ? item
        : resolvePaths(itemSchema, item, below);
    });
  }
  if (!isJsonObject(params)) return params;
  return Object.fromEntries(
    Object.entries(params).map(([name, item]) => {
      const below =
        value?.type === 'mapping' ? value.entries.get(name)?.value : undefined;
      const own =
        properties !== undefined && Object.hasOwn(properties, name)
          ? properties[name]
          : otherProperty(schema, name);
      return [name, own === undefined ? item : resolvePaths(own, item, below)];
    }),
  );
}

/** Schema of a key that has none of its own, in a mapping with keys of the user's choice. */
function otherProperty(schema: Node, name: string): Node | undefined {
  for (const [pattern, one] of Object.entries(schema.patternProperties ?? {})) {
    if (new RegExp(pattern, 'u').test(name)) return one;
  }
  return typeof schema.additionalProperties === 'object'
    ? schema.additionalProperties
    : undefined;
}
