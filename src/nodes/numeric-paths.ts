import { isJsonObject, type Json, type JsonObject } from '../util/json.ts';

/**
 * Dotted paths of all numbers in nested mappings, in their order: `accuracy.test`. Lists are left out: they are series,
 * not numbers.
 */
export function numericPaths(value: JsonObject): string[] {
  return Object.entries(value).flatMap(([key, item]) => {
    if (typeof item === 'number') return [key];
    return isJsonObject(item)
      ? numericPaths(item).map((path) => `${key}.${path}`)
      : [];
  });
}

/**
 * What stands at a dotted path, or undefined. A key may have dots in it itself, as names of layers do: the longest key
 * that leads somewhere wins.
 */
export function valueAt(value: Json, path: string): Json | undefined {
  if (!isJsonObject(value)) return undefined;
  if (Object.hasOwn(value, path)) return value[path];
  for (
    let dot = path.lastIndexOf('.');
    dot > 0;
    dot = path.lastIndexOf('.', dot - 1)
  ) {
    const key = path.slice(0, dot);
    const item = Object.hasOwn(value, key) ? value[key] : undefined;
    const found =
      item === undefined ? undefined : valueAt(item, path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}
