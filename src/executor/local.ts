import { availableParallelism } from 'node:os';
import type {
  NodeTask,
  TaskResult,
  WorkerSettings,
} from '../worker/protocol.ts';
import { NumberTakenError, type Executor, type TaskHooks } from './executor.ts';
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

/**
 * The share of the machine's threads that each of `workers` processes has, times the processors that it was given: two that
 * take all would take turns.
 */
export function threadShares(
  workers: number,
  cpus = 1,
): Record<string, string> {
  const processors = availableParallelism();
  const share = Math.max(1, Math.floor(processors / workers));
  const threads = Math.max(share, Math.min(processors, share * cpus));
  return {
    ...Object.fromEntries(
      THREAD_VARIABLES.map((name) => [name, String(threads)]),
    ),
    // libtensorflow runs the ops of a graph side by side, each on one thread: its results don't depend on the share.
    TF_NUM_INTRAOP_THREADS: '1',
  };
}

/** What a worker was started with: it can't be changed while it lives. */
interface WorkerShare {
  readonly cpus: number;
  /** Names of the GPUs that it sees. */
  readonly gpus: readonly string[];
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
  readonly #gpus: readonly string[];
  readonly #idle: WorkerProcess[] = [];
  readonly #all = new Map<WorkerProcess, WorkerShare>();
  /** Workers that are about to be started. */
  #coming = 0;
  readonly #waiting: Waiting[] = [];
  readonly #tiny: Waiting[] = [];
  #later: NodeJS.Immediate | undefined;

  /**
   * @param options.workers how many processes at a time; as many as there are processors where not given.
   * @param options.gpus names of the GPUs that it gives to tasks.
   * @param options.environment variables for the workers; a number of threads in it wins over the share.
   * @param options.module what the processes run; the tests have their own.
   * @param options.stopGraceMs how long a node may go on once it was told to stop; ten seconds where not given.
   */
  constructor(options: {
    readonly workers?: number | undefined;
    readonly gpus?: readonly string[];
    readonly settings: WorkerSettings;
    readonly environment: NodeJS.ProcessEnv;
    readonly module?: URL;
    readonly stopGraceMs?: number;
  }) {
    this.workers = options.workers ?? availableParallelism();
    this.#gpus = options.gpus ?? [];
    this.#options = {
      module: options.module ?? WORKER_MODULE,
      settings: options.settings,
      environment: options.environment,
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
    await Promise.all([...this.#all.keys()].map((worker) => worker.close()));
    this.#all.clear();
  }

  /** Hands out what waits, as far as there are workers for it. */
  #dispatch(): void {
    for (;;) {
      const free =
        this.#idle.length + this.workers - this.#all.size - this.#coming;
      if (free <= 0) return;
      const turn = this.#waiting.splice(0, 1);
      if (turn.length === 0) {
        const fair = Math.ceil(this.#tiny.length / free);
        turn.push(...this.#tiny.splice(0, Math.min(TURN, fair)));
      }
      if (turn.length === 0) return;
      this.#assign(turn);
    }
  }

  /** Gives a turn to a worker with the share that it needs: one that is there, or else a new one. */
  #assign(turn: readonly Waiting[]): void {
    const [first] = turn;
    if (first === undefined) return;
    const { cpus, gpus } = first.task;
    const idle = this.#takeIdle(cpus, gpus);
    const start = (): void => {
      try {
        this.#give(idle ?? this.#start(cpus, gpus), turn);
      } catch (error) {
        for (const { reject } of turn) reject(error);
      }
    };
    const retired = idle === undefined ? this.#retire(gpus) : [];
    if (retired.length === 0) {
      start();
      return;
    }
    // A worker that has a GPU lets go of it when it has ended.
    this.#coming++;
    void Promise.all(retired.map((worker) => worker.close())).then(() => {
      this.#coming--;
      start();
    });
  }

  #give(worker: WorkerProcess, turn: readonly Waiting[]): void {
    const results = worker.run(turn);
    turn.forEach((waiting, index) => {
      results[index]?.then(waiting.resolve, (error: unknown) => {
        // The next process has another number.
        if (error instanceof NumberTakenError) this.#waiting.push(waiting);
        else waiting.reject(error);
      });
    });
    void Promise.allSettled(results).then(() => {
      if (worker.isAlive && !worker.isWorn) this.#idle.push(worker);
      else {
        this.#all.delete(worker);
        if (worker.isAlive) void worker.close();
      }
      this.#dispatch();
    });
  }

  #takeIdle(cpus: number, gpus: number): WorkerProcess | undefined {
    // The one that was used last: its memory is warm.
    for (let place = this.#idle.length - 1; place >= 0; place--) {
      const worker = this.#idle[place];
      const share = worker && this.#all.get(worker);
      if (worker === undefined || share === undefined) continue;
      if (!worker.isAlive) {
        this.#forget(worker);
      } else if (share.cpus === cpus && share.gpus.length === gpus) {
        this.#idle.splice(place, 1);
        return worker;
      }
    }
    return undefined;
  }

  /** Takes idle workers of other shares out, as many as have to go for a new one with so many GPUs. */
  #retire(gpus: number): readonly WorkerProcess[] {
    const retired: WorkerProcess[] = [];
    const retire = (worker: WorkerProcess): void => {
      this.#forget(worker);
      retired.push(worker);
    };
    for (const worker of [...this.#idle]) {
      if (this.#freeGpus().length >= gpus) break;
      if ((this.#all.get(worker)?.gpus.length ?? 0) > 0) retire(worker);
    }
    const [eldest] = this.#idle;
    const isFull = this.#all.size + this.#coming >= this.workers;
    if (isFull && eldest !== undefined) retire(eldest);
    return retired;
  }

  #forget(worker: WorkerProcess): void {
    this.#all.delete(worker);
    const place = this.#idle.indexOf(worker);
    if (place !== -1) this.#idle.splice(place, 1);
  }

  #freeGpus(): readonly string[] {
    const taken = new Set([...this.#all.values()].flatMap(({ gpus }) => gpus));
    return this.#gpus.filter((name) => !taken.has(name));
  }

  #start(cpus: number, gpus: number): WorkerProcess {
    const names = this.#freeGpus().slice(0, gpus);
    if (names.length < gpus) {
      throw new Error('Internal error: tasks have more GPUs than there are');
    }
    const { environment } = this.#options;
    const worker = new WorkerProcess({
      ...this.#options,
      environment: {
        ...threadShares(this.workers, cpus),
        ...environment,
        // Where there are none nothing is hidden: what a library makes of that is its own matter.
        ...(this.#gpus.length > 0
          ? { CUDA_VISIBLE_DEVICES: names.join(',') }
          : {}),
      },
    });
    this.#all.set(worker, { cpus, gpus: names });
    return worker;
  }
}
