import type { Store } from '../cache/store.ts';
import type { Registry } from '../kind/registry.ts';
import type { NodeName, Plan, PlannedNode } from '../pipeline/plan.ts';
import { earlierEpochs, withContinuation } from './courses.ts';
import { estimateSeconds } from './estimates.ts';
import { Examiner, type Examined } from './examiner.ts';
import { inputNodes, neededNodes } from './needed-nodes.ts';
import {
  EVICTED_REASON,
  HIT_REASON,
  missReason,
  newSettingsReason,
} from './reasons.ts';
import { findRemaining, scanNodes } from './scan.ts';

/** What a run would do with a node. */
export interface PlanState {
  readonly node: NodeName;
  readonly kind: string;
  /** `unknown` where something upstream has to run before it can be said. */
  readonly state: 'hit' | 'run' | 'unknown';
  /** A sentence without its full stop, never empty. */
  readonly reason: string;
  /** What it would take: 0 for a hit, an estimate from earlier runs, or null where there is none. */
  readonly seconds: number | null;
}

/** Says what a run would do, in the plan's order. Runs and writes nothing; a store that is open for reading will do. */
export async function planStates(options: {
  readonly plan: Plan;
  readonly only?: ReadonlySet<NodeName> | undefined;
  readonly registry: Registry;
  readonly store: Store;
}): Promise<readonly PlanState[]> {
  const { plan, only, registry, store } = options;
  const nodes = neededNodes(plan, only);
  const examined = await scanNodes(nodes, new Examiner({ store, registry }));
  const estimates = estimateSeconds({ plan, registry, store, examined });
  const { toVerify } = findRemaining(nodes, examined, only);
  return nodes.map((node) => {
    const state = examined.get(node.name);
    if (state === undefined) {
      throw new Error(`Internal error: "${node.name}" was not looked at`);
    }
    if (state.type === 'hit' && state.isEvicted && toVerify.has(node.name)) {
      return {
        ...{ node: node.name, kind: node.kind, state: 'run' },
        ...{ reason: EVICTED_REASON, seconds: state.seconds },
      };
    }
    return {
      node: node.name,
      kind: node.kind,
      ...verdict(options, node, state, examined),
      seconds: state.type === 'hit' ? 0 : (estimates.get(node.name) ?? null),
    };
  });
}

/** What a run would do with a node that was looked at, and why. */
export function verdict(
  {
    plan,
    registry,
    store,
  }: {
    readonly plan: Plan;
    readonly registry: Registry;
    readonly store: Store;
  },
  node: PlannedNode,
  state: Examined,
  examined: ReadonlyMap<NodeName, Examined>,
): Pick<PlanState, 'state' | 'reason'> {
  const facts = { store, pipeline: plan.name, node: node.name };
  switch (state.type) {
    case 'hit':
      return { state: 'hit', reason: HIT_REASON };
    case 'miss': {
      const reason = missReason(facts, state.parts, state.damage);
      const epochs = earlierEpochs(store, registry, state.node, state.parts);
      return {
        state: 'run',
        reason: withContinuation(reason, 'continues', epochs),
      };
    }
    case 'broken':
      return { state: 'unknown', reason: state.message };
    case 'open': {
      if (state.settings === null) {
        return { state: 'unknown', reason: pickReason(node, examined) };
      }
      const reason = newSettingsReason(facts, state.settings);
      return reason === null
        ? { state: 'unknown', reason: waitReason(node, examined) }
        : { state: 'run', reason };
    }
  }
}

/** The inputs of a node whose content is not known. */
export const openInputs = (
  node: PlannedNode,
  examined: ReadonlyMap<NodeName, Examined>,
): readonly NodeName[] =>
  inputNodes(node).filter((input) => examined.get(input)?.type !== 'hit');

/** Of a node whose settings are not picked yet. */
function pickReason(
  node: PlannedNode,
  examined: ReadonlyMap<NodeName, Examined>,
): string {
  return node.params === null
    ? `depends on what ${node.picks.from} picks`
    : waitReason(node, examined);
}

function waitReason(
  node: PlannedNode,
  examined: ReadonlyMap<NodeName, Examined>,
): string {
  const open = openInputs(node, examined);
  const [first = 'an input'] = open;
  return open.length < 2
    ? `depends on what ${first} yields`
    : `depends on what ${first} and ${open.length - 1} more yield`;
}
