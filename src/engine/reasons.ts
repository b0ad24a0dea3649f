import type { Store } from '../cache/store.ts';
import {
  settingsDigest,
  type InputPart,
  type KeyParts,
  type MemberPart,
  type NodeSettings,
} from '../fingerprint/node-key.ts';
import type { NodeName } from '../pipeline/plan.ts';
import {
  latestName,
  readPointer,
  readRecord,
  type NodeRecord,
} from '../worker/record.ts';
import { describeDifferences } from './describe-difference.ts';

/** Why a hit is one. */
export const HIT_REASON =
  'inputs, parameters and kind are as in an earlier run';

/** Why a node runs that shares its settings with another one, which has run on something else. */
const NEW_INPUTS_REASON = 'never run on these inputs';

/** Differences that a reason lists before it counts the rest. */
const LISTED = 3;

/** The first few parts of a reason, and how many more there are. */
export function listed(parts: readonly string[]): string {
  const rest = parts.length - LISTED;
  return (
    parts.slice(0, LISTED).join(', ') +
    (rest > 0 ? ` and ${rest} more changes` : '')
  );
}

const settingsDifferences = (
  before: NodeSettings,
  now: NodeSettings,
): readonly string[] => [
  ...(before.kind === now.kind ? [] : [`kind ${before.kind} -> ${now.kind}`]),
  ...(before.version === now.version
    ? []
    : [`version of kind "${now.kind}" ${before.version} -> ${now.version}`]),
  ...describeDifferences('params', before.params, now.params),
  ...(before.files.join() === now.files.join()
    ? []
    : ['the content of a file that it reads changed']),
];

/** What tells one member of a collected input from the others. */
export const memberName = ({
  coordinates,
}: Pick<MemberPart, 'coordinates'>): string =>
  JSON.stringify(Object.entries(coordinates).sort());

function inputDifference(
  slot: string,
  before: InputPart | undefined,
  now: InputPart | undefined,
): readonly string[] {
  if (before === undefined) return [`input "${slot}" is new`];
  if (now === undefined) return [`input "${slot}" is gone`];
  if (typeof before === 'string' || typeof now === 'string') {
    return before === now ? [] : [`the content of input "${slot}" changed`];
  }
  const known = new Map(
    before.map((member) => [memberName(member), member.content]),
  );
  const added = now.filter((member) => !known.has(memberName(member)));
  const kept = now.filter((member) => known.has(memberName(member)));
  const changed = kept.filter(
    (member) => known.get(memberName(member)) !== member.content,
  );
  const gone = known.size - kept.length;
  const counts = [
    ...(changed.length > 0 ? [`${changed.length} changed`] : []),
    ...(added.length > 0 ? [`${added.length} new`] : []),
    ...(gone > 0 ? [`${gone} gone`] : []),
  ];
  return counts.length === 0
    ? []
    : [`members of input "${slot}": ${counts.join(', ')}`];
}

function inputDifferences(
  before: KeyParts['inputs'],
  now: KeyParts['inputs'],
): readonly string[] {
  const slots = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...slots]
    .sort()
    .flatMap((slot) => inputDifference(slot, before[slot], now[slot]));
}

function recordAt(
  store: Store,
  name: Parameters<typeof readPointer>[1],
): NodeRecord | undefined {
  const pointer = readPointer(store, name);
  if (pointer === undefined) return undefined;
  const record = readRecord(store, pointer.key);
  return record.state === 'present' ? record.value : undefined;
}

/** What a reason is about. */
export interface ReasonFacts {
  readonly store: Store;
  readonly pipeline: string;
  readonly node: NodeName;
}

/**
 * Why a node with these settings can't be a hit, whatever its inputs will be: what differs from its last run, or that
 * there was none. Null if some run had these settings.
 */
export function newSettingsReason(
  { store, pipeline, node }: ReasonFacts,
  settings: NodeSettings,
): string | null {
  if (readPointer(store, settingsDigest(settings)) !== undefined) return null;
  const last = recordAt(store, latestName(pipeline, node));
  const differences =
    last === undefined ? [] : settingsDifferences(last.parts, settings);
  return differences.length === 0
    ? 'never run with these parameters'
    : listed(differences);
}

/**
 * The earlier run that a node is compared with: its own last run where that had these settings, else the last of any
 * node that had them; where no run ever had, its own last run.
 */
export function nearestRun(
  { store, pipeline, node }: ReasonFacts,
  settings: NodeSettings,
): NodeRecord | undefined {
  const last = recordAt(store, latestName(pipeline, node));
  const same = settingsDigest(settings);
  return last !== undefined &&
    (settingsDigest(last.parts) === same ||
      readPointer(store, same) === undefined)
    ? last
    : recordAt(store, same);
}

/** Why a node runs of whose result only the arrays are missing. */
export const EVICTED_REASON =
  'its arrays were removed to keep the cache under its bound, and are needed again';

/** Why a node that is not in the cache has to run: never empty. */
export function missReason(
  facts: ReasonFacts,
  parts: KeyParts,
  damage: string | null,
): string {
  if (damage !== null) return `its result in the cache is damaged: ${damage}`;
  const fresh = newSettingsReason(facts, parts);
  if (fresh !== null) return fresh;
  const like = nearestRun(facts, parts);
  const differences =
    like === undefined ? [] : inputDifferences(like.parts.inputs, parts.inputs);
  if (like === undefined || differences.length === 0) {
    return 'its earlier result is no longer in the cache';
  }
  // Nothing of this node has changed where it is another one that once had these settings.
  return like.pipeline === facts.pipeline && like.node === facts.node
    ? listed(differences)
    : NEW_INPUTS_REASON;
}
