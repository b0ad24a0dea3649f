import type { Source } from './resolve-inputs.ts';
import { digitOf, isMember, type Members } from './members.ts';
import type { Axis } from './read-axes.ts';

/** A member of some family, by index. */
export interface MemberRef {
  readonly members: Members;
  readonly index: number;
}

/** Whether a source may lead to several members. */
export const isCollecting = ({ selectors }: Source): boolean =>
  selectors.some(({ type }) => type === 'all');

/** Number of members that a source leads to, before `exclude`. */
export const widthOf = ({ selectors, target }: Source): number =>
  selectors.reduce(
    (product, { type }, place) =>
      type === 'all'
        ? product * (target.bindings[place]?.axis.values.length ?? 1)
        : product,
    1,
  );

/** Index of what a source leads a member to, with the first value of each axis of which all values are meant. */
export function baseIndex(
  { selectors }: Source,
  target: Members,
  from: Members,
  index: number,
): number {
  let base = 0;
  for (let place = 0; place < selectors.length; place++) {
    const selector = selectors[place];
    const stride = target.strides[place] ?? 1;
    switch (selector?.type) {
      case 'fixed':
        base += selector.digit * stride;
        break;
      case 'bound':
        base += digitOf(from, index, selector.place) * stride;
        break;
      case 'setting':
        base +=
          (selector.digits[digitOf(from, index, selector.place)] ?? 0) * stride;
        break;
      case 'all':
      case undefined:
    }
  }
  return base;
}

/** Places of the values of an axis, sorted by name, by code unit. */
const sortedDigitsOf = new WeakMap<Axis, readonly number[]>();
function sortedDigits(axis: Axis): readonly number[] {
  const known = sortedDigitsOf.get(axis);
  if (known !== undefined) return known;
  const names = axis.valueNames;
  const digits = names
    .map((_, digit) => digit)
    .sort((left, right) => compareText(names[left] ?? '', names[right] ?? ''));
  sortedDigitsOf.set(axis, digits);
  return digits;
}

/** Order by code unit. */
export const compareText = (left: string, right: string): number =>
  left < right ? -1 : left > right ? 1 : 0;

/** Indices of the members that a source collects from a base index on, sorted by coordinates, axis by axis. */
export function collect(
  { selectors }: Source,
  target: Members,
  base: number,
): readonly number[] {
  let indices: readonly number[] = [base];
  selectors.forEach((selector, place) => {
    const axis = target.family.bindings[place]?.axis;
    const stride = target.strides[place] ?? 1;
    if (selector.type !== 'all' || axis === undefined) return;
    const digits = sortedDigits(axis);
    indices = indices.flatMap((index) =>
      digits.map((digit) => index + digit * stride),
    );
  });
  return indices.filter((index) => isMember(target, index));
}

/** Order of members of several families: by family, then by coordinates, axis by axis, by code unit. */
export function compareMembers(left: MemberRef, right: MemberRef): number {
  const byFamily = compareText(
    left.members.family.name,
    right.members.family.name,
  );
  if (byFamily !== 0) return byFamily;
  for (const [place, { axis }] of left.members.family.bindings.entries()) {
    const [one, other] = [left, right].map(
      ({ members, index }) => axis.valueNames[digitOf(members, index, place)],
    );
    const byValue = compareText(one ?? '', other ?? '');
    if (byValue !== 0) return byValue;
  }
  return 0;
}
