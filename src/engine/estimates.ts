import type { Store } from '../cache/store.ts';
import { settingsDigest } from '../fingerprint/node-key.ts';
import type { Registry } from '../kind/registry.ts';
import type { NodeName, Plan, PlannedNode } from '../pipeline/plan.ts';
import { latestName, readPointer } from '../worker/record.ts';
import { findPlace } from './courses.ts';
import type { Examined } from './examiner.ts';

class Mean {
  #sum = 0;
  #count = 0;

  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }

  get value(): number | null {
    return this.#count === 0 ? null : this.#sum / this.#count;
  }
}

/**
 * How long nodes take, from earlier runs: what is left of it where it goes on from another run's end, else the node's own last run, else the last one with the same settings, else the
 * mean over its family, else over its kind. Null where none of these was ever timed.
 */
export function estimateSeconds(options: {
  readonly plan: Plan;
  readonly registry: Registry;
  readonly store: Store;
  readonly examined: ReadonlyMap<NodeName, Examined>;
}): ReadonlyMap<NodeName, number | null> {
  const { plan, registry, store, examined } = options;
  const families = new Map<string, Mean>();
  const kinds = new Map<string, Mean>();
  const own = new Map<NodeName, number | undefined>();
  const add = (means: Map<string, Mean>, name: string, value: number): void => {
    const mean = means.get(name) ?? new Mean();
    mean.add(value);
    means.set(name, mean);
  };
  for (const [name, state] of examined) {
    const node = plan.nodes.get(name);
    if (node === undefined) continue;
    const seconds =
      state.type === 'hit'
        ? state.seconds
        : (remainingSeconds(store, registry, node, state) ??
          earlierSeconds(store, plan.name, name, state));
    own.set(name, seconds);
    if (seconds === undefined) continue;
    add(families, node.family, seconds);
    add(kinds, node.kind, seconds);
  }
  return new Map(
    [...own].map(([name, seconds]) => {
      const node = plan.nodes.get(name);
      return [
        name,
        seconds ??
          families.get(node?.family ?? '')?.value ??
          kinds.get(node?.kind ?? '')?.value ??
          null,
      ];
    }),
  );
}

/** At the pace of the run from whose end the node goes on; undefined where it goes on from none. */
function remainingSeconds(
  store: Store,
  registry: Registry,
  node: PlannedNode,
  state: Examined,
): number | undefined {
  const kind = registry.get(node.kind);
  if (state.type !== 'miss' || kind === undefined) return undefined;
  const place = findPlace(store, kind, state.node, state.parts);
  const [from] = place?.earlier ?? [];
  return from === undefined || !place?.epochSeconds
    ? undefined
    : place.epochSeconds * (place.epochs - from.epochs);
}

function earlierSeconds(
  store: Store,
  pipeline: string,
  node: NodeName,
  state: Examined,
): number | undefined {
  const last = readPointer(store, latestName(pipeline, node));
  if (last !== undefined) return last.seconds;
  const settings =
    state.type === 'open'
      ? state.settings
      : state.type === 'miss'
        ? state.parts
        : undefined;
  return settings === undefined || settings === null
    ? undefined
    : readPointer(store, settingsDigest(settings))?.seconds;
}
