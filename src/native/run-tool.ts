import { spawn } from 'node:child_process';
import { errorCode } from '../util/error-message.ts';

/** A program of this machine that is to run. */
export interface ToolCall {
  readonly command: readonly [string, ...string[]];
  readonly environment: NodeJS.ProcessEnv;
  /** The current folder where not given. */
  readonly folder?: string;
  readonly signal: AbortSignal;
}

/** How a program ended. */
export interface ToolEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  /** The end of what it printed on either stream. */
  readonly output: string;
}

/** Characters of its output that are kept. */
const KEPT = 100_000;
/** How long a program may take to end that was told to. */
const GRACE_MS = 2_000;

/**
 * Runs a program to its end. Where the signal is aborted, it is ended with whatever it has started, and only then the
 * signal's reason is thrown.
 *
 * @returns undefined where there is no such program.
 */
export async function runTool({
  command: [program, ...words],
  environment,
  folder,
  signal,
}: ToolCall): Promise<ToolEnd | undefined> {
  signal.throwIfAborted();
  const child = spawn(program, words, {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that it can be ended with its children, and an interrupt at the terminal is told by this process.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-KEPT);
    });
  }
  const endGroup = (how: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, how);
    } catch {
      // It has ended already.
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    endGroup('SIGTERM');
    timer = setTimeout(() => {
      endGroup('SIGKILL');
    }, GRACE_MS);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    signal.throwIfAborted();
    return { code, output };
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EACCES') {
      return undefined;
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

/** The last lines of a tool's output, for a message. */
export const lastLines = (output: string, count = 12): string =>
  output.trim().split('\n').slice(-count).join('\n');
