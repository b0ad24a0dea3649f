import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The compiled program that these compiled tests stand beside. */
export const PROGRAM = fileURLToPath(
  new URL('../../src/cli/main.js', import.meta.url),
);

/** What a command left behind. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One line of `--json`. */
export type Line = Readonly<Record<string, unknown>>;

/** A command that runs. */
export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Lines of standard output as they come, read as JSON. */
  readonly lines: AsyncIterable<Line>;
}

/** Starts `pipeline` with arguments, in `folder`, without a terminal. */
export function startCli(
  folder: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Started {
  const inherited = { ...process.env };
  delete inherited['PIPELINE_CACHE'];
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    cwd: folder,
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  const messages: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    messages.push(text);
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.push(text);
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({
        code,
        signal,
        stdout: output.join(''),
        stderr: messages.join(''),
      });
    });
  });
  const lines = async function* (): AsyncIterable<Line> {
    for await (const line of createInterface({ input: child.stdout })) {
      yield JSON.parse(line) as Line;
    }
  };
  return { process: child, ended, lines: lines() };
}

/** Runs `pipeline` to its end. */
export const runCli = (
  folder: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> => startCli(folder, words, environment).ended;

/** The lines of a command that printed JSON lines. */
export const jsonLines = (ended: Ended): Line[] =>
  ended.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

/** Node -> outcome, from the events of `run --json`. */
export const outcomes = (lines: readonly Line[]): ReadonlyMap<string, string> =>
  new Map(
    lines.flatMap((line) =>
      line['event'] === 'node-finished'
        ? [[String(line['node']), String(line['outcome'])]]
        : [],
    ),
  );

/** Names of the nodes with an outcome, sorted. */
export const nodesThat = (
  outcome: string,
  lines: readonly Line[],
): readonly string[] =>
  [...outcomes(lines)]
    .filter(([, one]) => one === outcome)
    .map(([node]) => node)
    .sort();
