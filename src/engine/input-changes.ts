import type {
  NodeName,
  PlannedInput,
  PlannedMember,
} from '../pipeline/plan.ts';
import { differenceAt } from './describe-difference.ts';
import {
  changeText,
  memberPart,
  type KeyDifference,
} from './key-differences.ts';
import { memberName } from './reasons.ts';

/** What is known of the two plans when the inputs of a node are compared. */
export interface Matching {
  /** The name in the new plan of a node of the old one that only its name tells apart; else the name itself. */
  readonly newName: (before: NodeName) => NodeName;
  readonly isInOld: (name: NodeName) => boolean;
  readonly isInNew: (name: NodeName) => boolean;
  /** Whether two nodes, of the old and of the new plan, do the same with the same. */
  readonly areSame: (before: NodeName, now: NodeName) => boolean;
}

/** How what feeds a node differs. */
export interface InputChanges {
  /** The node refers to something else. */
  readonly own: readonly KeyDifference[];
  /** The same in few words, members counted. */
  readonly words: readonly string[];
  /** It refers to the same, which has other members now: those that came, went, or have other coordinates. */
  readonly inherited: readonly NodeName[];
}

type Inputs = Readonly<Record<string, PlannedInput>>;

const namesOf = (input: PlannedInput | undefined): string | undefined =>
  input === undefined
    ? undefined
    : input.type === 'single'
      ? input.node
      : `[${input.members.map(({ node }) => node).join(', ')}]`;

/** Compares what two versions of a node are fed, by the names of what feeds them. */
export function inputChanges(
  before: Inputs,
  now: Inputs,
  matching: Matching,
): InputChanges {
  const slots = new Set([...Object.keys(before), ...Object.keys(now)]);
  const changes = [...slots]
    .sort()
    .map((slot) => slotChanges(slot, before[slot], now[slot], matching));
  return {
    own: changes.flatMap(({ own }) => own),
    words: changes.flatMap(({ words }) => words),
    inherited: changes.flatMap(({ inherited }) => inherited),
  };
}

function slotChanges(
  slot: string,
  before: PlannedInput | undefined,
  now: PlannedInput | undefined,
  matching: Matching,
): InputChanges {
  if (before?.type === 'collected' && now?.type === 'collected') {
    return memberChanges(slot, before.members, now.members, matching);
  }
  const isSame =
    before?.type === 'single' &&
    now?.type === 'single' &&
    matching.areSame(before.node, now.node);
  const difference = isSame
    ? null
    : differenceAt(`input ${slot}`, namesOf(before), namesOf(now));
  if (difference === null) return { own: [], words: [], inherited: [] };
  const own: KeyDifference = { type: 'reference', ...difference };
  return {
    own: [own],
    words: [`${own.part} ${changeText(own)}`],
    inherited: [],
  };
}

function memberChanges(
  slot: string,
  before: readonly PlannedMember[],
  now: readonly PlannedMember[],
  { newName, isInOld, isInNew }: Matching,
): InputChanges {
  const old = new Map(before.map((member) => [newName(member.node), member]));
  const fresh = new Map(now.map((member) => [member.node, member]));
  const fed: KeyDifference[] = [];
  const dropped: KeyDifference[] = [];
  const inherited: NodeName[] = [];
  for (const [name, member] of fresh) {
    const earlier = old.get(name);
    if (earlier !== undefined) {
      if (memberName(earlier) !== memberName(member)) inherited.push(name);
    } else if (isInOld(name)) {
      const part = memberPart(slot, member);
      fed.push({ type: 'reference', part, now: name });
    } else inherited.push(name);
  }
  for (const [name, member] of old) {
    if (fresh.has(name)) continue;
    if (isInNew(name)) {
      const part = memberPart(slot, member);
      dropped.push({ type: 'reference', part, before: member.node });
    } else inherited.push(name);
  }
  const counts = [
    ...(fed.length > 0 ? [`${fed.length} new`] : []),
    ...(dropped.length > 0 ? [`${dropped.length} gone`] : []),
  ];
  const reordered = orderChange(
    `order of input ${slot}`,
    [...old.keys()].filter((name) => fresh.has(name)),
    [...fresh.keys()].filter((name) => old.has(name)),
  );
  return {
    own: [...fed, ...dropped, ...reordered],
    words: [
      ...(counts.length > 0
        ? [`members of input "${slot}": ${counts.join(', ')}`]
        : []),
      ...reordered.map(({ part }) => `the ${part} changed`),
    ],
    inherited,
  };
}

/** The order of members is part of a key, and follows the names of their families. */
const orderChange = (
  part: string,
  before: readonly NodeName[],
  now: readonly NodeName[],
): readonly KeyDifference[] =>
  before.some((name, index) => name !== now[index])
    ? [
        {
          type: 'reference',
          part,
          before: before.join(', '),
          now: now.join(', '),
        },
      ]
    : [];
