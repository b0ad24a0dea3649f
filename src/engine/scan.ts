import { setImmediate } from 'node:timers/promises';
import type { NodeName, PlannedNode } from '../pipeline/plan.ts';
import type { Examined, Examiner } from './examiner.ts';
import { inputNodes } from './needed-nodes.ts';

/** Nodes that are looked up before others get a turn: a few milliseconds. */
const SLICE = 256;

/**
 * Looks all nodes up, inputs first, without running anything: a hit's content makes the keys of those behind it.
 *
 * @param nodes in an order in which inputs come first.
 * @param signal once aborted, the rest is not looked at.
 */
export async function scanNodes(
  nodes: readonly PlannedNode[],
  examiner: Examiner,
  signal?: AbortSignal,
): Promise<ReadonlyMap<NodeName, Examined>> {
  const examined = new Map<NodeName, Examined>();
  let at = 0;
  /** Goes on until a slice is full or a node needs a file, and answers with that node. */
  const scanSlice = (): PlannedNode | undefined => {
    for (const end = at + SLICE; at < nodes.length && at < end; at++) {
      const node = nodes[at];
      const state = node && examiner.examineNow(node);
      if (state === undefined) return node;
      if (node !== undefined) examined.set(node.name, state);
    }
    return undefined;
  };
  while (at < nodes.length && signal?.aborted !== true) {
    const node = examiner.atOneMoment(scanSlice);
    if (node === undefined) await setImmediate();
    else {
      examined.set(node.name, await examiner.examine(node));
      at++;
    }
  }
  return examined;
}

/** What is left to do after a scan. */
export interface Remaining {
  /** Nodes that run, or may run, or whose hit is to be looked at more closely first. */
  readonly jobs: ReadonlySet<NodeName>;
  /** Hits that a node that isn't a hit will read: their chunks are checked before they count as hits. */
  readonly toVerify: ReadonlySet<NodeName>;
}

/**
 * Splits a scan. A hit whose consumers are all hits is done. One that will be read is verified first, and as that may
 * find it damaged, nothing behind it is settled before. One that will be read and whose arrays were removed runs again, and
 * reads in turn.
 *
 * @param wanted nodes that were asked for by name: whoever asks wants their arrays.
 */
export function findRemaining(
  nodes: readonly PlannedNode[],
  examined: ReadonlyMap<NodeName, Examined>,
  wanted: ReadonlySet<NodeName> = new Set(),
): Remaining {
  const read = new Set<NodeName>();
  const toVerify = new Set<NodeName>();
  // Backwards: every consumer is seen before what it reads.
  for (const node of [...nodes].reverse()) {
    const state = examined.get(node.name);
    const isRead = read.has(node.name);
    const isHit = state?.type === 'hit';
    const runsAgain =
      isHit && state.isEvicted && (isRead || wanted.has(node.name));
    if (isHit && (isRead || runsAgain)) toVerify.add(node.name);
    if (isHit && !runsAgain) continue;
    for (const input of inputNodes(node)) read.add(input);
  }
  const jobs = new Set<NodeName>();
  for (const node of nodes) {
    const { name } = node;
    if (
      examined.get(name)?.type !== 'hit' ||
      toVerify.has(name) ||
      // Most runs find most of a plan done, and have nothing to look for among inputs.
      (jobs.size > 0 && inputNodes(node).some((input) => jobs.has(input)))
    ) {
      jobs.add(name);
    }
  }
  return { jobs, toVerify };
}
