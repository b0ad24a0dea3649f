import { openStore } from '../cache/open-store.ts';
import type { Store } from '../cache/store.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { findUnavailable } from '../engine/allotments.ts';
import { machineBudget, type MachineBudget } from '../executor/machine.ts';
import type { PlannedNode } from '../pipeline/plan.ts';
import { err, ok, type Result } from '../util/result.ts';
import { chooseBackend, type ChosenBackend } from './choose-backend.ts';
import type { RunOptions } from './options.ts';
import { sayWaiting } from './say-waiting.ts';

/** What a run works with. */
export interface RunMeans {
  readonly backend: ChosenBackend;
  readonly jobs: number;
  readonly budget: MachineBudget;
  readonly store: Store;
}

/**
 * Gets everything that a run has to wait for.
 *
 * @throws an `AbortError` if the signal is aborted meanwhile.
 */
export async function getMeans(
  nodes: readonly PlannedNode[],
  folder: string,
  options: RunOptions,
  signal: AbortSignal,
): Promise<Result<RunMeans, readonly Diagnostic[]>> {
  const tools = { environment: process.env, signal };
  const chosen = await chooseBackend(options, tools);
  if (!chosen.ok) return chosen;
  const machine = machineBudget(process.env);
  const jobs = options.jobs ?? machine.processors;
  const memoryBytes = options.memory ?? machine.memoryBytes;
  const budget = { ...machine, memoryBytes };
  const unavailable = findUnavailable(nodes, { ...budget, places: jobs });
  if (unavailable.length > 0) return err(unavailable);
  const store = await openStore({
    folder,
    readOnly: false,
    waits: sayWaiting,
    signal,
  });
  return ok({ backend: chosen.value, jobs, budget, store });
}
