import { isJsonObject, type Json } from '../util/json.ts';

/** Characters of a value that are shown. */
const SHOWN = 40;

const NOTHING = 'nothing';

function shown(value: Json | undefined): string {
  if (value === undefined) return NOTHING;
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/**
 * The places where two values differ, each as `params.alpha 0.1 -> 0.2`. Mappings are compared name by name, lists of
 * one length item by item, anything else as a whole.
 *
 * @param path what the values are called.
 */
export function describeDifferences(
  path: string,
  before: Json | undefined,
  now: Json | undefined,
): readonly string[] {
  if (isJsonObject(before) && isJsonObject(now)) {
    const names = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...names]
      .sort()
      .flatMap((name) =>
        describeDifferences(
          `${path}.${name}`,
          Object.hasOwn(before, name) ? before[name] : undefined,
          Object.hasOwn(now, name) ? now[name] : undefined,
        ),
      );
  }
  if (
    Array.isArray(before) &&
    Array.isArray(now) &&
    before.length === now.length
  ) {
    return (before as readonly Json[]).flatMap((item, index) =>
      describeDifferences(
        `${path}[${index}]`,
        item,
        (now as readonly Json[])[index],
      ),
    );
  }
  return before === now ? [] : [`${path} ${shown(before)} -> ${shown(now)}`];
}
