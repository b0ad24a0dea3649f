import { err, ok, type Result } from '../util/result.ts';

/** A piece of a text, with its place in it. */
export interface Piece {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** `name[item, item]`, taken apart; `items` is null without brackets. */
export interface Bracketed {
  readonly name: Piece;
  readonly items: readonly Piece[] | null;
}

/** Where a text is not of that form, and why, as a sentence. */
export interface Malformed {
  readonly why: string;
  readonly start: number;
  readonly end: number;
}

/** The part of a text from `start` to `end` without the white space around it. */
export function trimmed(text: string, start: number, end: number): Piece {
  let [from, to] = [start, end];
  while (from < to && /\s/.test(text.charAt(from))) from += 1;
  while (to > from && /\s/.test(text.charAt(to - 1))) to -= 1;
  return { text: text.slice(from, to), start: from, end: to };
}

/** Takes `name` or `name[item, item]` apart; what the name and the items look like is for others to check. */
export function parseBracketed(text: string): Result<Bracketed, Malformed> {
  const open = text.indexOf('[');
  const whole = trimmed(text, 0, text.length);
  if (open === -1) {
    const close = text.indexOf(']');
    return close === -1
      ? ok({ name: whole, items: null })
      : err({
          why: 'There is a "]" without a "[" before it.',
          start: close,
          end: close + 1,
        });
  }
  const close = text.indexOf(']', open);
  if (close === -1) {
    return err({ why: 'The "[" is never closed.', start: open, end: open + 1 });
  }
  const rest = trimmed(text, close + 1, text.length);
  if (rest.text !== '') {
    return err({ why: 'Nothing can follow the "]".', ...rest });
  }
  const second = text.indexOf('[', open + 1);
  if (second !== -1) {
    const end = second + 1;
    return err({ why: 'There is a second "[".', start: second, end });
  }
  return ok({
    name: trimmed(text, 0, open),
    items: splitItems(text, open + 1, close),
  });
}

function splitItems(text: string, start: number, end: number): Piece[] {
  const items: Piece[] = [];
  for (let from = start; ;) {
    const comma = text.indexOf(',', from);
    if (comma === -1 || comma >= end) {
      items.push(trimmed(text, from, end));
      return items;
    }
    items.push(trimmed(text, from, comma));
    from = comma + 1;
  }
}
