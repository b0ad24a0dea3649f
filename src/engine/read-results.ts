import type { Artifact } from '../artifact/artifact.ts';
import { openArtifact } from '../artifact/codec.ts';
import { readManifest, type Manifest } from '../artifact/codec-manifest.ts';
import type { Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { Registry } from '../kind/registry.ts';
import type { NodeName, Plan } from '../pipeline/plan.ts';
import { readRecord, type NodeRecord } from '../worker/record.ts';
import { Examiner } from './examiner.ts';
import { neededNodes } from './needed-nodes.ts';
import { scanNodes } from './scan.ts';

/** A node's result, as far as the cache has it. */
export type NodeResult =
  | {
      readonly type: 'computed';
      readonly key: Digest;
      readonly content: Digest;
      readonly record: NodeRecord;
      /** The value, and the arrays by dtype, shape and digest. */
      readonly manifest: Manifest;
      /** Reads the arrays; one whose chunks are damaged throws a `DamagedArtifactError` when it is asked for. */
      readonly artifact: Artifact;
    }
  /** A sentence that says why there is nothing to show. */
  | { readonly type: 'not-computed'; readonly reason: string };

/** Finds the results of nodes in the cache, in the plan's order. Runs and writes nothing. */
export async function readResults(options: {
  readonly plan: Plan;
  readonly nodes: ReadonlySet<NodeName>;
  readonly registry: Registry;
  readonly store: Store;
}): Promise<ReadonlyMap<NodeName, NodeResult>> {
  const { plan, nodes, registry, store } = options;
  const needed = neededNodes(plan, nodes);
  const examined = await scanNodes(needed, new Examiner({ store, registry }));
  const results = new Map<NodeName, NodeResult>();
  for (const { name } of needed) {
    const state = examined.get(name);
    if (!nodes.has(name) || state === undefined) continue;
    switch (state.type) {
      case 'hit':
        results.set(name, readResult(store, name, state));
        break;
      case 'miss':
        results.set(
          name,
          notComputed(
            state.damage === null
              ? `"${name}" has not been computed yet.`
              : `The result of "${name}" in the cache is damaged: ${state.damage}. Run again to compute it anew.`,
          ),
        );
        break;
      case 'open':
        results.set(
          name,
          notComputed(
            `"${name}" has not been computed yet: something that it needs has not.`,
          ),
        );
        break;
      case 'broken':
        results.set(name, notComputed(state.message));
    }
  }
  return results;
}

const notComputed = (reason: string): NodeResult => ({
  type: 'not-computed',
  reason,
});

function readResult(
  store: Store,
  name: NodeName,
  { key, content }: { readonly key: Digest; readonly content: Digest },
): NodeResult {
  const record = readRecord(store, key);
  const manifest = readManifest(store, content);
  // Both were there a moment ago; another program may have removed them since.
  if (record.state !== 'present' || manifest.state !== 'present') {
    return notComputed(`The result of "${name}" is no longer in the cache.`);
  }
  return {
    type: 'computed',
    key,
    content,
    record: record.value,
    manifest: manifest.value,
    artifact: openArtifact(store, manifest.value),
  };
}
