import type { Digest } from '../fingerprint/digest.ts';
import type {
  InputPart,
  KeyParts,
  MemberPart,
  NodeSettings,
} from '../fingerprint/node-key.ts';
import type { Json } from '../util/json.ts';
import {
  changeText as valueChange,
  differenceAt,
  findDifferences,
  type Difference,
} from './describe-difference.ts';
import { memberName } from './reasons.ts';

/**
 * A part of a run that differs: a setting by its value, what feeds a slot or lies in a file by the digest of its content,
 * and a reference by the names that it stands for.
 */
export type KeyDifference = Difference & {
  readonly type: 'setting' | 'content' | 'reference';
};

/** Old against new, as people read it: `0.1 -> 0.2`, `content 3f0a… -> content 9a41…`, `source -> other`. */
export function changeText(difference: KeyDifference): string {
  const { type, before, now } = difference;
  if (type === 'setting') return valueChange(difference);
  const shown = (value: Json | undefined): string =>
    typeof value !== 'string'
      ? 'nothing'
      : type === 'content'
        ? `content ${value.slice(0, 12)}…`
        : value;
  return `${shown(before)} -> ${shown(now)}`;
}

const settingAt = (difference: Difference): KeyDifference => ({
  type: 'setting',
  ...difference,
});

function contentAt(
  part: string,
  before: Digest | undefined,
  now: Digest | undefined,
): readonly KeyDifference[] {
  const difference = differenceAt(part, before, now);
  return difference === null ? [] : [{ type: 'content', ...difference }];
}

/**
 * Where the settings of two runs differ.
 *
 * @param files the paths that belong to the digests of `now`, in their order.
 */
export function settingsDifferences(
  before: NodeSettings,
  now: NodeSettings,
  files: readonly string[],
): readonly KeyDifference[] {
  const count = Math.max(before.files.length, now.files.length);
  return [
    ...findDifferences('kind', before.kind, now.kind).map(settingAt),
    ...findDifferences('version', before.version, now.version).map(settingAt),
    ...findDifferences('params', before.params, now.params).map(settingAt),
    ...Array.from({ length: count }, (_, index) =>
      contentAt(
        `file ${files[index] ?? index + 1}`,
        before.files[index],
        now.files[index],
      ),
    ).flat(),
  ];
}

/** `input rows[loss=softmax,seed=0]`. */
export const memberPart = (
  slot: string,
  { coordinates }: Pick<MemberPart, 'coordinates'>,
): string =>
  `input ${slot}[${Object.entries(coordinates)
    .map((pair) => pair.join('='))
    .join(',')}]`;

/** Contents by the name of what they feed: the slot, or its members. */
function contentsOf(
  slot: string,
  part: InputPart | undefined,
): ReadonlyMap<string, { readonly name: string; readonly content: Digest }> {
  if (part === undefined) return new Map();
  if (typeof part === 'string') {
    return new Map([['', { name: `input ${slot}`, content: part }]]);
  }
  return new Map(
    part.map((member) => [
      memberName(member),
      { name: memberPart(slot, member), content: member.content },
    ]),
  );
}

/** Where what feeds two runs differs, member by member where a slot collects. */
export function inputDifferences(
  before: KeyParts['inputs'],
  now: KeyParts['inputs'],
): readonly KeyDifference[] {
  const slots = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...slots].sort().flatMap((slot) => {
    const old = contentsOf(slot, before[slot]);
    const fresh = contentsOf(slot, now[slot]);
    return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((member) =>
      contentAt(
        (fresh.get(member) ?? old.get(member))?.name ?? slot,
        old.get(member)?.content,
        fresh.get(member)?.content,
      ),
    );
  });
}
