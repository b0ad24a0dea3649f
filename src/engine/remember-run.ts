import { CacheError } from '../cache/cache-error.ts';
import type { Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import { timeOfDay } from '../fingerprint/environment.ts';
import type { Reporter } from './reporter.ts';
import {
  encodeRoot,
  readRoots,
  rootName,
  type Root,
  type RunSource,
} from './roots.ts';

/** A root is written again after so long, though it would be the same: its age tells what is still used. */
const REFRESH_MS = 86_400_000;

/**
 * Makes a run the last one of its pipeline: it keeps its results, and its hits are the last runs of their nodes, which later
 * reasons compare with. A run that did not come through, or was of a part of the plan, keeps what the one before it kept
 * too.
 *
 * A run that changes nothing writes nothing, and does not look at the pointers of its nodes.
 *
 * @param isWhole whether every node of the plan is done.
 */
export async function rememberRun(
  store: Store,
  source: RunSource,
  reporter: Reporter,
  isWhole: boolean,
): Promise<void> {
  const name = rootName('run', source);
  const roots = readRoots(store);
  const before = roots.get(name);
  const keys = isWhole
    ? reporter.keys
    : [...new Set([...(before?.keys ?? []), ...reporter.keys])];
  if (keys.length === 0) return;
  const at = timeOfDay();
  if (
    before !== undefined &&
    isCurrent(before, [...roots.values()], keys, at)
  ) {
    return;
  }
  const root: Root = { type: 'run', ...source, at, keys };
  try {
    await store.point(reporter.changedPointers(store, source.pipeline));
    await store.point(new Map([[name, encodeRoot(root)]]), 'roots');
  } catch (error) {
    // Only reasons suffer, and a prune may remove what this run has: what was asked for has been done.
    if (!(error instanceof CacheError)) throw error;
    reporter.warn(error.message);
  }
}

/** Whether a root says all that a new one would, and no other run of the pipeline has pointed names elsewhere since. */
const isCurrent = (
  before: Root,
  roots: readonly Root[],
  keys: readonly Digest[],
  at: string,
): boolean =>
  before.keys.length === keys.length &&
  before.keys.every((key, index) => key === keys[index]) &&
  Date.parse(at) - Date.parse(before.at) < REFRESH_MS &&
  !roots.some(
    (root) =>
      root !== before &&
      root.type === 'run' &&
      root.pipeline === before.pipeline &&
      root.at >= before.at,
  );
