import { isJsonObject, type Json } from './json.ts';

/** Keyword under which a schema keeps the value at which its setting is as if there were none. */
export const NEUTRAL_MARK = 'x-neutral';

/** The value of a setting that changes nothing. */
export interface NeutralValue {
  readonly value: Json;
  /** What a tagged mapping with that value is, by its `type`; without it, the setting is merely as if it weren't there. */
  readonly variant?: string;
}

/**
 * Declares the neutral value of a setting, among the options of its schema:
 *
 *     Type.Number({ minimum: 0, default: 0.1, ...neutral(0, 'softmax') })
 *
 * A setting with its neutral value is not in a run's key. A setting that is new, and neutral where nobody gives it,
 * therefore invalidates nothing.
 *
 * @param value the setting's value; of a mapping its settings, those left out having their own neutral values.
 * @param variant in a variant of a tagged union: the `type` that the mapping then has. Its other settings are that one's too.
 */
export const neutral = (
  value: Json,
  variant?: string,
): { readonly [NEUTRAL_MARK]: NeutralValue } => ({
  [NEUTRAL_MARK]: variant === undefined ? { value } : { value, variant },
});

/** The neutral value that a schema declares, if it does. */
export const neutralOf = (
  schema: object | undefined,
): NeutralValue | undefined =>
  (schema as { readonly [NEUTRAL_MARK]?: NeutralValue } | undefined)?.[
    NEUTRAL_MARK
  ];

/** Whether two values are the same, whatever the order of the keys of their mappings. */
export function isSameJson(a: Json, b: Json): boolean {
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      (a as readonly Json[]).every((item, index) =>
        isSameJson(item, (b as readonly Json[])[index] ?? null),
      )
    );
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => {
      const [left, right] = [a[name], b[name]];
      return (
        left !== undefined && right !== undefined && isSameJson(left, right)
      );
    })
  );
}
