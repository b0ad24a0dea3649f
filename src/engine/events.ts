import type { TableValue } from '../artifact/table.ts';
import type { CheckedClaim } from '../claims/check-claim.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { Progress } from '../kind/kind.ts';
import type { NodeName } from '../pipeline/plan.ts';

/** How a node ended. */
export type Outcome = 'hit' | 'ran' | 'failed' | 'skipped';

/** A program that works on the same cache. */
export interface OtherProgram {
  /** What tells it from all others. */
  readonly id: string;
  /** As it was called: `pipeline run a.yaml`. */
  readonly command: string;
  readonly pid: number;
  /** When it began with the node, ISO 8601, UTC. */
  readonly since: string;
}

/** What happens in a run, as it happens. Renderers in `terminal/` are interchangeable. */
export type RunEvent =
  /** Once, first: the plan is looked at, nothing has run. */
  | {
      readonly type: 'run-started';
      readonly pipeline: string;
      readonly backend: string;
      /** Whether it multiplies and adds in one rounding, so that results depend on the machine. */
      readonly fma: boolean;
      readonly workers: number;
      readonly nodes: number;
    }
  /** Once, if anything has to run: seconds that nodes took in earlier runs, where any did. */
  | {
      readonly type: 'run-estimated';
      readonly seconds: ReadonlyMap<NodeName, number | null>;
    }
  /** A worker has taken up the node. */
  | { readonly type: 'node-started'; readonly node: NodeName }
  /** Another program computes the node; this one waits for it, without holding a worker. */
  | {
      readonly type: 'node-waiting';
      readonly node: NodeName;
      readonly program: OtherProgram;
    }
  | {
      readonly type: 'node-progress';
      readonly node: NodeName;
      readonly progress: Progress;
      /** Since the node started. */
      readonly seconds: number;
    }
  /** Exactly once for each planned node. `ran` comes once the record is durable. */
  | {
      readonly type: 'node-finished';
      readonly node: NodeName;
      readonly outcome: Outcome;
      /** Null where it never got one. */
      readonly key: Digest | null;
      /** Time it took now (`ran`, `failed`), or 0. */
      readonly seconds: number;
      /** A sentence, never empty. */
      readonly reason: string;
      /** A failure as it is shown: position, message. Null for the other outcomes. */
      readonly failure: string | null;
      /** The value of a table that is ready to be shown. */
      readonly table: TableValue | null;
    }
  /** What there is of a table that is not finished; for people, and only while it is not. */
  | {
      readonly type: 'table-preview';
      readonly node: NodeName;
      readonly table: TableValue;
    }
  /** A warning that stops nothing: a damaged record taken as a miss. */
  | { readonly type: 'warning'; readonly message: string }
  /** Once, right before the end, where the file has claims about tables that take part in the run. */
  | { readonly type: 'scorecard'; readonly claims: readonly CheckedClaim[] }
  /** Once, last, after failures and on interrupt too. */
  | {
      readonly type: 'run-finished';
      readonly hit: number;
      readonly ran: number;
      readonly failed: number;
      readonly skipped: number;
      readonly seconds: number;
    };

/** Whoever listens to a run. */
export type RunListener = (event: RunEvent) => void;
