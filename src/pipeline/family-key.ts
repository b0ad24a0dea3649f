import { axisBoundTwice } from '../diagnostics/catalogue/axes.ts';
import { nameInvalid } from '../diagnostics/catalogue/shape.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { parseBracketed, type Piece } from './bracketed.ts';
import { LIMITS } from './limits.ts';
import { partOf } from './value.ts';
import { AXIS_RULE, FAMILY_RULE, isAxisName, isFamilyName } from './words.ts';

/** An axis that a family binds: `loss`, or `a in loss`. */
export interface BindingKey {
  /** What the axis is called in this family and in the names of its members. */
  readonly name: string;
  readonly axis: string;
  readonly at: Span;
}

/** The key of a family: `train[loss, seed]`. */
export interface FamilyKey {
  readonly name: string;
  /** In the order of the key. Those that are wrong are left out. */
  readonly bindings: readonly BindingKey[];
  readonly at: Span;
}

const BINDING = /^(\S+)(?:\s+in\s+(\S+))?$/;
const FORM = 'A family is written "name" or "name[axis, other in axis]".';

/** Reads the key of a family, or null where not even its name can be read. */
export function parseFamilyKey(
  text: string,
  at: Span,
  problems: Problems,
): FamilyKey | null {
  // What is wrong with `${` in it is said already.
  if (text.includes('${')) return null;
  const parsed = parseBracketed(text);
  if (!parsed.ok) {
    const { why, start, end } = parsed.error;
    const place = partOf(at, text, start, end);
    problems.add(nameInvalid('family', text, `${why} ${FORM}`, place));
    return null;
  }
  const { name, items } = parsed.value;
  if (!isFamilyName(name.text)) {
    const place = partOf(at, text, name.start, name.end);
    problems.add(nameInvalid('family', name.text, FAMILY_RULE, place));
    return null;
  }
  if (items !== null && items.length > LIMITS.bindings) {
    const rule = `A family binds at most ${LIMITS.bindings} axes.`;
    problems.add(nameInvalid('family', text, rule, at));
    return null;
  }
  const bindings = new Map<string, BindingKey>();
  for (const item of items ?? []) {
    const place = partOf(at, text, item.start, item.end);
    const binding = parseBinding(item, place, problems);
    if (binding === null) continue;
    if (bindings.has(binding.name)) {
      problems.add(
        axisBoundTwice(binding.name, binding.axis, name.text, place),
      );
    } else {
      bindings.set(binding.name, binding);
    }
  }
  return { name: name.text, bindings: [...bindings.values()], at };
}

function parseBinding(
  item: Piece,
  at: Span,
  problems: Problems,
): BindingKey | null {
  const parts = BINDING.exec(item.text);
  const name = parts?.[1] ?? '';
  const axis = parts?.[2] ?? name;
  if (isAxisName(name) && isAxisName(axis)) return { name, axis, at };
  const rule = parts === null ? FORM : AXIS_RULE;
  problems.add(nameInvalid('axis', item.text, rule, at));
  return null;
}
