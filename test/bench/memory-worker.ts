import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCli } from '../support/cli.ts';
import { childrenOf } from '../support/processes.ts';

/** Often enough for a peak: the system keeps it for as long as the process lives. */
const LOOK_MS = 200;

/** A training of the miniature study: data and network as in `pipelines/paper.yaml`, three epochs. */
const PIPELINE = `pipeline: 1
name: memory
nodes:
  source:
    kind: dataset
    params:
      source:
        type: shapes
        content: source-pairs
        label: class
        seed: { train: 11, tune: 12, test: 13 }
        images: { train: 6000, tune: 2000, test: 3000 }
  train:
    kind: train
    inputs: { data: source }
    params:
      loss: { type: softmax }
      seed: 0
      model:
        type: resnet
        stem: { width: 16, stride: 2 }
        widths: [16, 32, 64, 128]
        strides: [1, 2, 2, 2]
        blocks: [1, 1, 1, 1]
        last-layer-deviation: 0.05
      epochs: 3
      batch: 128
      rate: 0.2
      warm-up: 1
      schedule: { type: cosine }
      augmentation: { shift: 1 }
  features:
    kind: extract
    inputs: { model: train, data: source }
    params: { layers: [pool], splits: [train, test] }
`;

/**
 * The largest resident memory that a worker of `pipeline run` has had while it made the data, trained the network on wasm
 * and extracted features; undefined where the system has no `/proc`.
 *
 * @throws Error if the run fails.
 */
export async function workerPeakMiB(): Promise<number | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'penultimate-memory-'));
  const file = join(folder, 'memory.yaml');
  writeFileSync(file, PIPELINE);
  const run = startCli(folder, [
    ...['run', file, '--cache', join(folder, 'cache')],
    ...['--backend', 'wasm', '--jobs', '1'],
  ]);
  let peak: number | undefined;
  const timer = setInterval(() => {
    if (!existsSync('/proc/self')) return;
    for (const pid of childrenOf(run.process.pid!)) {
      peak = Math.max(peak ?? 0, peakOf(pid) ?? 0);
    }
  }, LOOK_MS);
  try {
    const { code, stderr } = await run.ended;
    if (code !== 0) throw new Error(`The run of "${file}" failed: ${stderr}`);
  } finally {
    clearInterval(timer);
    rmSync(folder, { recursive: true, force: true });
  }
  return peak;
}

/** The largest resident memory that a process has had, in MiB; undefined where it is gone. */
function peakOf(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(status) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) / 1024;
  } catch {
    return undefined;
  }
}
