import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { promisify } from 'node:util';
import { projectRoot } from '../support/project.ts';

const execute = promisify(execFile);

/** One thread for every library that a peer may compute with. */
const ONE_THREAD = {
  OMP_NUM_THREADS: '1',
  OPENBLAS_NUM_THREADS: '1',
  MKL_NUM_THREADS: '1',
};

/**
 * A Python with some packages, in a virtual environment of the user's cache folder; made on the first call.
 *
 * @param requirements as pip takes them.
 * @param modules whose import shows that they are there.
 */
export async function pythonWith(
  requirements: readonly string[],
  modules: readonly string[],
): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const folder = join(cache, 'penultimate-bench', 'python');
  const python = join(folder, 'bin', 'python');
  if (!existsSync(python)) {
    mkdirSync(join(folder, '..'), { recursive: true });
    await execute('python3', ['-m', 'venv', folder]);
  }
  const hasAll = await execute(python, [
    '-c',
    `import ${modules.join(', ')}`,
  ]).then(
    () => true,
    () => false,
  );
  if (!hasAll) {
    console.log(`installing ${requirements.join(' and ')} in ${folder} …`);
    await execute(
      python,
      ['-m', 'pip', 'install', '--quiet', ...requirements],
      { maxBuffer: 2 ** 26 },
    );
  }
  return python;
}

/** A script of this folder that answers each line of JSON with one, in a process of its own with one thread. */
export class PythonPeer {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(python: string, script: string) {
    const path = join(projectRoot, 'test', 'bench', script);
    const child = spawn(python, [path], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...ONE_THREAD },
    });
    const lines: Interface = createInterface({ input: child.stdout });
    this.#process = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async ask<T>(request: object): Promise<T> {
    this.#process.stdin?.write(`${JSON.stringify(request)}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('The Python process ended.');
    return JSON.parse(line.value) as T;
  }

  async close(): Promise<void> {
    const closed = once(this.#process, 'close');
    this.#process.stdin?.end();
    await closed;
  }
}
