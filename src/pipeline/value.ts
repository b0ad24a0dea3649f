import type { Span } from '../diagnostics/diagnostic.ts';
import type { Json } from '../util/json.ts';

/** What a scalar of YAML's core schema can be. */
export type Scalar = null | boolean | number | string;

/** Where a value stands, and how it got where it is used. */
interface Located {
  /** The value itself: where it was written, which for an alias is at the anchor. */
  readonly at: Span;
  /** The alias through which the value is used here. */
  readonly alias?: Span;
  /** The `${name}` that the value was put in for. */
  readonly substituted?: Substitution;
}

/** Why a value stands where `${name}` was written. */
export interface Substitution {
  readonly axis: string;
  readonly valueName: string;
  /** The axis value in its axis. */
  readonly valueAt: Span;
  /** The `${name}`. */
  readonly useAt: Span;
}

export interface ScalarValue extends Located {
  readonly type: 'scalar';
  readonly value: Scalar;
  /** As written; without the quotes where it is quoted. */
  readonly text: string;
  readonly isQuoted: boolean;
}

export interface ListValue extends Located {
  readonly type: 'list';
  readonly items: readonly Value[];
}

export interface Entry {
  readonly key: string;
  readonly keyAt: Span;
  readonly value: Value;
}

export interface MappingValue extends Located {
  readonly type: 'mapping';
  /** In the order of the file. */
  readonly entries: ReadonlyMap<string, Entry>;
}

/** A value of a pipeline file that knows where it was written, through aliases, includes, profiles and `--set`. */
export type Value = ScalarValue | ListValue | MappingValue;

/**
 * Whether the value is an alias that leads nowhere. It counts as nothing, and whatever would be said of it is a
 * consequence of what was said already.
 */
export const isBroken = (value: Value): boolean =>
  value.type === 'scalar' && value.value === null && value.text.startsWith('*');

/** Whether nothing, `null` or `~` is written there. */
export const isNull = (value: Value): boolean =>
  value.type === 'scalar' && value.value === null;

/** The value as plain data. */
export function toJson(value: Value): Json {
  switch (value.type) {
    case 'scalar':
      return value.value;
    case 'list':
      return value.items.map(toJson);
    case 'mapping':
      return Object.fromEntries(
        Array.from(value.entries.values(), (entry) => [
          entry.key,
          toJson(entry.value),
        ]),
      );
  }
}

/** The part of a key or of a scalar from `start` to `end` (offsets into its text), or all of it where quotes hide that. */
export function partOf(
  at: Span,
  text: string,
  start: number,
  end: number,
): Span {
  const shift = at.file.text.startsWith(text, at.start)
    ? 0
    : at.file.text.startsWith(text, at.start + 1)
      ? 1
      : null;
  return shift === null
    ? at
    : {
        file: at.file,
        start: at.start + shift + start,
        end: at.start + shift + Math.max(end, start),
      };
}
