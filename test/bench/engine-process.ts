import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

/** Steps that were timed. */
export interface TimedSteps {
  readonly wallMs: readonly number[];
  /** Mean of a step on the processor, over all threads. */
  readonly cpuMs: number;
  /** Resident memory after the steps. */
  readonly residentMiB: number;
  /** Tensors that are alive then, where the engine counts them. */
  readonly tensors?: number;
  /** Memory of buffers on a GPU then, where the engine counts it. */
  readonly gpuMiB?: number;
}

/**
 * Something that takes training steps, in a process of its own: it says what it is in a first line of JSON, and answers each
 * number of steps with another, their times.
 */
export class EngineProcess {
  readonly title: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(title: string, child: ChildProcess, lines: Interface) {
    this.title = title;
    this.#process = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** @throws Error if the process ends before it has said what it is. */
  static async open(
    command: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv,
  ): Promise<EngineProcess> {
    const child = spawn(command, [...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    const lines = createInterface({ input: child.stdout });
    const engine = new EngineProcess('', child, lines);
    const { title } = (await engine.#answer()) as { title: string };
    return Object.assign(engine, { title });
  }

  async run(steps: number): Promise<TimedSteps> {
    this.#process.stdin?.write(`${steps}\n`);
    return (await this.#answer()) as TimedSteps;
  }

  async close(): Promise<void> {
    const closed = once(this.#process, 'close');
    this.#process.stdin?.end();
    await closed;
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) {
      throw new Error(
        `The process of ${this.title || 'an engine'} ended before its time.`,
      );
    }
    return JSON.parse(line.value);
  }
}
