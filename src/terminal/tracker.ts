import type { OtherProgram, Outcome, RunEvent } from '../engine/events.ts';
import type { Progress } from '../kind/kind.ts';
import { familyLabel, type NodeName, type Plan } from '../pipeline/plan.ts';

/** A node that a worker has taken up. */
export interface RunningNode {
  readonly node: NodeName;
  readonly progress: Progress | null;
  /** Clock time at its start, milliseconds. */
  readonly startedMs: number;
}

/** How a family stands. */
export interface FamilyState {
  /** As written: `train[loss,seed]`. */
  readonly label: string;
  readonly total: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Worker time of its nodes that ran in this run. */
  readonly seconds: number;
}

interface MutableFamily {
  label: string;
  total: number;
  outcomes: Record<Outcome, number>;
  seconds: number;
}

/** What a renderer knows of a run: the plan, and what the events said so far. */
export class Tracker {
  readonly #plan: Plan;
  readonly #now: () => number;
  /** Seconds that nodes took in earlier runs, where known. */
  #estimates: ReadonlyMap<NodeName, number | null> = new Map();
  readonly #families = new Map<string, MutableFamily>();
  readonly #waiting: Set<NodeName>;
  readonly #running = new Map<NodeName, RunningNode>();
  readonly #elsewhere = new Map<NodeName, OtherProgram>();
  readonly counts: Record<Outcome, number> = {
    hit: 0,
    ran: 0,
    failed: 0,
    skipped: 0,
  };
  #workers = 1;

  /**
   * @param nodes the planned nodes that take part in the run.
   * @param now clock in milliseconds.
   */
  constructor(options: {
    readonly plan: Plan;
    readonly nodes: ReadonlySet<NodeName>;
    readonly now: () => number;
  }) {
    this.#plan = options.plan;
    this.#now = options.now;
    this.#waiting = new Set(options.nodes);
    for (const name of options.nodes) {
      const node = this.#node(name);
      const family = this.#families.get(node.family);
      if (family !== undefined) {
        family.total++;
        continue;
      }
      this.#families.set(node.family, {
        label: familyLabel(node),
        total: 1,
        outcomes: { hit: 0, ran: 0, failed: 0, skipped: 0 },
        seconds: 0,
      });
    }
  }

  #node(name: NodeName) {
    const node = this.#plan.nodes.get(name);
    if (node === undefined) {
      throw new Error(`Internal error: "${name}" is not in the plan`);
    }
    return node;
  }

  apply(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        this.#workers = event.workers;
        return;
      case 'run-estimated':
        this.#estimates = event.seconds;
        return;
      case 'node-started':
        this.#waiting.delete(event.node);
        this.#elsewhere.delete(event.node);
        this.#running.set(event.node, {
          node: event.node,
          progress: null,
          startedMs: this.#now(),
        });
        return;
      case 'node-waiting':
        this.#elsewhere.set(event.node, event.program);
        return;
      case 'node-progress': {
        const running = this.#running.get(event.node);
        if (running !== undefined) {
          this.#running.set(event.node, {
            ...running,
            progress: event.progress,
          });
        }
        return;
      }
      case 'node-finished': {
        this.#waiting.delete(event.node);
        this.#elsewhere.delete(event.node);
        this.#running.delete(event.node);
        this.counts[event.outcome]++;
        const family = this.#families.get(this.#node(event.node).family);
        if (family !== undefined) {
          family.outcomes[event.outcome]++;
          family.seconds += event.seconds;
        }
        return;
      }
      case 'table-preview':
      case 'warning':
      case 'scorecard':
      case 'run-finished':
        return;
    }
  }

  /** In the order in which they were taken up. */
  get running(): readonly RunningNode[] {
    return [...this.#running.values()];
  }

  /** Nodes that another program computes, and who. They count as waiting. */
  get elsewhere(): ReadonlyMap<NodeName, OtherProgram> {
    return this.#elsewhere;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get done(): number {
    const { hit, ran, failed, skipped } = this.counts;
    return hit + ran + failed + skipped;
  }

  familyOf(name: NodeName): FamilyState {
    const family = this.#families.get(this.#node(name).family);
    if (family === undefined) {
      throw new Error(`Internal error: "${name}" takes no part in the run`);
    }
    return family;
  }

  /**
   * Seconds until the end, as far as one can tell: times of this run's finished nodes of the same family, else of earlier
   * runs, spread over the workers. Null while most of the waiting nodes have never been timed.
   */
  remainingSeconds(): number | null {
    let known = 0;
    let unknown = 0;
    let seconds = 0;
    const estimate = (name: NodeName): number | undefined => {
      const family = this.#families.get(this.#node(name).family);
      return family !== undefined && family.outcomes.ran > 0
        ? family.seconds / family.outcomes.ran
        : (this.#estimates.get(name) ?? undefined);
    };
    for (const name of this.#waiting) {
      const expected = estimate(name);
      if (expected === undefined) unknown++;
      else {
        known++;
        seconds += expected;
      }
    }
    for (const { node, progress, startedMs } of this.#running.values()) {
      const elapsed = (this.#now() - startedMs) / 1000;
      // What an earlier process had done took none of this one's time.
      const from = progress?.resumedFrom ?? 0;
      const share =
        progress === null || progress.total <= from
          ? 0
          : (progress.done - from) / (progress.total - from);
      const expected = share > 0.02 ? elapsed / share : estimate(node);
      if (expected === undefined) unknown++;
      else {
        known++;
        seconds += Math.max(0, expected - elapsed);
      }
    }
    if (unknown > known) return null;
    return (seconds * (1 + unknown / Math.max(1, known))) / this.#workers;
  }
}
