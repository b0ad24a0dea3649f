import { groupDigits } from '../util/group-digits.ts';
import { nearestName } from '../util/nearest-name.ts';
import { visible } from '../util/visible.ts';

/** Longest name that is put into a message; the excerpt below shows the rest. */
const MAX_NAME = 80;
/** Names that a message lists before it only counts. */
const MAX_LISTED = 12;
/** Names that are searched for a near one: an answer must come quickly whatever the file. */
const MAX_SEARCHED = 1000;

/** A name as messages show it: in double quotes, escaped, cut where it is very long. */
export function quoted(name: string): string {
  const cut = name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
  return `"${visible(cut)}"`;
}

/** `"a", "b" or "c"`; long lists are cut and counted. */
export function listed(
  names: readonly string[],
  conjunction: 'and' | 'or',
): string {
  return joined(names.map(quoted), conjunction);
}

/** `a, b or c`, of texts that are ready to be shown; long lists are cut and counted. */
export function joined(
  texts: readonly string[],
  conjunction: 'and' | 'or',
): string {
  if (texts.length > MAX_LISTED) {
    const more = texts.length - MAX_LISTED;
    return `${texts.slice(0, MAX_LISTED).join(', ')} ${conjunction} ${more} more`;
  }
  const last = texts.at(-1) ?? '';
  return texts.length < 2
    ? last
    : `${texts.slice(0, -1).join(', ')} ${conjunction} ${last}`;
}

/** The known name that was probably meant, or undefined. */
export const nearest = (
  name: string,
  known: readonly string[],
): string | undefined =>
  // Another number, or another letter, is no typo.
  /^(?:\d+|.)$/u.test(name)
    ? undefined
    : nearestName(
        name,
        known.length > MAX_SEARCHED ? known.slice(0, MAX_SEARCHED) : known,
      );

/** `Did you mean "x"?`, where a known name is near. */
export function didYouMean(
  name: string,
  known: readonly string[],
): string | undefined {
  const near = nearest(name, known);
  return near === undefined ? undefined : `Did you mean ${quoted(near)}?`;
}

/**
 * The way out of a wrong name: the nearest known one, else all of them.
 *
 * @param what what the names are, as the start of a sentence: `Known kinds`.
 */
export const nameHelp = (
  name: string,
  known: readonly string[],
  what: string,
): string =>
  didYouMean(name, known) ??
  (known.length === 0
    ? 'There are none.'
    : `${what}: ${listed(known, 'and')}.`);

/** `1 node`, `3 nodes`, `10,000 keys`. */
export const counted = (count: number, noun: string): string =>
  `${groupDigits(count)} ${noun}${count === 1 ? '' : 's'}`;
