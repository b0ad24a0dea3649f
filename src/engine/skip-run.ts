import type { PlannedNode } from '../pipeline/plan.ts';
import type { RunListener } from './events.ts';
import { INTERRUPTED_REASON, Reporter } from './reporter.ts';

/** Tells of a run that was stopped before it could begin what every run tells at its end: each node is skipped. */
export function skipRun(
  nodes: readonly PlannedNode[],
  listener: RunListener,
): void {
  const reporter = new Reporter({ nodes, listener });
  reporter.skipUnfinished(INTERRUPTED_REASON);
  listener({ type: 'run-finished', ...reporter.counts, seconds: 0 });
}
