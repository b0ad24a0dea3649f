import type { Store } from '../cache/store.ts';
import { counted } from '../diagnostics/text.ts';
import { canonicalText, digest } from '../fingerprint/canonical.ts';
import type { Digest } from '../fingerprint/digest.ts';
import { nodeKey, type KeyParts } from '../fingerprint/node-key.ts';
import type { AnyKind } from '../kind/kind.ts';
import type { Registry } from '../kind/registry.ts';
import {
  possibleParams,
  type NodeName,
  type PlannedNode,
  type SettledNode,
} from '../pipeline/plan.ts';
import type { JsonObject } from '../util/json.ts';
import type { TaskCourse } from '../worker/protocol.ts';
import { readPointer, readRecord } from '../worker/record.ts';
import { paramsForKey } from './params-for-key.ts';

/** Where a node ends on its course, and what the cache has of it before that. */
export interface CoursePlace extends TaskCourse {
  readonly epochs: number;
  /** What an epoch took in the run whose end is the furthest; null where there is none. */
  readonly epochSeconds: number | null;
}

// The plan was checked against the schema that a kind's parameters are typed by.
const epochsOf = (
  course: NonNullable<AnyKind['course']>,
  params: JsonObject | undefined,
) => course.epochs(params as never);
const wayOf = (course: NonNullable<AnyKind['course']>, params: JsonObject) =>
  course.way(params as never) as JsonObject;

/**
 * The place of a node on its course, or null for a kind that has none. The name under which an end is found is the digest of
 * all that decides the way, and of how far it went.
 */
export function findPlace(
  store: Store,
  { course, params }: AnyKind,
  node: SettledNode,
  parts: KeyParts,
): CoursePlace | null {
  if (course === undefined) return null;
  const way = nodeKey({
    ...parts,
    params: paramsForKey(params, wayOf(course, node.params)),
  });
  const nameAt = (epochs: number): Digest => digest('Course', { way, epochs });
  const end = epochsOf(course, node.params);
  const found: TaskCourse['earlier'][number][] = [];
  for (let epochs = end; epochs > 0; epochs--) {
    const pointer = readPointer(store, nameAt(epochs));
    // Pruning may have taken the state alone, or the whole run.
    if (pointer !== undefined && store.sizeOf('checkpoints', pointer.key) > 0) {
      found.push({ epochs, key: pointer.key });
    }
  }
  return {
    name: nameAt(end),
    epochs: end,
    earlier: found,
    epochSeconds: epochSeconds(store, found[0]),
  };
}

function epochSeconds(
  store: Store,
  end: TaskCourse['earlier'][number] | undefined,
): number | null {
  const record = end && readRecord(store, end.key);
  if (end === undefined || record?.state !== 'present') return null;
  const { seconds, continuedFrom = 0 } = record.value;
  // At least one: a run that only scored anew tells nothing of an epoch.
  return seconds / Math.max(1, end.epochs - continuedFrom);
}

/** Epochs that a node which has to run need not go through itself; undefined where it begins at the beginning. */
export function earlierEpochs(
  store: Store,
  registry: Registry,
  node: SettledNode,
  parts: KeyParts,
): number | undefined {
  const kind = registry.get(node.kind);
  const place = kind && findPlace(store, kind, node, parts);
  return place?.earlier[0]?.epochs;
}

/**
 * Of nodes that go the same way, the one that ends just before: it comes first, and the other goes on from there.
 *
 * They are told by their names, before anything has run: nodes that turn out to go the same way only because two inputs have
 * the same content run side by side.
 */
export function findShorter(
  nodes: readonly PlannedNode[],
  registry: Registry,
): ReadonlyMap<NodeName, NodeName> {
  const ways = new Map<string, { name: NodeName; epochs: number }[]>();
  for (const node of nodes) {
    const course = registry.get(node.kind)?.course;
    if (course === undefined) continue;
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([slot, input]) => [
        slot,
        input.type === 'single'
          ? input.node
          : input.members.map((member) => member.node),
      ]),
    );
    const way = canonicalText({
      kind: node.kind,
      // Of nodes for which the same one picks: where they go the same way whatever it is.
      ways: possibleParams(node).map((params) => wayOf(course, params)),
      picks: node.params === null ? node.picks.from : null,
      inputs,
    });
    const along = ways.get(way) ?? [];
    ways.set(way, along);
    const [params] = possibleParams(node);
    along.push({ name: node.name, epochs: epochsOf(course, params) });
  }
  const shorter = new Map<NodeName, NodeName>();
  for (const along of ways.values()) {
    along.sort((left, right) => left.epochs - right.epochs);
    along.forEach(({ name }, index) => {
      const before = along[index - 1];
      if (before !== undefined) shorter.set(name, before.name);
    });
  }
  return shorter;
}

/** A reason, and from where a node goes on that has to run. */
export const withContinuation = (
  reason: string,
  verb: 'continued' | 'continues',
  epochs: number | null | undefined,
): string =>
  epochs === null || epochs === undefined
    ? reason
    : `${reason}; ${verb} from ${counted(epochs, 'cached epoch')}`;
