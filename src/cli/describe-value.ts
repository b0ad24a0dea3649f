import { isJsonObject, type Json } from '../util/json.ts';

/** Longer lists are cut, with their length said. */
const MAX_ITEMS = 12;

type Scalar = null | boolean | number | string;

const isScalar = (value: Json): value is Scalar =>
  value === null || typeof value !== 'object';

const scalarText = (value: Scalar): string =>
  typeof value === 'number' && !Number.isInteger(value)
    ? String(Number(value.toPrecision(6)))
    : String(value);

/** A value as people read it: one line a key, lists of scalars on one line, numbers to six digits. */
export function describeValue(value: Json, indent = 0): string[] {
  const margin = ' '.repeat(indent);
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([key, item]) => {
      const inline = inlineText(item);
      return inline === null
        ? [`${margin}${key}:`, ...describeValue(item, indent + 2)]
        : [`${margin}${key}: ${inline}`];
    });
  }
  if (!isScalar(value)) {
    const lines = value
      .slice(0, MAX_ITEMS)
      .flatMap((item) =>
        isScalar(item)
          ? [`${margin}- ${scalarText(item)}`]
          : [
              `${margin}- ${inlineText(item) ?? describeValue(item, 0).join(', ')}`,
            ],
      );
    return value.length > MAX_ITEMS
      ? [...lines, `${margin}… ${value.length - MAX_ITEMS} more`]
      : lines;
  }
  return [`${margin}${scalarText(value)}`];
}

/** Scalars and short lists of scalars fit on the line of their key. */
function inlineText(value: Json): string | null {
  if (isJsonObject(value)) return Object.keys(value).length === 0 ? '{}' : null;
  if (isScalar(value)) return scalarText(value);
  if (!value.every(isScalar)) return null;
  const shown = value.slice(0, MAX_ITEMS).map(scalarText).join(', ');
  return value.length > MAX_ITEMS
    ? `[${shown}, … ${value.length - MAX_ITEMS} more]`
    : `[${shown}]`;
}
