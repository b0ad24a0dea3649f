import { randomUUID } from 'node:crypto';
import {
  linkSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { errorCode } from '../util/error-message.ts';
import { InstallError } from './install-error.ts';

/** Who has the folder, in its file. */
interface Holder {
  readonly host: string;
  readonly process: number;
}

/**
 * Makes this process the only one that changes the folder of native backends, and answers with what ends that. What a
 * process of this machine has left that was killed is taken over.
 *
 * @throws {InstallError} if another process has it.
 */
export function lockFolder(folder: string): () => void {
  const path = join(folder, 'held-by');
  const own: Holder = { host: hostname(), process: process.pid };
  // Another file that becomes this one whole: nobody ever reads half a holder.
  const draft = `${path}-${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(own));
  try {
    while (!tryLink(draft, path)) {
      const holder = readHolder(path);
      if (holder === undefined) continue;
      if (holder.host !== own.host || isRunning(holder.process)) {
        throw heldBy(holder, path);
      }
      takeAway(path, holder);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    rmSync(path, { force: true });
  };
}

function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes what a dead holder left; where another process was faster, its file is put back. */
function takeAway(path: string, dead: Holder): void {
  const aside = `${path}-${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  if (readHolder(aside)?.process !== dead.process) tryLink(aside, path);
  rmSync(aside, { force: true });
}

/** Undefined where nobody has it any more. */
function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new InstallError(
      `"${path}" can't be read. If nothing is being installed at this moment, delete it.`,
      { cause: error },
    );
  }
}

function isRunning(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    // There, but somebody else's.
    return errorCode(error) === 'EPERM';
  }
}

const heldBy = ({ host, process }: Holder, path: string): InstallError =>
  new InstallError(
    `Process ${process} of ${host} is installing or removing a backend at this moment. Try again when that has ended; if it is something else, delete "${path}".`,
  );
