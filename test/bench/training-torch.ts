import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../support/project.ts';
import { EngineProcess } from './engine-process.ts';
import type { BenchedNetwork } from './training-networks.ts';

const execute = promisify(execFile);

/** What is installed from the package index that pip is set up for. */
const REQUIREMENTS = ['torch==2.8.0', 'numpy'];

const LAYOUTS = ['default', 'channels-last'] as const;

/** PyTorch with a number of threads, in both layouts of images. */
export async function openTorch(
  python: string,
  network: BenchedNetwork,
  threads: number,
): Promise<readonly EngineProcess[]> {
  const script = join(projectRoot, 'test', 'bench', 'training_torch.py');
  const engines: EngineProcess[] = [];
  for (const layout of LAYOUTS) {
    const settings = JSON.stringify({ ...network, layout, threads });
    engines.push(
      await EngineProcess.open(python, [script, settings], {
        OMP_NUM_THREADS: String(threads),
      }),
    );
  }
  return engines;
}

/**
 * A Python with PyTorch, in a virtual environment of the user's cache folder; made on the first call.
 *
 * @throws Error if there can be none: no Python, no package index.
 */
export async function torchPython(): Promise<string> {
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
