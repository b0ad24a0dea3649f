import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { CacheError, RESTORE } from '../cache/cache-error.ts';
import { visible } from '../util/visible.ts';
import type { CacheReport } from '../engine/verify-cache.ts';
import { formatCount, plural } from '../terminal/format.ts';
import { EXIT } from './exit-codes.ts';
import type { CacheOptions } from './options.ts';
import { ownCacheFolder } from './project-folder.ts';
import type { VerifyMessage } from './verify-process.ts';

/** Damages that people see before the rest is counted. */
const SHOWN = 20;

/**
 * Checks a cache in a process of its own.
 *
 * @throws CacheError if reading the cache ends that process.
 * @returns the report, or why there is none.
 */
function verifyApart(
  folder: string,
  progress: (done: number, total: number) => void,
): Promise<CacheReport | string> {
  const program = fileURLToPath(
    new URL('./verify-process.js', import.meta.url),
  );
  return new Promise((resolve, reject) => {
    let answer: CacheReport | string | undefined;
    const child = fork(program, [folder], { execArgv: [] });
    child.on('message', (message: VerifyMessage) => {
      if (message.type === 'progress') progress(message.done, message.total);
      else {
        answer = message.type === 'report' ? message.report : message.message;
      }
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (answer !== undefined) resolve(answer);
      else {
        const end = signal ?? `exit code ${code ?? 'unknown'}`;
        reject(
          new CacheError(
            folder,
            `can't be read: its database is damaged (reading it ended with ${end})`,
            RESTORE,
          ),
        );
      }
    });
  });
}

function strayText(strays: readonly string[]): string {
  if (strays.length === 0) return '';
  const names = strays.slice(0, SHOWN).map(visible).join(', ');
  const rest = strays.length > SHOWN ? ', …' : '';
  return `Nothing refers to ${plural(strays.length, 'file')} in packs/: ${names}${rest}. What a killed program has left goes with the next run.\n`;
}

function reportText({ records, chunks, damaged, strays }: CacheReport): string {
  const what = `${plural(records, 'record')} and ${plural(chunks, 'chunk')}`;
  if (damaged.length === 0) {
    return `${what}, all whole.\n${strayText(strays)}`;
  }
  const rest = damaged.length - SHOWN;
  return [
    ...damaged
      .slice(0, SHOWN)
      .map(({ kind, digest, why }) => `${kind} ${digest}: ${why}\n`),
    ...(rest > 0 ? [`… ${formatCount(rest)} more\n`] : []),
    `${what}, ${formatCount(damaged.length)} damaged. A run computes anew what it needs of it.\n`,
    strayText(strays),
  ].join('');
}

/** `pipeline cache verify`: hashes everything again. Changes nothing. */
export async function verifyCacheFolder(
  options: CacheOptions,
): Promise<number> {
  const folder = ownCacheFolder(options.cache, process.env);
  const isTerminal = process.stderr.isTTY;
  let saidTenths = 0;
  const result = await verifyApart(folder, (done, total) => {
    const tenths = Math.floor((10 * done) / total);
    // A terminal's line is written over; a log gets a line for each tenth.
    if (!isTerminal && tenths === saidTenths) return;
    saidTenths = tenths;
    const text = `verified ${formatCount(done)} of ${formatCount(total)} values`;
    process.stderr.write(isTerminal ? `\r${text}` : `${text}\n`);
  });
  // The line that was written over makes room for what follows.
  if (isTerminal) process.stderr.write('\r\u001b[K');
  if (typeof result === 'string') {
    if (options.json === true) {
      const error = { message: result, cache: folder };
      process.stdout.write(`${JSON.stringify({ error })}\n`);
    }
    process.stderr.write(`${result}\n`);
    return EXIT.invalid;
  }
  process.stdout.write(
    options.json === true ? `${JSON.stringify(result)}\n` : reportText(result),
  );
  return result.damaged.length > 0 ? EXIT.failed : EXIT.done;
}
