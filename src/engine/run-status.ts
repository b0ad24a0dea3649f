import type { NodeName } from '../pipeline/plan.ts';
import type { Json } from '../util/json.ts';
import type { Outcome, RunEvent } from './events.ts';

/** What a run says of itself to whoever asks from outside. A type, not an interface, so that it is plain data. */
export type RunReportRow = {
  readonly pipeline: string;
  readonly nodes: number;
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly running: readonly {
    readonly node: string;
    readonly seconds: number;
    /** Work done and in all, in `unit`; null before the node has told. */
    readonly progress: {
      readonly done: number;
      readonly total: number;
      readonly unit: string;
    } | null;
  }[];
  readonly waiting: readonly {
    readonly node: string;
    /** Identity of the program that has it. */
    readonly program: string;
  }[];
};

interface Running {
  readonly startedMs: number;
  progress: RunReportRow['running'][number]['progress'];
}

/** Follows the events of a run, and says at any moment how it stands. */
export class RunStatus {
  #pipeline: string;
  #nodes = 0;
  readonly #counts = { hit: 0, ran: 0, failed: 0, skipped: 0 };
  readonly #running = new Map<NodeName, Running>();
  readonly #waiting = new Map<NodeName, string>();

  constructor(pipeline: string) {
    this.#pipeline = pipeline;
  }

  apply(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        this.#pipeline = event.pipeline;
        this.#nodes = event.nodes;
        return;
      case 'node-started':
        this.#waiting.delete(event.node);
        this.#running.set(event.node, {
          startedMs: performance.now(),
          progress: null,
        });
        return;
      case 'node-waiting':
        this.#waiting.set(event.node, event.program.id);
        return;
      case 'node-progress': {
        const running = this.#running.get(event.node);
        const { done, total, unit } = event.progress;
        if (running !== undefined) running.progress = { done, total, unit };
        return;
      }
      case 'node-finished':
        this.#waiting.delete(event.node);
        this.#running.delete(event.node);
        this.#counts[event.outcome]++;
        return;
      case 'run-estimated':
      case 'table-preview':
      case 'scorecard':
      case 'warning':
      case 'run-finished':
        return;
    }
  }

  get row(): RunReportRow & Json {
    const now = performance.now();
    return {
      pipeline: this.#pipeline,
      nodes: this.#nodes,
      counts: { ...this.#counts },
      running: [...this.#running].map(([node, { startedMs, progress }]) => ({
        node,
        seconds: Math.round((now - startedMs) / 1000),
        progress,
      })),
      waiting: [...this.#waiting].map(([node, program]) => ({ node, program })),
    };
  }
}
