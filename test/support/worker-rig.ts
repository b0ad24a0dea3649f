import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openStore } from '../../src/cache/open-store.ts';
import type { Store } from '../../src/cache/store.ts';
import { runPlan, type RunReport } from '../../src/engine/run-plan.ts';
import type { Executor } from '../../src/executor/executor.ts';
import { LocalExecutor } from '../../src/executor/local.ts';
import type { MachineBudget } from '../../src/executor/machine.ts';
import { Registry } from '../../src/kind/registry.ts';
import type { Plan } from '../../src/pipeline/plan.ts';
import { makePlan, type NodeSpec } from './make-plan.ts';
import { pidIn } from './processes.ts';
import { Heard } from './rig.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { testKinds } from './test-kinds.ts';

/** What workers run in tests. */
export const TEST_WORKER = new URL('./test-worker.js', import.meta.url);

/** A run with real worker processes on a real cache, and gates by which a test holds nodes. */
export class WorkerRig {
  readonly registry = new Registry(testKinds);
  /** The cache. */
  readonly folder: string;
  readonly executor: LocalExecutor;
  readonly store: Store;
  /** Where gates have their files. */
  readonly #gates: string;

  private constructor(
    folder: string,
    gates: string,
    executor: LocalExecutor,
    store: Store,
  ) {
    this.folder = folder;
    this.#gates = gates;
    this.executor = executor;
    this.store = store;
  }

  static async open(
    context: TestContext,
    options: {
      readonly workers?: number;
      readonly gpus?: readonly string[];
      readonly module?: URL;
      readonly stopGraceMs?: number;
    } = {},
  ): Promise<WorkerRig> {
    const folder = join(temporaryFolder(context), 'cache');
    const store = await openStore({ folder, readOnly: false });
    const executor = new LocalExecutor({
      workers: options.workers ?? 2,
      ...(options.gpus === undefined ? {} : { gpus: options.gpus }),
      settings: {
        cacheFolder: folder,
        backend: 'wasm',
        checkpointSeconds: 30,
      },
      environment: process.env,
      module: options.module ?? TEST_WORKER,
      ...(options.stopGraceMs === undefined
        ? {}
        : { stopGraceMs: options.stopGraceMs }),
    });
    context.after(async () => {
      await executor.close();
      await store[Symbol.asyncDispose]();
    });
    return new WorkerRig(folder, temporaryFolder(context), executor, store);
  }

  plan(specs: Readonly<Record<string, NodeSpec>>): Plan {
    return makePlan(this.registry, specs);
  }

  /** A node that waits at a gate until `open`. */
  gate(name: string, extra: Partial<NodeSpec> = {}): NodeSpec {
    return {
      kind: 'gate',
      ...extra,
      params: { folder: this.#gates, name, ...extra.params },
    };
  }

  /** Lets a node through its gate. */
  open(name: string): void {
    writeFileSync(join(this.#gates, `${name}.open`), '');
  }

  /** The worker of a node that has come to its gate. */
  pidOf(name: string): Promise<number> {
    return pidIn(join(this.#gates, `${name}.pid`));
  }

  start(
    plan: Plan,
    options: {
      readonly signal?: AbortSignal;
      readonly failFast?: boolean;
      readonly executor?: Executor;
      readonly budget?: MachineBudget;
    } = {},
  ): { readonly heard: Heard; readonly report: Promise<RunReport> } {
    const heard = new Heard();
    const report = runPlan({
      plan,
      registry: this.registry,
      store: this.store,
      cacheFolder: this.folder,
      backend: 'wasm',
      failFast: options.failFast ?? false,
      signal: options.signal ?? new AbortController().signal,
      listener: heard.listener,
      executor: options.executor ?? this.executor,
      budget: options.budget,
    });
    return { heard, report };
  }

  async run(
    plan: Plan,
    options: Parameters<WorkerRig['start']>[1] = {},
  ): Promise<Heard> {
    const { heard, report } = this.start(plan, options);
    await report;
    return heard;
  }
}
