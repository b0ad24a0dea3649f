import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { promisify } from 'node:util';
import { projectRoot } from '../support/project.ts';
import type { Engine, TimedSteps } from './training.ts';
import type { BenchedNetwork } from './training-networks.ts';

const execute = promisify(execFile);

/** What is installed from the package index that pip is set up for. */
const REQUIREMENTS = ['torch==2.8.0', 'numpy'];

const LAYOUTS = ['default', 'channels-last'] as const;

/** PyTorch in a process of its own, with one thread and one layout of images. */
export class TorchTraining implements Engine {
  readonly title: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(title: string, child: ChildProcess, lines: Interface) {
    this.title = title;
    this.#process = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  static async open(
    python: string,
    network: BenchedNetwork,
    layout: (typeof LAYOUTS)[number],
  ): Promise<TorchTraining> {
    const script = join(projectRoot, 'test', 'bench', 'training_torch.py');
    const child = spawn(
      python,
      [script, JSON.stringify({ ...network, layout })],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, OMP_NUM_THREADS: '1' },
      },
    );
    const lines = createInterface({ input: child.stdout });
    const training = new TorchTraining('', child, lines);
    const { version } = (await training.#answer()) as { version: string };
    return Object.assign(training, {
      title: `PyTorch ${version}, ${layout}`,
    });
  }

  async #answer(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('The PyTorch process ended.');
    return JSON.parse(line.value);
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
}

/** PyTorch in both layouts, or why there is none. */
export async function openTorch(network: BenchedNetwork): Promise<{
  readonly engines: readonly TorchTraining[];
  readonly reason: string | null;
}> {
  try {
    const python = await torchPython();
    const engines: TorchTraining[] = [];
    for (const layout of LAYOUTS) {
      engines.push(await TorchTraining.open(python, network, layout));
    }
    return { engines, reason: null };
  } catch (error) {
    const [why] = (
      error instanceof Error ? error.message : String(error)
    ).split('\n');
    return {
      engines: [],
      reason: `PyTorch could not be set up, so ours stands alone: ${why}`,
    };
  }
}

/** A Python with PyTorch, in a virtual environment of the user's cache folder; made on the first call. */
async function torchPython(): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'penultimate-bench', 'python');
  const python = join(folder, 'bin', 'python');
  if (!existsSync(python)) {
    mkdirSync(join(folder, '..'), { recursive: true });
    await execute('python3', ['-m', 'venv', folder]);
  }
  const hasTorch = await execute(python, ['-c', 'import torch']).then(
    () => true,
    () => false,
  );
  if (!hasTorch) {
    console.log(`installing ${REQUIREMENTS.join(' and ')} in ${folder} …`);
    await execute(
      python,
      ['-m', 'pip', 'install', '--quiet', ...REQUIREMENTS],
      { maxBuffer: 2 ** 26 },
    );
  }
  return python;
}
