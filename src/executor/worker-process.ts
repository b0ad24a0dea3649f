import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrintedOutput } from '../worker/printed-output.ts';
import { errorCode, errorMessage } from '../util/error-message.ts';
import { NUMBER_TAKEN_EXIT } from '../worker/protocol.ts';
import type {
  FromWorker,
  NodeTask,
  TaskResult,
  ToWorker,
  WorkerSettings,
} from '../worker/protocol.ts';
import {
  NumberTakenError,
  WorkerDiedError,
  type TaskHooks,
} from './executor.ts';
import { describeEnd, memoryKills } from './worker-end.ts';

/** How long a worker without a task may take to end. */
const CLOSE_GRACE_MS = 2_000;
/** Characters of a dead worker's last output that go into the message. */
const LAST_WORDS = 2_000;

/** What starts a worker. */
export interface WorkerOptions {
  /** The module that the process runs: it calls `serveNodes`. */
  readonly module: URL;
  readonly settings: WorkerSettings;
  readonly environment: NodeJS.ProcessEnv;
  /** How long a task may take to end once it was told to stop; then its process is killed. */
  readonly stopGraceMs: number;
}

/** A task, and who wants to hear of it. */
export interface HandedTask {
  readonly task: NodeTask;
  readonly hooks: TaskHooks;
}

interface Pending {
  readonly hooks: TaskHooks;
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: Error) => void;
}

/** A file for a worker's output that has no name any more: nothing is left of it, however both processes end. */
function openNamelessFile(): number {
  const folder = tmpdir();
  const path = join(folder, `penultimate-worker-${randomUUID()}.log`);
  try {
    const file = openSync(path, 'ax+');
    unlinkSync(path);
    return file;
  } catch (error) {
    throw new Error(
      `A worker can't be started: there can be no temporary file in "${folder}" (${errorCode(error) ?? errorMessage(error)}). Set TMPDIR to a folder that can be written.`,
      { cause: error },
    );
  }
}

/** One worker: a process that computes one node at a time, as long as it lives. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #outputFile: number;
  readonly #output: PrintedOutput;
  readonly #ended: Promise<void>;
  readonly #stopGraceMs: number;
  readonly #killsBefore = memoryKills();
  #isAlive = true;
  #isWorn = false;
  #isNumberTaken = false;
  /** The tasks of the turn that have not ended, by their place in it. */
  readonly #pending = new Map<number, Pending>();

  constructor(options: WorkerOptions) {
    this.#stopGraceMs = options.stopGraceMs;
    this.#outputFile = openNamelessFile();
    this.#output = new PrintedOutput(this.#outputFile);
    this.#child = fork(fileURLToPath(options.module), [String(process.pid)], {
      // Values travel as they are, not as JSON.
      serialization: 'advanced',
      // Flags of this process (a debugger's port, a test runner's) are not meant for its workers.
      execArgv: [],
      stdio: ['ignore', this.#outputFile, this.#outputFile, 'ipc'],
      env: options.environment,
    });
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (!this.#isAlive) return;
        this.#isAlive = false;
        this.#die(how);
        closeSync(this.#outputFile);
        resolve();
      };
      this.#child.on('exit', (code, signal) => {
        this.#isNumberTaken = code === NUMBER_TAKEN_EXIT;
        end(signal === null ? `exit code ${code ?? 'unknown'}` : signal);
      });
      // Without a listener an error of the process or its channel would end this one. Where it could not be started,
      // no exit follows.
      this.#child.on('error', (error) => {
        if (this.#child.pid === undefined) end(error.message);
      });
    });
    this.#child.on('message', (message) => {
      this.#hear(message as FromWorker);
    });
    this.#send({ type: 'open', settings: options.settings });
  }

  /** Whether it should not be used for another turn. */
  get isWorn(): boolean {
    return this.#isWorn;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Hands a turn over: a task, or several tiny ones. One turn at a time; it ends when all of its tasks have. */
  run(tasks: readonly HandedTask[]): readonly Promise<TaskResult>[] {
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      if (timer !== undefined) return;
      this.#send({ type: 'stop' });
      timer = setTimeout(() => {
        this.#child.kill('SIGKILL');
      }, this.#stopGraceMs);
    };
    const signals = new Set(tasks.map(({ hooks }) => hooks.signal));
    const settle = (): void => {
      if (this.#pending.size > 0) return;
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', stop);
    };
    const results = tasks.map(
      ({ hooks }, place) =>
        new Promise<TaskResult>((resolve, reject) => {
          this.#pending.set(place, {
            hooks,
            resolve: (result) => {
              this.#pending.delete(place);
              settle();
              resolve(result);
            },
            reject: (error) => {
              this.#pending.delete(place);
              settle();
              reject(error);
            },
          });
        }),
    );
    this.#send({ type: 'run', tasks: tasks.map(({ task }) => task) });
    for (const signal of signals) {
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    }
    return results;
  }

  /** Ends the process: gently, then not. */
  async close(): Promise<void> {
    if (this.#isAlive && this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => {
      this.#child.kill('SIGKILL');
    }, CLOSE_GRACE_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  #send(message: ToWorker): void {
    // A worker that is gone answers through its exit.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #hear(message: FromWorker): void {
    switch (message.type) {
      case 'started':
        for (const { hooks } of this.#pending.values()) hooks.started();
        return;
      case 'progress':
        this.#pending.get(message.task)?.hooks.progress(message.progress);
        return;
      case 'warning':
        this.#pending.get(message.task)?.hooks.warned(message.message);
        return;
      case 'worn': {
        this.#isWorn = true;
        const [first] = this.#pending.values();
        first?.hooks.warned(`A worker is replaced. ${message.why}`);
        return;
      }
      case 'ended':
        for (const { task, result } of message.results) {
          this.#pending.get(task)?.resolve(result);
        }
    }
  }

  #die(how: string): void {
    if (this.#pending.size === 0) return;
    const message = describeEnd({
      how,
      words: this.#output.read().trim().slice(-LAST_WORDS),
      killsBefore: this.#killsBefore,
      killsAfter: memoryKills(),
    });
    for (const { hooks, resolve, reject } of [...this.#pending.values()]) {
      if (hooks.signal.aborted) resolve({ type: 'stopped' });
      else if (this.#isNumberTaken) reject(new NumberTakenError(message));
      else reject(new WorkerDiedError(message));
    }
  }
}
