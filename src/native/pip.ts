import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { diskIsFull, InstallError, saysDiskIsFull } from './install-error.ts';
import { lastLines, runTool } from './run-tool.ts';
import { parseWheelName, type PinnedWheel } from './wheel-name.ts';

/** How pip is called on this machine. */
export type Pip = readonly [string, ...string[]];

const CANDIDATES: readonly Pip[] = [
  ['python3', '-m', 'pip'],
  ['python', '-m', 'pip'],
  ['pip3'],
  ['pip'],
];

/** Milliseconds between two looks at how much has arrived. */
const LOOK_MS = 250;

/** What the tools of a step are given. */
export interface ToolOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Looks for pip; undefined where there is none. */
export async function findPip(options: ToolOptions): Promise<Pip | undefined> {
  for (const pip of CANDIDATES) {
    const ended = await runTool({ command: [...pip, '--version'], ...options });
    if (ended?.code === 0) return pip;
  }
  return undefined;
}

/** What a download needs. */
export interface PipDownload extends ToolOptions {
  readonly pip: Pip;
  readonly wheel: PinnedWheel;
  /** A sentence for the end of a message: what else may be done. */
  readonly wayOut: string;
  /** An empty folder, to which the file comes under its own name. */
  readonly folder: string;
  /** Bytes that have arrived. */
  readonly progress: (done: number) => void;
}

/**
 * Fetches a wheel through pip, which knows its index, proxies, certificates and passwords. Nothing is installed in Python.
 *
 * @throws {InstallError} naming the address and what it answered, as far as pip says.
 */
export async function downloadByPip(download: PipDownload): Promise<void> {
  const { pip, wheel, folder, environment, signal, progress } = download;
  let arrived = 0;
  const watch = setInterval(() => {
    void largestFile(folder).then((bytes) => {
      if (bytes > arrived) progress((arrived = bytes));
    });
  }, LOOK_MS);
  try {
    const ended = await runTool({
      command: [...pip, ...downloadWords(wheel, folder)],
      // What is incomplete lies in the same folder, so that it is seen, and removed with it.
      environment: { ...environment, TMPDIR: folder },
      signal,
    });
    if (ended?.code === 0) return;
    const output = ended?.output ?? '';
    throw saysDiskIsFull(output)
      ? diskIsFull(folder, 2 * wheel.bytes)
      : new InstallError(inWords(download, output));
  } finally {
    clearInterval(watch);
  }
}

function downloadWords(wheel: PinnedWheel, folder: string): string[] {
  const name = parseWheelName(wheel.file);
  if (name === undefined) {
    throw new Error(`Internal error: "${wheel.file}" is pinned and no wheel`);
  }
  const { project, version, python, abi, platforms } = name;
  const [, implementation = 'py', digits = ''] =
    /^([a-z]+)(\d+)$/.exec(python) ?? [];
  return [
    // Its addresses and what they answered are told at this level alone.
    ...['download', '-vv', '--disable-pip-version-check', '--no-input'],
    ...['--progress-bar', 'off', '--retries', '1', '--no-cache-dir'],
    ...['--no-deps', '--only-binary=:all:', '--dest', folder],
    // The wheel that is pinned, whatever version of Python is here.
    ...['--python-version', digits === '3' ? '3.11' : digits],
    ...['--implementation', implementation, '--abi', abi],
    ...platforms.flatMap((platform) => ['--platform', platform]),
    `${project}==${version}`,
  ];
}

function inWords({ wheel, wayOut }: PipDownload, output: string): string {
  const unreachable = [
    ...output.matchAll(/Could not fetch URL (\S+): (.*) - skipping/g),
  ].map(([, url = '', why = '']) => `"${url}": ${why}`);
  const said =
    unreachable.length > 0
      ? [...new Set(unreachable)].join('\n')
      : output.match(/^ *(?:ERROR|error): .*$/gm)?.join('\n') ||
        lastLines(output);
  return `pip could not fetch "${wheel.file}". Connect, or check which index pip uses (pip config list), and try again. ${wayOut}\n${said}`;
}

/** Size of the largest file at or below a folder that is being written to. */
async function largestFile(folder: string): Promise<number> {
  let largest = 0;
  try {
    const entries = await readdir(folder, { recursive: true });
    for (const entry of entries) {
      const { size } = await stat(join(folder, entry));
      largest = Math.max(largest, size);
    }
  } catch {
    // Something was moved while it was looked at; the next look is soon.
  }
  return largest;
}
