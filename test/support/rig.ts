import {
  emptyTables,
  MemoryStore,
  type MemoryTables,
} from '../../src/cache/memory-store.ts';
import type { Store } from '../../src/cache/store.ts';
import type { RunEvent } from '../../src/engine/events.ts';
import {
  runPlan,
  type RunPlanOptions,
  type RunReport,
} from '../../src/engine/run-plan.ts';
import type { Executor, TaskHooks } from '../../src/executor/executor.ts';
import type { AnyKind } from '../../src/kind/kind.ts';
import { Registry } from '../../src/kind/registry.ts';
import type { Plan } from '../../src/pipeline/plan.ts';
import type { NodeTask, TaskResult } from '../../src/worker/protocol.ts';
import { runNode } from '../../src/worker/run-node.ts';
import { Control } from './controlled-kind.ts';
import { makePlan, type NodeSpec } from './make-plan.ts';

/** The end of a node, as an event. */
export type NodeFinished = Extract<
  RunEvent,
  { readonly type: 'node-finished' }
>;

/** What a run told whoever listened. */
export class Heard {
  readonly events: RunEvent[] = [];

  readonly listener = (event: RunEvent): void => {
    this.events.push(event);
  };

  /** Node -> its one end. */
  get ends(): Readonly<Record<string, NodeFinished>> {
    const ends: Record<string, NodeFinished> = {};
    for (const event of this.events) {
      if (event.type !== 'node-finished') continue;
      if (event.node in ends) throw new Error(`${event.node} ended twice`);
      ends[event.node] = event;
    }
    return ends;
  }

  /** Node -> how it ended. */
  get outcomes(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(this.ends).map(([node, { outcome }]) => [node, outcome]),
    );
  }

  /** Names of the nodes that ran, sorted. */
  get ran(): readonly string[] {
    return Object.entries(this.outcomes)
      .filter(([, outcome]) => outcome === 'ran')
      .map(([node]) => node)
      .sort();
  }

  get warnings(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'warning' ? [event.message] : [],
    );
  }
}

/** Runs nodes in this process, where tests can hold them. */
export class InProcessExecutor implements Executor {
  readonly workers: number;
  readonly tinyTasks = 1;
  readonly #registry: Registry;
  readonly #store: Store;

  constructor(options: {
    readonly workers: number;
    readonly registry: Registry;
    readonly store: Store;
  }) {
    this.workers = options.workers;
    this.#registry = options.registry;
    this.#store = options.store;
  }

  run(task: NodeTask, hooks: TaskHooks): Promise<TaskResult> {
    hooks.started();
    return runNode({
      task,
      registry: this.#registry,
      store: this.#store,
      downloads: '',
      openBackend: () => Promise.reject(new Error('no backend in this test')),
      signal: hooks.signal,
      progress: hooks.progress,
      warn: hooks.warned,
      checkpointSeconds: Infinity,
      printed: () => '',
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A run in one process: a store in memory, a controlled kind, everything that happened. */
export class Rig {
  readonly control = new Control();
  readonly tables: MemoryTables = emptyTables();
  readonly store: Store = new MemoryStore({ tables: this.tables });
  readonly registry: Registry;

  constructor(kinds: readonly AnyKind[] = []) {
    this.registry = new Registry([this.control.kind, ...kinds]);
  }

  plan(specs: Readonly<Record<string, Partial<NodeSpec>>>): Plan {
    return makePlan(
      this.registry,
      Object.fromEntries(
        Object.entries(specs).map(([name, spec]) => [
          name,
          { kind: 'controlled', ...spec, params: { id: name, ...spec.params } },
        ]),
      ),
    );
  }

  /** Starts a run; what it has told so far is in `heard`. */
  start(
    plan: Plan,
    options: Partial<RunPlanOptions> & { readonly workers?: number } = {},
  ): { readonly heard: Heard; readonly report: Promise<RunReport> } {
    const heard = new Heard();
    const report = runPlan({
      plan,
      registry: this.registry,
      store: this.store,
      cacheFolder: '',
      backend: 'wasm',
      failFast: false,
      signal: new AbortController().signal,
      listener: heard.listener,
      executor: new InProcessExecutor({
        workers: options.workers ?? 2,
        registry: this.registry,
        store: this.store,
      }),
      ...options,
    });
    return { heard, report };
  }

  /** A whole run. */
  async run(
    plan: Plan,
    options: Partial<RunPlanOptions> & { readonly workers?: number } = {},
  ): Promise<Heard & { readonly report: RunReport }> {
    const { heard, report } = this.start(plan, options);
    return Object.assign(heard, { report: await report });
  }
}
