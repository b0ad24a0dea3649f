import {
  epochForm,
  referenceInvalid,
} from '../diagnostics/catalogue/references.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Problems } from '../diagnostics/problems.ts';
import { quoted } from '../diagnostics/text.ts';
import { parseBracketed, trimmed, type Piece } from './bracketed.ts';
import { LIMITS } from './limits.ts';
import { partOf } from './value.ts';
import { isAxisName, isFamilyName, isValueName } from './words.ts';

/** A word of a reference, with its place. */
export interface Word {
  readonly text: string;
  readonly at: Span;
}

/** `seed`, `loss=softmax`, `seed=*`, `seed=pair.left`. */
export interface ReferenceItem {
  readonly name: Word;
  /** Null where the bound axis of the same name is meant. */
  readonly value: Word | null;
  readonly at: Span;
}

/** A reference as it is written. */
export interface Reference {
  readonly family: Word;
  readonly items: readonly ReferenceItem[];
  /** `@epoch=10` behind it, or null. */
  readonly epoch: ReferenceItem | null;
  readonly at: Span;
}

/** Reads a reference, or reports everything that is wrong with its form. */
export function parseReference(
  text: string,
  at: Span,
  problems: Problems,
): Reference | null {
  // What is wrong with `${` in it is said already.
  if (text.includes('${')) return null;
  const mark = text.indexOf('@');
  const parsed = parseBracketed(mark === -1 ? text : text.slice(0, mark));
  if (!parsed.ok) {
    const { why, start, end } = parsed.error;
    problems.add(referenceInvalid(why, partOf(at, text, start, end)));
    return null;
  }
  const word = ({ text: one, start, end }: Piece): Word => ({
    text: one,
    at: partOf(at, text, start, end),
  });
  const family = word(parsed.value.name);
  if (!isFamilyName(family.text)) {
    const why = `${quoted(family.text)} can't be the name of a family.`;
    problems.add(referenceInvalid(why, family.at));
    return null;
  }
  if ((parsed.value.items?.length ?? 0) > LIMITS.bindings) {
    const why = `A reference names at most ${LIMITS.bindings} axes.`;
    problems.add(referenceInvalid(why, at));
    return null;
  }
  const items: ReferenceItem[] = [];
  let isWhole = true;
  for (const piece of parsed.value.items ?? []) {
    const item = parseItem(piece, word, problems);
    if (item === null) isWhole = false;
    else items.push(item);
  }
  const behind = trimmed(
    text,
    mark === -1 ? text.length : mark + 1,
    text.length,
  );
  const epoch = mark === -1 ? null : parseEpoch(behind, word, problems);
  if (epoch === undefined) return null;
  return isWhole ? { family, items, epoch, at } : null;
}

/** What stands behind the `@`; undefined where it is wrong. */
function parseEpoch(
  piece: Piece,
  word: (piece: Piece) => Word,
  problems: Problems,
): ReferenceItem | undefined {
  const [name = ''] = piece.text.split('=');
  if (name.trim() !== 'epoch') {
    const why = `Only an epoch can follow the "@", and this is ${quoted(piece.text)}.`;
    problems.add(epochForm(why, word(piece).at));
    return undefined;
  }
  return parseItem(piece, word, problems) ?? undefined;
}

function parseItem(
  piece: Piece,
  word: (piece: Piece) => Word,
  problems: Problems,
): ReferenceItem | null {
  const { at } = word(piece);
  if (piece.text === '') {
    problems.add(referenceInvalid('An axis is missing here.', at));
    return null;
  }
  const equals = piece.text.indexOf('=');
  const part = (from: number, to: number): Word => {
    const inner = trimmed(piece.text, from, to);
    return word({
      text: inner.text,
      start: piece.start + inner.start,
      end: piece.start + inner.end,
    });
  };
  const length = piece.text.length;
  const name = part(0, equals === -1 ? length : equals);
  const value = equals === -1 ? null : part(equals + 1, length);
  if (!isAxisName(name.text)) {
    const why = `${quoted(name.text)} can't be the name of an axis.`;
    problems.add(referenceInvalid(why, name.at));
    return null;
  }
  if (value !== null && value.text !== '*' && !isValueName(value.text)) {
    const why =
      value.text === ''
        ? `There is no value behind ${quoted(`${name.text}=`)}.`
        : `${quoted(value.text)} can't be the name of a value.`;
    problems.add(referenceInvalid(why, value.at));
    return null;
  }
  return { name, value, at };
}
