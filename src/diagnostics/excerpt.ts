import type { Span } from './diagnostic.ts';
import { lineAt, positionAt } from './position.ts';
import { visible } from '../util/visible.ts';

/** Longest part of a line that is shown. */
const MAX_EXCERPT = 200;
/** Characters of a cut line that are shown before the place. */
const BEFORE = 60;

/** A line of a file as it is shown, with the place marked below. */
export interface Excerpt {
  readonly line: string;
  /** Spaces and tildes. */
  readonly underline: string;
}

/** Characters that take two columns of a terminal: East Asian scripts, full-width forms, emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
/** Characters that are drawn over the one before. */
const COMBINING = /\p{Mn}|\p{Me}/u;

/** One character as it is shown, and the columns that it takes. */
function shown(character: string): { text: string; width: number } {
  if (character === '\t') return { text: ' ', width: 1 };
  const text = visible(character);
  if (text !== character) return { text, width: text.length };
  if (COMBINING.test(character)) return { text, width: 0 };
  return { text, width: WIDE.test(character) ? 2 : 1 };
}

/** The line in which a span begins, cut around the span where it is long. Null where there is nothing to show. */
export function excerptOf({ file, start, end }: Span): Excerpt | null {
  const { line } = positionAt(file, start);
  const bounds = lineAt(file, line);
  if (bounds.start === bounds.end) return null;
  const from =
    bounds.end - bounds.start <= MAX_EXCERPT
      ? bounds.start
      : Math.max(
          bounds.start,
          Math.min(start - BEFORE, bounds.end - MAX_EXCERPT),
        );
  const to = Math.min(bounds.end, from + MAX_EXCERPT);
  const isCutBefore = from > bounds.start;
  let [text, before, marked] = [isCutBefore ? '…' : '', isCutBefore ? 1 : 0, 0];
  let offset = from;
  for (const character of file.text.slice(from, to)) {
    const { text: drawn, width } = shown(character);
    text += drawn;
    if (offset < start) before += width;
    else if (offset < end) marked += width;
    offset += character.length;
  }
  return {
    line: to < bounds.end ? `${text}…` : text,
    underline: ' '.repeat(before) + '~'.repeat(Math.max(1, marked)),
  };
}
