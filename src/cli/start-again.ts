import { spawn } from 'node:child_process';
import { EXIT } from './exit-codes.ts';

/** Counts how often the program was started again by itself. */
const COUNT = 'PIPELINE_STARTED_AGAIN';
/** Each time the number is another one; so many containers hardly share a cache. */
const MOST = 20;

/** Whether starting once more may help. */
export const canStartAgain = (environment: NodeJS.ProcessEnv): boolean =>
  Number(environment[COUNT] ?? 0) < MOST;

/**
 * Runs the same command as a process with another number, and answers with its exit code. It hears signals through this
 * one, once each, and ends with it.
 */
export function startAgain(environment: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, ...process.argv.slice(1)],
    {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      // Of its own group: an interrupt at the terminal would reach it twice.
      detached: true,
      env: {
        ...environment,
        [COUNT]: String(Number(environment[COUNT] ?? 0) + 1),
      },
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      resolve(code ?? EXIT.failed);
    });
  });
}

/** In a process that was started again: ends it when the one that waits for it is gone. */
export function endWithStarter(environment: NodeJS.ProcessEnv): void {
  if (environment[COUNT] === undefined || process.channel === undefined) return;
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  process.channel.unref();
}
