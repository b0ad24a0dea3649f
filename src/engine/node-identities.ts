import { digest } from '../fingerprint/canonical.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { NodeSettings } from '../fingerprint/node-key.ts';
import type {
  NodeName,
  Plan,
  PlannedInput,
  PlannedNode,
} from '../pipeline/plan.ts';
import type { Json, JsonObject } from '../util/json.ts';
import type { Examined } from './examiner.ts';

/** By node: equal where two nodes do the same with the same, whatever they and what feeds them are called. */
export type Identities = ReadonlyMap<NodeName, Digest>;

/** A node's settings, or undefined where a file that it would read can't be read, or they are not picked yet. */
export const settingsOf = (
  state: Examined | undefined,
): NodeSettings | undefined =>
  state === undefined || state.type === 'broken'
    ? undefined
    : state.type === 'open'
      ? (state.settings ?? undefined)
      : state.parts;

/**
 * What tells the nodes of a plan apart before anything has run: their settings, and in the place of the contents that
 * a key has, the identities of what feeds them.
 */
export function identifyNodes(
  plan: Plan,
  examined: ReadonlyMap<NodeName, Examined>,
): Identities {
  const identities = new Map<NodeName, Digest>();
  const identityOf = (name: NodeName): Digest => {
    const known = identities.get(name);
    if (known !== undefined) return known;
    throw new Error(`Internal error: "${name}" comes after what it feeds`);
  };
  const inputIdentity = (input: PlannedInput): Json =>
    input.type === 'single'
      ? identityOf(input.node)
      : input.members.map(({ coordinates, node }) => ({
          coordinates,
          identity: identityOf(node),
        }));
  for (const node of plan.nodes.values()) {
    const inputs = Object.entries(node.inputs).map(
      ([slot, input]) => [slot, inputIdentity(input)] as const,
    );
    identities.set(
      node.name,
      digest('NodeIdentity', {
        own: ownIdentity(node, settingsOf(examined.get(node.name))),
        inputs: Object.fromEntries(inputs),
        picks: node.params === null ? identityOf(node.picks.from) : null,
      }),
    );
  }
  return identities;
}

const ownIdentity = (
  node: PlannedNode,
  settings: NodeSettings | undefined,
): JsonObject =>
  node.params === null
    ? // What is picked may be known by now; what it is picked from tells more.
      { kind: node.kind, params: Object.fromEntries(node.picks.params) }
    : settings === undefined
      ? // Where the files can't be read, their paths are all that is known of them.
        { kind: node.kind, params: node.params }
      : {
          kind: settings.kind,
          version: settings.version,
          params: settings.params,
          files: settings.files,
        };

/** Old name -> new name, of nodes that are the same but for their names; each is used once. */
export function findRenamed(
  before: Identities,
  now: Identities,
): ReadonlyMap<NodeName, NodeName> {
  const gone = new Map<Digest, NodeName[]>();
  for (const [name, identity] of before) {
    if (now.has(name)) continue;
    const names = gone.get(identity);
    if (names === undefined) gone.set(identity, [name]);
    else names.push(name);
  }
  const renamed = new Map<NodeName, NodeName>();
  for (const [name, identity] of now) {
    if (before.has(name)) continue;
    const old = gone.get(identity)?.shift();
    if (old !== undefined) renamed.set(old, name);
  }
  return renamed;
}
