import { fork, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PrintedOutput } from '../worker/printed-output.ts';
import { errorCode, errorMessage } from '../util/error-message.ts';
import type {
  FromWorker,
  NodeTask,
  TaskResult,
  ToWorker,
  WorkerSettings,
} from '../worker/protocol.ts';
import { WorkerDiedError, type TaskHooks } from './executor.ts';

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

interface Pending {
  readonly hooks: TaskHooks;
  readonly resolve: (result: TaskResult) => void;
  readonly reject: (error: WorkerDiedError) => void;
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
  #isAlive = true;
  #pending: Pending | undefined;

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

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Hands a task over. One at a time. */
  run(task: NodeTask, hooks: TaskHooks): Promise<TaskResult> {
    return new Promise<TaskResult>((resolve, reject) => {
      const kill: { timer?: NodeJS.Timeout } = {};
      const stop = (): void => {
        this.#send({ type: 'stop' });
        kill.timer = setTimeout(() => {
          this.#child.kill('SIGKILL');
        }, this.#stopGraceMs);
      };
      const settle = (): void => {
        this.#pending = undefined;
        clearTimeout(kill.timer);
        hooks.signal.removeEventListener('abort', stop);
      };
      this.#pending = {
        hooks,
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      this.#send({ type: 'run', task });
      hooks.signal.addEventListener('abort', stop, { once: true });
      if (hooks.signal.aborted) stop();
    });
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
    const pending = this.#pending;
    if (pending === undefined) return;
    switch (message.type) {
      case 'started':
        pending.hooks.started();
        return;
      case 'progress':
        pending.hooks.progress(message.progress);
        return;
      case 'warning':
        pending.hooks.warned(message.message);
        return;
      case 'ended':
        pending.resolve(message.result);
    }
  }

  #die(how: string): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    if (pending.hooks.signal.aborted) {
      pending.resolve({ type: 'stopped' });
      return;
    }
    const hint =
      how === 'SIGKILL'
        ? ' The system ends processes this way when memory runs out.'
        : '';
    const words = this.#output.read().trim().slice(-LAST_WORDS);
    pending.reject(
      new WorkerDiedError(
        `The worker was ended by ${how}.${hint}${words === '' ? '' : `\n${words}`}`,
      ),
    );
  }
}
