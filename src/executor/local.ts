import { availableParallelism } from 'node:os';
import type {
  NodeTask,
  TaskResult,
  WorkerSettings,
} from '../worker/protocol.ts';
import type { Executor, TaskHooks } from './executor.ts';
import {
  WorkerProcess,
  type HandedTask,
  type WorkerOptions,
} from './worker-process.ts';

/** The module that workers run. */
const WORKER_MODULE = new URL('../worker/main.js', import.meta.url);

/** Ten seconds: a step of training is over by then. */
const STOP_GRACE_MS = 10_000;

/** What the libraries that a node may load call their number of threads. */
const THREAD_VARIABLES = [
  'OMP_NUM_THREADS',
  'OPENBLAS_NUM_THREADS',
  'MKL_NUM_THREADS',
  'TF_NUM_INTEROP_THREADS',
];

/** The share of the machine's threads that each of `workers` processes has: two that take all would take turns. */
export function threadShares(workers: number): Record<string, string> {
  const share = Math.max(1, Math.floor(availableParallelism() / workers));
  return {
    ...Object.fromEntries(
      THREAD_VARIABLES.map((name) => [name, String(share)]),
    ),
    // libtensorflow runs the ops of a graph side by side, each on one thread: its results don't depend on the share.
    TF_NUM_INTRAOP_THREADS: '1',
  };
}

/** Tiny tasks in one turn of a worker: they share two messages and one wait for the disk. */
const TURN = 16;

interface Waiting extends HandedTask {
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Runs nodes in processes of this machine: started when first needed, kept and reused, one turn at a time each. */
export class LocalExecutor implements Executor {
  readonly workers: number;
  /** A turn that is done and one that waits, so that no worker does. */
  readonly tinyTasks = 2 * TURN;
  readonly #options: WorkerOptions;
  readonly #idle: WorkerProcess[] = [];
  readonly #all = new Set<WorkerProcess>();
  readonly #waiting: Waiting[] = [];
  readonly #tiny: Waiting[] = [];
  #later: NodeJS.Immediate | undefined;

  /**
   * @param options.workers how many processes at a time; as many as there are processors where not given.
   * @param options.environment variables for the workers; a number of threads in it wins over the share.
   * @param options.module what the processes run; the tests have their own.
   * @param options.stopGraceMs how long a node may go on once it was told to stop; ten seconds where not given.
   */
  constructor(options: {
    readonly workers?: number | undefined;
    readonly settings: WorkerSettings;
    readonly environment: NodeJS.ProcessEnv;
    readonly module?: URL;
    readonly stopGraceMs?: number;
  }) {
    this.workers = options.workers ?? availableParallelism();
    this.#options = {
      module: options.module ?? WORKER_MODULE,
      settings: options.settings,
      environment: { ...threadShares(this.workers), ...options.environment },
      stopGraceMs: options.stopGraceMs ?? STOP_GRACE_MS,
    };
  }

  run(task: NodeTask, hooks: TaskHooks): Promise<TaskResult> {
    return new Promise((resolve, reject) => {
      const waiting = { task, hooks, resolve, reject };
      if (task.isTiny) {
        this.#tiny.push(waiting);
        // What else is handed in at this moment goes along.
        this.#later ??= setImmediate(() => {
          this.#later = undefined;
          this.#dispatch();
        });
      } else {
        this.#waiting.push(waiting);
        this.#dispatch();
      }
    });
  }

  async close(): Promise<void> {
    this.#idle.length = 0;
    await Promise.all([...this.#all].map((worker) => worker.close()));
    this.#all.clear();
  }

  /** Hands out what waits, as far as there are workers for it. */
  #dispatch(): void {
    for (;;) {
      const free = this.#idle.length + this.workers - this.#all.size;
      if (free === 0) return;
      const turn = this.#waiting.splice(0, 1);
      if (turn.length === 0) {
        const fair = Math.ceil(this.#tiny.length / free);
        turn.push(...this.#tiny.splice(0, Math.min(TURN, fair)));
      }
      if (turn.length === 0) return;
      try {
        this.#give(this.#take(), turn);
      } catch (error) {
        for (const { reject } of turn) reject(error);
      }
    }
  }

  #give(worker: WorkerProcess, turn: readonly Waiting[]): void {
    const results = worker.run(turn);
    turn.forEach(({ resolve, reject }, index) => {
      results[index]?.then(resolve, reject);
    });
    void Promise.allSettled(results).then(() => {
      if (worker.isAlive) this.#idle.push(worker);
      else this.#all.delete(worker);
      this.#dispatch();
    });
  }

  #take(): WorkerProcess {
    for (;;) {
      // The one that was used last: its memory is warm.
      const worker = this.#idle.pop();
      if (worker === undefined) break;
      if (worker.isAlive) return worker;
      this.#all.delete(worker);
    }
    const worker = new WorkerProcess(this.#options);
    this.#all.add(worker);
    return worker;
  }
}
