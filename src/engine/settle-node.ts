import { readManifest } from '../artifact/codec-manifest.ts';
import type { Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { InputCoordinates } from '../kind/kind.ts';
import type { Registry } from '../kind/registry.ts';
import { pickName, type OpenNode, type SettledNode } from '../pipeline/plan.ts';
import { isJsonObject } from '../util/json.ts';
import { err, ok, type Result } from '../util/result.ts';

/** A node whose parameters were picked, and what was. */
export interface Picked {
  readonly node: SettledNode;
  /** Only the axes whose values the parameters take. */
  readonly values: InputCoordinates;
}

/**
 * The node with the parameters that it has by what another one has picked.
 *
 * @param content of the node that picks.
 * @returns or a sentence that says why what was picked can't be had.
 */
export function settleNode(
  node: OpenNode,
  content: Digest,
  { store, registry }: { readonly store: Store; readonly registry: Registry },
): Result<Picked, string> {
  const { picks, ...rest } = node;
  const manifest = readManifest(store, content);
  const value = manifest.state === 'present' ? manifest.value.value : null;
  if (!isJsonObject(value)) {
    return err(`The result of "${picks.from}" can't be read.`);
  }
  const kind = registry.get(picks.kind);
  const picked = kind?.picks?.picked(value) ?? {};
  const params = picks.params.get(pickName(picks.axes, picked));
  if (params === undefined) {
    // Whoever has the same key has picked among the same.
    throw new Error(
      `Internal error: "${picks.from}" picked ${JSON.stringify(picked)}`,
    );
  }
  const values = picks.axes.map((axis) => [axis, picked[axis] ?? ''] as const);
  return ok({ node: { ...rest, params }, values: Object.fromEntries(values) });
}
