import type { Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import { timeOfDay } from '../fingerprint/environment.ts';
import type { Registry } from '../kind/registry.ts';
import type { NodeName, Plan } from '../pipeline/plan.ts';
import { Examiner } from './examiner.ts';
import { neededNodes } from './needed-nodes.ts';
import { encodeRoot, readRoot, rootName, type RunSource } from './roots.ts';
import { scanNodes } from './scan.ts';

/** What became of a pin. */
export interface ChangedPin {
  /** Results that were added to it, or taken out. */
  readonly changed: number;
  /** Results that it has now. */
  readonly pinned: number;
  /** Nodes that have no result to pin. */
  readonly missing: readonly NodeName[];
}

/**
 * Adds the results of nodes to the pin of a pipeline, or takes them out of it. A pin holds the results of that moment: a
 * node that runs anew later is not pinned by it.
 *
 * @throws CacheError if the store can't be written.
 */
export async function changePin(options: {
  readonly plan: Plan;
  readonly registry: Registry;
  readonly store: Store;
  readonly source: RunSource;
  readonly nodes: ReadonlySet<NodeName>;
  readonly isPinned: boolean;
}): Promise<ChangedPin> {
  const { plan, registry, store, source, nodes, isPinned } = options;
  const name = rootName('pin', source);
  const isAll = nodes.size === plan.nodes.size;
  const before = readRoot(store, name)?.keys ?? [];
  const found: Digest[] = [];
  const missing: NodeName[] = [];
  const examiner = new Examiner({ store, registry });
  const examined = await scanNodes(neededNodes(plan, nodes), examiner);
  for (const node of nodes) {
    const state = examined.get(node);
    if (state?.type === 'hit') found.push(state.key);
    else missing.push(node);
  }
  const keys = new Set(before);
  // Without nodes all of the pin goes, though the file may have changed since.
  if (!isPinned && isAll) keys.clear();
  for (const key of found) {
    if (isPinned) keys.add(key);
    else keys.delete(key);
  }
  const changed = Math.abs(keys.size - before.length);
  if (changed > 0) {
    const root = { type: 'pin', ...source, at: timeOfDay() } as const;
    await (keys.size === 0
      ? store.remove({
          ...{ records: [], manifests: [], checkpoints: [], chunks: [] },
          ...{ roots: [name], pointers: new Map() },
        })
      : store.point(
          new Map([[name, encodeRoot({ ...root, keys: [...keys] })]]),
          'roots',
        ));
  }
  return { changed, pinned: keys.size, missing };
}
