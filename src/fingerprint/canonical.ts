import { hash } from 'node:crypto';
import { isJsonObject, type Json } from '../util/json.ts';
import type { Digest } from './digest.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;
/** As many bytes as characters. Most texts are, and asking costs less than counting. */
const ASCII = /^[\0-\x7f]*$/;

/** `letter length ':' body`, the length in bytes of UTF-8: no two values share a text. */
const item = (letter: string, body: string): string =>
  `${letter}${ASCII.test(body) ? body.length : Buffer.byteLength(body)}:${body}`;

function textItem(text: string): string {
  if (ASCII.test(text)) return `s${text.length}:${text}`;
  // UTF-8 has no form for half a pair: all of them would become the same replacement character, and share a digest.
  if (LONE_SURROGATE.test(text)) {
    throw new Error(
      `Internal error: ${JSON.stringify(text)} is not well-formed text`,
    );
  }
  return item('s', text);
}

const byCodeUnit = (a: string, b: string): number =>
  a < b ? -1 : a > b ? 1 : 0;

/**
 * A value as the text that is hashed. Each item is a type letter, its length in bytes, a colon and its body:
 *
 *   null `n0:`   true `b1:1`   false `b1:0`   number `d<length>:<shortest decimal>`   text `s<length>:<UTF-8>`
 *   list `a<length>:<items>`   mapping `o<length>:<key item><value item>…`, keys sorted by code unit
 *
 * Minus zero is zero: JSON doesn't keep its sign, so a stored value must not differ from a fresh one.
 *
 * @throws Error on NaN, the infinities, `undefined` and anything else that isn't plain data: a bug in the caller.
 */
export function canonicalText(value: Json): string {
  if (value === null) return item('n', '');
  if (typeof value === 'boolean') return item('b', value ? '1' : '0');
  if (typeof value === 'string') return textItem(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) {
      throw new Error(`Internal error: ${value} has no canonical form`);
    }
    return item('d', String(value));
  }
  if (Array.isArray(value)) {
    // `map` would leave the holes of a sparse list out of sight.
    return item(
      'a',
      Array.from(value as readonly Json[], canonicalText).join(''),
    );
  }
  if (isJsonObject(value) && isPlain(value)) {
    let entries = '';
    for (const key of Object.keys(value).sort(byCodeUnit)) {
      // A key of its own: there is something under it.
      entries += textItem(key) + canonicalText(value[key] as Json);
    }
    return item('o', entries);
  }
  throw new Error(
    `Internal error: a value of type ${typeof value} has no canonical form`,
  );
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The digest of a structured value: the only hash for keys.
 *
 * @param tag what the value is (`NodeRun`): equal values of different sorts never share a digest.
 * @throws Error as `canonicalText`.
 */
export const digest = (tag: string, value: Json): Digest =>
  hash('sha256', item('t', tag) + canonicalText(value), 'hex') as Digest;
