import type { Family } from './family.ts';

/**
 * The members of a family, as numbers: a member's index is its values' places in their axes, read as digits, the last
 * axis fastest. Nothing is allocated for a member before all of them are counted.
 */
export interface Members {
  readonly family: Family;
  /** Number of values of each axis. */
  readonly sizes: readonly number[];
  /** What a step along each axis adds to the index. */
  readonly strides: readonly number[];
  /** Number of combinations of values: indices are below. */
  readonly size: number;
  /** 1 at the indices that `exclude` leaves out; null where nothing is left out. */
  readonly excluded: Uint8Array | null;
  /** Number of members. */
  readonly count: number;
}

/** The members of a family without `exclude`. */
export function allMembers(family: Family): Members {
  const sizes = family.bindings.map(({ axis }) => axis.values.length);
  const strides = sizes.map((_, place) =>
    sizes.slice(place + 1).reduce((product, size) => product * size, 1),
  );
  const size = sizes.reduce((product, one) => product * one, 1);
  return { family, sizes, strides, size, excluded: null, count: size };
}

/** Place of a member's value in the axis of one of its family's bindings. */
export const digitOf = (
  { sizes, strides }: Members,
  index: number,
  place: number,
): number => Math.floor(index / (strides[place] ?? 1)) % (sizes[place] ?? 1);

/** Whether an index is a member's. */
export const isMember = ({ excluded }: Members, index: number): boolean =>
  excluded === null || excluded[index] !== 1;

/** Indices of all members, in order. */
export function* memberIndices(members: Members): Iterable<number> {
  for (let index = 0; index < members.size; index++) {
    if (isMember(members, index)) yield index;
  }
}

/** Value name at one of the bindings of a member's family. */
export const valueNameOf = (
  members: Members,
  index: number,
  place: number,
): string =>
  members.family.bindings[place]?.axis.values[digitOf(members, index, place)]
    ?.name ?? '';

/** The member's name: `train[loss=softmax,seed=0]`. */
export function memberName(members: Members, index: number): string {
  const { name, bindings } = members.family;
  if (bindings.length === 0) return name;
  const values = bindings.map(
    (binding, place) => `${binding.name}=${valueNameOf(members, index, place)}`,
  );
  return `${name}[${values.join(',')}]`;
}

/** Bound name -> value name, in the family's order. */
export const coordinatesOf = (
  members: Members,
  index: number,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    members.family.bindings.map(({ name }, place) => [
      name,
      valueNameOf(members, index, place),
    ]),
  );
