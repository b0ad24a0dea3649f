import { isJsonObject, type Json } from '../util/json.ts';

/** Characters of a value that are shown. */
const SHOWN = 40;

const NOTHING = 'nothing';

function shown(value: Json | undefined): string {
  if (value === undefined) return NOTHING;
  const text = JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** A place where two values differ; a side that has nothing there lacks the property. */
export interface Difference {
  readonly part: string;
  readonly before?: Json;
  readonly now?: Json;
}

/** A place where two values differ, or null where they don't: nothing is left `undefined` in what programs get. */
export function differenceAt(
  part: string,
  before: Json | undefined,
  now: Json | undefined,
): Difference | null {
  if (before === now) return null;
  return {
    part,
    ...(before === undefined ? {} : { before }),
    ...(now === undefined ? {} : { now }),
  };
}

/** Old value against new: `0.1 -> 0.2`. */
export const changeText = ({ before, now }: Difference): string =>
  `${shown(before)} -> ${shown(now)}`;

/**
 * The places where two values differ. Mappings are compared name by name, lists of one length item by item, anything
 * else as a whole.
 *
 * @param path what the values are called.
 */
export function findDifferences(
  path: string,
  before: Json | undefined,
  now: Json | undefined,
): readonly Difference[] {
  if (isJsonObject(before) && isJsonObject(now)) {
    const names = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...names]
      .sort()
      .flatMap((name) =>
        findDifferences(
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
      findDifferences(
        `${path}[${index}]`,
        item,
        (now as readonly Json[])[index],
      ),
    );
  }
  const difference = differenceAt(path, before, now);
  return difference === null ? [] : [difference];
}

/** The same as sentences: `params.alpha 0.1 -> 0.2`. */
export const describeDifferences = (
  path: string,
  before: Json | undefined,
  now: Json | undefined,
): readonly string[] =>
  findDifferences(path, before, now).map(
    (difference) => `${difference.part} ${changeText(difference)}`,
  );
