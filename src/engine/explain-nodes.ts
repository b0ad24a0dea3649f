import type { Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { Environment } from '../fingerprint/environment.ts';
import { nodeKey, type NodeSettings } from '../fingerprint/node-key.ts';
import type { Registry } from '../kind/registry.ts';
import type {
  Coordinates,
  NodeName,
  Plan,
  PlannedInput,
  PlannedNode,
} from '../pipeline/plan.ts';
import type { JsonObject } from '../util/json.ts';
import { readRecord, type NodeRecord } from '../worker/record.ts';
import { Examiner, type Examined } from './examiner.ts';
import {
  inputDifferences,
  settingsDifferences,
  type KeyDifference,
} from './key-differences.ts';
import { neededNodes } from './needed-nodes.ts';
import { openInputs, verdict, type PlanState } from './plan-states.ts';
import { nearestRun } from './reasons.ts';
import { scanNodes } from './scan.ts';

/** What the cache keeps of a run, as far as it is about the run and not its result. */
export interface EarlierRun {
  readonly pipeline: string;
  readonly node: string;
  readonly key: Digest;
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
  readonly seconds: number;
  readonly sizeBytes: number;
  readonly environment: Environment;
}

/** What feeds a slot; the content is null while it is not known. */
export interface ExplainedInput {
  readonly node: NodeName;
  readonly content: Digest | null;
}

/** What a key is made of, with the names that stand behind it. */
export interface ExplainedParts {
  readonly kind: string;
  readonly version: number;
  readonly params: JsonObject;
  readonly files: readonly {
    readonly path: string;
    readonly content: Digest | null;
  }[];
  readonly inputs: Readonly<
    Record<
      string,
      | ExplainedInput
      | readonly (ExplainedInput & { readonly coordinates: Coordinates })[]
    >
  >;
}

/** Why a node ran, or would run. */
export interface Explanation extends Pick<
  PlanState,
  'node' | 'kind' | 'state' | 'reason'
> {
  /** Null while it is not known. */
  readonly key: Digest | null;
  /** Where another node picks its settings: which one, and the values that are taken of it; null before it has. */
  readonly settings: {
    readonly node: NodeName;
    readonly picked: Coordinates | null;
  } | null;
  /** Null where a file that it would read can't be read, and while its settings are not picked. */
  readonly parts: ExplainedParts | null;
  /** The run that computed a hit; null for other nodes. */
  readonly computed: EarlierRun | null;
  /** The earlier run nearest to one that has to come; null for a hit, and where there was none. */
  readonly comparedWith: EarlierRun | null;
  /** Where the key differs from that run's, as far as it is known. */
  readonly differences: readonly KeyDifference[];
  /** Inputs that have to be computed before the key is known. */
  readonly waitsFor: readonly NodeName[];
}

/** Says of nodes why they ran or would run, in the plan's order. Runs and writes nothing. */
export async function explainNodes(options: {
  readonly plan: Plan;
  readonly nodes: ReadonlySet<NodeName>;
  readonly registry: Registry;
  readonly store: Store;
}): Promise<readonly Explanation[]> {
  const { plan, nodes, registry, store } = options;
  const examiner = new Examiner({ store, registry });
  const needed = neededNodes(plan, nodes);
  const examined = await scanNodes(needed, examiner);
  return needed.flatMap((node) => {
    const state = examined.get(node.name);
    return nodes.has(node.name) && state !== undefined
      ? [explain({ plan, registry, store, examiner, examined }, node, state)]
      : [];
  });
}

interface Looked {
  readonly plan: Plan;
  readonly registry: Registry;
  readonly store: Store;
  readonly examiner: Examiner;
  readonly examined: ReadonlyMap<NodeName, Examined>;
}

function explain(
  looked: Looked,
  node: PlannedNode,
  state: Examined,
): Explanation {
  const { plan, registry, store, examiner, examined } = looked;
  const known = {
    node: node.name,
    kind: node.kind,
    ...verdict({ plan, registry, store }, node, state, examined),
    settings:
      node.params === null
        ? { node: node.picks.from, picked: examiner.picked(node) }
        : null,
    waitsFor: openInputs(node, examined),
  };
  const nothing = { computed: null, comparedWith: null, differences: [] };
  if (state.type === 'broken') {
    return { ...known, key: null, parts: null, ...nothing };
  }
  const settings = state.type === 'open' ? state.settings : state.parts;
  const settled = examiner.settle(node);
  if (settings === null || !settled.ok) {
    return { ...known, key: null, parts: null, ...nothing };
  }
  const paths = examiner.filesOf(settled.value);
  const parts = explainParts(node, settings, paths, examiner);
  if (state.type === 'hit') {
    const record = readRecord(store, state.key);
    const computed =
      record.state === 'present' ? earlierRun(record.value) : null;
    return { ...known, key: state.key, parts, ...nothing, computed };
  }
  const nearest = nearestRun(
    { store, pipeline: plan.name, node: node.name },
    settings,
  );
  return {
    ...known,
    key: state.type === 'miss' ? state.key : null,
    parts,
    computed: null,
    comparedWith: nearest === undefined ? null : earlierRun(nearest),
    differences:
      nearest === undefined
        ? []
        : [
            ...settingsDifferences(nearest.parts, settings, paths),
            ...(state.type === 'miss'
              ? inputDifferences(nearest.parts.inputs, state.parts.inputs)
              : []),
          ],
  };
}

function explainParts(
  node: PlannedNode,
  { kind, version, params, files }: NodeSettings,
  paths: readonly string[],
  examiner: Examiner,
): ExplainedParts {
  const explained = (name: NodeName): ExplainedInput => ({
    node: name,
    content: examiner.content(name) ?? null,
  });
  const explainInput = (input: PlannedInput) =>
    input.type === 'single'
      ? explained(input.node)
      : input.members.map((member) => ({
          coordinates: member.coordinates,
          ...explained(member.node),
        }));
  return {
    kind,
    version,
    params,
    files: paths.map((path, index) => ({
      path,
      content: files[index] ?? null,
    })),
    inputs: Object.fromEntries(
      Object.entries(node.inputs).map(([slot, input]) => [
        slot,
        explainInput(input),
      ]),
    ),
  };
}

const earlierRun = ({
  pipeline,
  node,
  parts,
  finishedAt,
  seconds,
  sizeBytes,
  environment,
}: NodeRecord): EarlierRun => ({
  pipeline,
  node,
  key: nodeKey(parts),
  finishedAt,
  seconds,
  sizeBytes,
  environment,
});
