import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { openStore } from '../cache/open-store.ts';
import { NumberTakenError } from '../cache/process-number.ts';
import type { Store } from '../cache/store.ts';
import type { AnyKind, Progress } from '../kind/kind.ts';
import { Registry } from '../kind/registry.ts';
import {
  openBackend,
  type Backend,
  type BackendName,
  type BackendOptions,
} from '../tensor/backend.ts';
import { liveGpuBytes, liveTensors } from '../tensor/tf.ts';
import { LeakWatch } from './leak-watch.ts';
import { PrintedOutput } from './printed-output.ts';
import { NUMBER_TAKEN_EXIT } from './protocol.ts';
import type {
  FromWorker,
  NodeTask,
  TaskResult,
  ToWorker,
  WorkerSettings,
} from './protocol.ts';
import {
  computeNode,
  failureOf,
  storeNodes,
  type Computed,
} from './run-node.ts';
import { Thinned } from './thin-out.ts';

/** Standard output and error both go there. */
const STANDARD_ERROR = 2;

/** Where kinds keep files that they have fetched. */
const downloadsIn = (cacheFolder: string): string =>
  join(cacheFolder, 'downloads');

/** What is computed waits so long at most for others of its turn: then it is stored. */
const STORE_AFTER_MS = 50;

const send = (message: FromWorker): void => {
  process.send?.(message);
};

/** Resolves once the message has left this process. */
const sendAndWait = (message: FromWorker): Promise<void> =>
  new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else {
      process.send(message, undefined, undefined, () => {
        resolve();
      });
    }
  });

/** Ends the process as if nothing had listened to SIGTERM. */
function endByTermination(): void {
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, 'SIGTERM');
}

/** Computes one node after the other for the process that started this one. */
class NodeServer {
  readonly #registry: Registry;
  readonly #leaks = new LeakWatch();
  readonly #printed = new PrintedOutput(STANDARD_ERROR);
  #settings: WorkerSettings | undefined;
  #store: Promise<Store> | undefined;
  #stop = new AbortController();
  #isBusy = false;
  #isTerminated = false;
  /** Whether it was said what should be known of the backend. */
  #isNoticed = false;

  constructor(kinds: readonly AnyKind[]) {
    this.#registry = new Registry(kinds);
  }

  async hear(message: ToWorker): Promise<void> {
    switch (message.type) {
      case 'open':
        this.#settings = message.settings;
        return;
      case 'stop':
        this.#stop.abort();
        return;
      case 'run':
        this.#stop = new AbortController();
        this.#isBusy = true;
        send({ type: 'started' });
        await this.#takeTurn(message.tasks);
        this.#isBusy = false;
        if (this.#isTerminated) endByTermination();
    }
  }

  /** Stops the node at hand, which saves a checkpoint where it can, and ends the process. */
  terminate(): void {
    this.#isTerminated = true;
    if (this.#isBusy) this.#stop.abort();
    else endByTermination();
  }

  /** Does tasks one after the other. What is computed waits for the next ones, but not for long, to be stored with them. */
  async #takeTurn(tasks: readonly NodeTask[]): Promise<void> {
    let waiting: (Computed & { readonly task: number })[] = [];
    let started = performance.now();
    for (const [task, given] of tasks.entries()) {
      const computed = await this.#compute(given, task);
      const isLast = task === tasks.length - 1;
      if (isLast) this.#lookForLeaks();
      if (computed.type === 'computed') waiting.push({ ...computed, task });
      else await this.#answer([{ task, result: computed }]);
      if (!isLast && performance.now() - started < STORE_AFTER_MS) continue;
      const stored = await this.#storeAll(waiting);
      const results = waiting.flatMap((one, index) => {
        const result = stored[index];
        return result === undefined ? [] : [{ task: one.task, result }];
      });
      await this.#answer(results);
      [waiting, started] = [[], performance.now()];
    }
  }

  /** Before the turn is over: then the process is handed the next one. */
  #lookForLeaks(): void {
    const why = this.#leaks.after({
      tensors: liveTensors(),
      residentBytes: process.memoryUsage.rss(),
      gpuBytes: liveGpuBytes(),
    });
    if (why !== null) send({ type: 'worn', why });
  }

  /** What was stopped by a signal is not answered: the scheduling process sees how this one ended, and tries again. */
  async #answer(
    results: (FromWorker & { readonly type: 'ended' })['results'],
  ): Promise<void> {
    const told = results.filter(
      ({ result }) => !this.#isTerminated || result.type !== 'stopped',
    );
    if (told.length > 0) await sendAndWait({ type: 'ended', results: told });
  }

  #open(folder: string): Promise<Store> {
    mkdirSync(downloadsIn(folder), { recursive: true });
    return openStore({ folder, readOnly: false, isInspected: true });
  }

  async #storeAll(
    computed: readonly Computed[],
  ): Promise<readonly TaskResult[]> {
    if (computed.length === 0 || this.#store === undefined) return [];
    return storeNodes(await this.#store, computed);
  }

  /** Native libraries say something when they are loaded: a node has not printed that. */
  async #openBackend(
    name: BackendName,
    options: BackendOptions | undefined,
    warn: (message: string) => void,
  ): Promise<Backend> {
    const isQuiet = this.#printed.read() === '';
    const backend = await openBackend(name, options);
    if (isQuiet) this.#printed.clear();
    if (backend.notice !== undefined && !this.#isNoticed) warn(backend.notice);
    this.#isNoticed = true;
    return backend;
  }

  async #compute(
    task: NodeTask,
    place: number,
  ): Promise<Awaited<ReturnType<typeof computeNode>>> {
    const settings = this.#settings;
    if (settings === undefined) {
      throw new Error('Internal error: a task came before the settings');
    }
    const { cacheFolder, backend, backendOptions, checkpointSeconds } =
      settings;
    const thinned = new Thinned<Progress>((progress) => {
      send({ type: 'progress', task: place, progress });
    });
    this.#printed.clear();
    const warn = (message: string): void => {
      send({ type: 'warning', task: place, message });
    };
    try {
      this.#store ??= this.#open(cacheFolder);
      return await computeNode({
        task,
        registry: this.#registry,
        store: await this.#store,
        downloads: downloadsIn(cacheFolder),
        openBackend: () => this.#openBackend(backend, backendOptions, warn),
        signal: this.#stop.signal,
        progress: (progress) => {
          thinned.add(progress);
        },
        warn,
        checkpointSeconds,
        printed: () => this.#printed.read(),
      });
    } catch (error) {
      if (error instanceof NumberTakenError) process.exit(NUMBER_TAKEN_EXIT);
      this.#store = undefined;
      return failureOf(error, 0);
    } finally {
      thinned.close();
    }
  }
}

/**
 * Makes this process a worker: it answers the messages of `protocol.ts` until its parent lets go of it, and never
 * outlives it.
 *
 * @param kinds the kinds that it can run.
 */
export function serveNodes(kinds: readonly AnyKind[]): void {
  const parent = Number(process.argv[2]);
  new Worker(new URL('./watch-parent.js', import.meta.url), {
    workerData: { parent },
  }).unref();
  process.on('disconnect', () => process.exit());
  // An interrupt at the terminal goes to every process of the group; what becomes of a node is the scheduler's decision.
  process.on('SIGINT', () => undefined);
  const server = new NodeServer(kinds);
  process.on('SIGTERM', () => {
    server.terminate();
  });
  process.on('message', (message) => {
    // A rejection is a bug, and ends the worker with its stack in the output.
    void server.hear(message as ToWorker);
  });
}
