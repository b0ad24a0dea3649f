import {
  familyLabel,
  type NodeName,
  type PlannedNode,
} from '../pipeline/plan.ts';
import { formatDuration, justify, plural } from '../terminal/format.ts';

/** Columns of what `plan` and `diff` print. */
export const WIDTH = 80;

/** What is said of a node, with a reason. */
export interface SaidOfNode {
  readonly node: NodeName;
  readonly state: string;
  readonly reason: string;
}

/** Coordinates of nodes in a reason; lists in it are none. */
const COORDINATES = /\[([\w.-]+=[^\]]*)\]/g;

/** A reason as far as it is the same for all members of a family. */
const withoutCoordinates = (reason: string): string =>
  reason.replaceAll(COORDINATES, '[…]');

/** One reason for several that are the same but for coordinates, with those that all of them have. */
function sharedReason(reasons: readonly string[]): string {
  const all = reasons.map((reason) =>
    Array.from(reason.matchAll(COORDINATES), ([, list = '']) =>
      list.split(','),
    ),
  );
  let at = 0;
  return (reasons[0] ?? '').replaceAll(COORDINATES, (_, list: string) => {
    const index = at++;
    const own = list.split(',');
    const shared = own.filter((one) =>
      all.every((lists) => lists[index]?.includes(one)),
    );
    return `[${[...shared, ...(shared.length < own.length ? ['…'] : [])].join(',')}]`;
  });
}

/** Nodes of one family that have the same state for the same reason: one entry for people. */
export interface NodeGroup<T> {
  readonly first: T;
  readonly members: T[];
  /** The node's name, or the family's with its axes and the number of members. */
  readonly label: string;
  readonly reason: string;
}

/** Puts together what is the same but for coordinates, in the order of the first of each. */
export function groupNodes<T extends SaidOfNode>(
  said: readonly T[],
  nodeOf: (name: NodeName) => PlannedNode | undefined,
): readonly NodeGroup<T>[] {
  const groups = new Map<string, T[]>();
  for (const one of said) {
    const family = nodeOf(one.node)?.family ?? '';
    const key = `${family} ${one.state} ${withoutCoordinates(one.reason)}`;
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [one]);
    else members.push(one);
  }
  return [...groups.values()].flatMap((members) => {
    const [first] = members;
    if (first === undefined) return [];
    if (members.length === 1) {
      return [{ first, members, label: first.node, reason: first.reason }];
    }
    const family = familyLabel({ name: first.node });
    const label = `${family}  ${plural(members.length, 'node')}`;
    const reason = sharedReason(members.map((one) => one.reason));
    return [{ first, members, label, reason }];
  });
}

/** Two lines: a mark, what the group is and what it takes, and below it the reason. */
export const groupLines = (
  mark: string,
  { label, reason }: NodeGroup<SaidOfNode>,
  time: string,
): string =>
  `  ${mark} ${justify(label, time, WIDTH - 4).trimEnd()}\n      ${reason}\n`;

/** Seconds of the nodes that were ever timed, and a word where some were not; empty where none was. */
export function totalTime(seconds: readonly (number | null)[]): string {
  const timed = seconds.filter((one) => one !== null);
  if (timed.length === 0) return '';
  const total = timed.reduce((sum, one) => sum + one, 0);
  return `${timed.length < seconds.length ? 'over ' : '~'}${formatDuration(total)}`;
}
