import type { Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { Registry } from '../kind/registry.ts';
import type { NodeName, Plan, PlannedNode } from '../pipeline/plan.ts';
import { findDifferences } from './describe-difference.ts';
import { Examiner, type Examined } from './examiner.ts';
import { FileDigests } from './file-digests.ts';
import { inputChanges, type Matching } from './input-changes.ts';
import {
  changeText,
  settingsDifferences,
  type KeyDifference,
} from './key-differences.ts';
import { inputNodes } from './needed-nodes.ts';
import { pickChanges } from './pick-changes.ts';
import {
  findRenamed,
  identifyNodes,
  settingsOf,
  type Identities,
} from './node-identities.ts';
import { listed } from './reasons.ts';
import { scanNodes } from './scan.ts';

/** How a node of two plans stands; `affected` where only something upstream changed. */
export type ChangeState =
  'same' | 'renamed' | 'changed' | 'affected' | 'added' | 'removed';

/** What becomes of a node between two plans. */
export interface NodeChange {
  /** Its name in the new plan; in the old one where it is removed. */
  readonly node: NodeName;
  readonly kind: string;
  readonly state: ChangeState;
  /** A sentence without its full stop, never empty. */
  readonly reason: string;
  /** Its name in the old plan where it is renamed, else null. */
  readonly before: NodeName | null;
  /** What of the node itself changed. */
  readonly differences: readonly KeyDifference[];
  /** The nodes upstream in which the change began. */
  readonly causes: readonly NodeName[];
  /** What the result took that the new plan can use, where the cache has it. */
  readonly keptSeconds: number | null;
  /** What the old plan's result took that the new plan has no use for, where the cache has it. */
  readonly lostSeconds: number | null;
}

/** Two plans side by side. */
export interface PlanComparison {
  /** The new plan's nodes in its order, then the removed ones in the old plan's. */
  readonly nodes: readonly NodeChange[];
  /** Time of earlier runs, each result counted once; null where the cache has none of either plan. */
  readonly keptSeconds: number | null;
  readonly lostSeconds: number | null;
}

/** A plan, and what the cache has of it. */
interface Side {
  readonly plan: Plan;
  readonly examiner: Examiner;
  readonly examined: ReadonlyMap<NodeName, Examined>;
  readonly identities: Identities;
}

/** Says which nodes differ between two plans, why, and what that costs. Runs and writes nothing. */
export async function comparePlans(options: {
  readonly before: Plan;
  readonly now: Plan;
  readonly registry: Registry;
  readonly store: Store;
}): Promise<PlanComparison> {
  const { store, registry } = options;
  // One for both: a file that both plans read is read once, and can't differ between them.
  const files = new FileDigests({ store });
  const look = async (plan: Plan): Promise<Side> => {
    const examiner = new Examiner({ store, registry, files });
    const examined = await scanNodes([...plan.nodes.values()], examiner);
    const identities = identifyNodes(plan, examined);
    return { plan, examiner, examined, identities };
  };
  const before = await look(options.before);
  const now = await look(options.now);
  const kept = hitsOf(now);
  const old = hitsOf(before);
  const lost = [...old].filter(([key]) => !kept.has(key));
  const isTimed = kept.size + old.size > 0;
  const nodes = judgeAll(before, now).map(({ node, ...verdict }) => ({
    node: node.name,
    kind: node.kind,
    ...verdict,
    ...timesOf(
      now.examined.get(node.name),
      before.examined.get(verdict.before ?? node.name),
      kept,
    ),
  }));
  return {
    nodes,
    keptSeconds: isTimed ? sum(kept.values()) : null,
    lostSeconds: isTimed ? sum(lost.map(([, seconds]) => seconds)) : null,
  };
}

const sum = (values: Iterable<number>): number =>
  [...values].reduce((total, value) => total + value, 0);

/** Time by key of a plan's results that are in the cache: nodes with one key took it once. */
const hitsOf = ({ examined }: Side): ReadonlyMap<Digest, number> =>
  new Map(
    [...examined.values()].flatMap((state) =>
      state.type === 'hit' ? [[state.key, state.seconds] as const] : [],
    ),
  );

function timesOf(
  now: Examined | undefined,
  before: Examined | undefined,
  kept: ReadonlyMap<Digest, number>,
): Pick<NodeChange, 'keptSeconds' | 'lostSeconds'> {
  const isLost = before?.type === 'hit' && !kept.has(before.key);
  return {
    keptSeconds: now?.type === 'hit' ? now.seconds : null,
    lostSeconds: isLost ? before.seconds : null,
  };
}

/** What a change is, without its times. */
interface Verdict extends Pick<
  NodeChange,
  'state' | 'reason' | 'before' | 'differences' | 'causes'
> {
  readonly node: PlannedNode;
}

const plain = (
  node: PlannedNode,
  state: ChangeState,
  reason: string,
): Verdict => ({
  ...{ node, state, reason },
  ...{ before: null, differences: [], causes: [] },
});

/** All nodes: those of the new plan, inputs first, then what is left of the old one. */
function judgeAll(before: Side, now: Side): readonly Verdict[] {
  const renamed = findRenamed(before.identities, now.identities);
  const oldNames = new Map(
    Array.from(renamed, ([old, fresh]) => [fresh, old] as const),
  );
  const matching: Matching = {
    newName: (name) => renamed.get(name) ?? name,
    isInOld: (name) => before.plan.nodes.has(name),
    isInNew: (name) => now.plan.nodes.has(name),
    areSame: (old, fresh) =>
      before.identities.get(old) === now.identities.get(fresh),
  };
  const removed = [...before.plan.nodes.values()]
    .filter(({ name }) => !now.plan.nodes.has(name) && !renamed.has(name))
    .map((node) => plain(node, 'removed', 'is only in the old file'));
  const verdicts = new Map(removed.map((one) => [one.node.name, one]));
  const judge = (node: PlannedNode): Verdict => {
    const oldName = oldNames.get(node.name);
    if (oldName !== undefined) {
      const verdict = plain(node, 'renamed', `was ${oldName}`);
      return { ...verdict, before: oldName };
    }
    const old = before.plan.nodes.get(node.name);
    if (old === undefined)
      return plain(node, 'added', 'is only in the new file');
    if (matching.areSame(node.name, node.name)) {
      return plain(node, 'same', 'its settings and inputs are the same');
    }
    const inputs = inputChanges(old.inputs, node.inputs, matching);
    const settings = settingsChanges(before, now, node, matching);
    const differences = [...settings, ...inputs.own];
    const causes = causesOf(node, inputs.inherited, verdicts);
    const verdict =
      differences.length > 0
        ? plain(
            node,
            'changed',
            listed([...settings.map(differenceText), ...inputs.words]),
          )
        : plain(node, 'affected', causeText(causes, verdicts));
    return { ...verdict, differences, causes };
  };
  const judged = [...now.plan.nodes.values()].map((node) => {
    const verdict = judge(node);
    verdicts.set(node.name, verdict);
    return verdict;
  });
  return [...judged, ...removed];
}

const differenceText = (difference: KeyDifference): string =>
  `${difference.part} ${changeText(difference)}`;

/** Where a node that both plans have differs in itself, but for its inputs. */
function settingsChanges(
  before: Side,
  now: Side,
  node: PlannedNode,
  { newName }: Matching,
): readonly KeyDifference[] {
  const earlier = before.plan.nodes.get(node.name) ?? node;
  if (earlier.params === null || node.params === null) {
    return pickChanges(earlier, node, newName);
  }
  const old = settingsOf(before.examined.get(node.name));
  const fresh = settingsOf(now.examined.get(node.name));
  if (old !== undefined && fresh !== undefined) {
    return settingsDifferences(old, fresh, now.examiner.filesOf(node));
  }
  const { kind, params } = earlier;
  return [
    ...findDifferences('kind', kind, node.kind),
    ...findDifferences('params', params, node.params),
  ].map((difference) => ({ type: 'setting', ...difference }));
}

/** Where a change upstream began: an input that changed itself, else the causes for which it is affected. */
function causesOf(
  node: PlannedNode,
  inherited: readonly NodeName[],
  verdicts: ReadonlyMap<NodeName, Verdict>,
): readonly NodeName[] {
  const causes = new Set(inherited);
  for (const input of inputNodes(node)) {
    const verdict = verdicts.get(input);
    if (verdict?.state === 'changed') causes.add(input);
    for (const cause of verdict?.causes ?? []) causes.add(cause);
  }
  return [...causes];
}

const HAPPENED: Readonly<Record<ChangeState, string>> = {
  same: 'is the same',
  renamed: 'has another name',
  changed: 'changed',
  affected: 'changed',
  added: 'is new',
  removed: 'is gone',
};

function causeText(
  causes: readonly NodeName[],
  verdicts: ReadonlyMap<NodeName, Verdict>,
): string {
  const [first] = causes;
  const verdict = first === undefined ? undefined : verdicts.get(first);
  // No cause is left only where a file that could not be read a moment ago can be read now.
  if (first === undefined || verdict === undefined) {
    return 'the files that it reads changed meanwhile';
  }
  const more = causes.length - 1;
  return `${first} ${HAPPENED[verdict.state]}${more > 0 ? `, and ${more} more upstream` : ''}`;
}
