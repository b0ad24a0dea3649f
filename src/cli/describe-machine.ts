import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { describeEnvironment } from '../fingerprint/environment.ts';
import { thisPlatform, type Platform } from '../native/platform.ts';
import { formatBytes } from '../util/quantities.ts';

/** What `pipeline doctor` says of the machine. */
export interface Machine {
  readonly node: string;
  /** `linux x64 6.1.0`. */
  readonly platform: string;
  /** `glibc 2.36`; null where the system has no such choice. */
  readonly libc: string | null;
  readonly processor: string;
  /** Threads that can run at a time. */
  readonly threads: number;
  readonly memoryBytes: number;
  readonly nvidiaDriver: string | null;
  /** Names of NVIDIA's cards. */
  readonly gpus: readonly string[];
  /** Variables that change the number of threads. */
  readonly variables: Readonly<Record<string, string>>;
}

const DRIVER = '/proc/driver/nvidia';

/** Variables that libraries read their number of threads from, or which GPUs they see. */
const VARIABLES = [
  ...['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS', 'OMP_NUM_THREADS'],
  ...['CUDA_VISIBLE_DEVICES', 'TF_ENABLE_ONEDNN_OPTS', 'NODE_OPTIONS'],
];

/** This machine, without loading a library. */
export function describeMachine(environment: NodeJS.ProcessEnv): Machine {
  const { node, platform, processor } = describeEnvironment();
  return {
    ...{ node, platform, processor },
    libc: libcText(thisPlatform()),
    threads: availableParallelism(),
    memoryBytes: totalmem(),
    nvidiaDriver: driverVersion(),
    gpus: cardNames(),
    variables: Object.fromEntries(
      VARIABLES.flatMap((name) => {
        const value = environment[name];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  };
}

function libcText({ libc }: Platform): string | null {
  switch (libc.type) {
    case 'glibc':
      return `glibc ${libc.version}`;
    case 'other':
      return 'not glibc (musl?)';
    case 'none':
      return null;
  }
}

function driverVersion(): string | null {
  const path = join(DRIVER, 'version');
  if (!existsSync(path)) return null;
  const [, version] =
    /Module.*?\s(\d+\.[\d.]+)\s/.exec(readFileSync(path, 'utf8')) ?? [];
  return version ?? 'unknown version';
}

function cardNames(): readonly string[] {
  const folder = join(DRIVER, 'gpus');
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((card) => {
    const text = readFileSync(join(folder, card, 'information'), 'utf8');
    const [, name] = /^Model:\s*(.*)$/m.exec(text) ?? [];
    return name === undefined ? [] : [name];
  });
}

/** The machine in lines for people. */
export function machineText(machine: Machine): string {
  const { libc, nvidiaDriver, gpus, variables } = machine;
  const driver = nvidiaDriver === null ? '' : `, driver ${nvidiaDriver}`;
  const lines = [
    ['system', [machine.platform, libc].filter(Boolean).join(', ')],
    ['node', machine.node],
    ['processor', machine.processor],
    ['threads', String(machine.threads)],
    ['memory', formatBytes(machine.memoryBytes)],
    ['GPU', `${gpus.length > 0 ? gpus.join(', ') : 'none of NVIDIA'}${driver}`],
    ...Object.entries(variables),
  ];
  const width = Math.max(...lines.map(([name = '']) => name.length));
  return lines
    .map(([name = '', value = '']) => `${name.padEnd(width)}  ${value}\n`)
    .join('');
}
