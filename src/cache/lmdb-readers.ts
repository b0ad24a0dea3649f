import type { RootDatabase } from 'lmdb';
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { refuseTakenNumber } from './process-number.ts';

/**
 * Does for whoever opens an environment to read what `refuseTakenNumber` does for others: opened for reading, LMDB enters the
 * process at once, and waits for ten seconds where it can't.
 *
 * @param path of the environment.
 * @throws NumberTakenError
 */
export async function refuseReader(
  folder: string,
  path: string,
): Promise<void> {
  // Nobody has it open, or nobody may say so.
  if (!existsSync(join(path, 'lock.mdb')) || !isWritable(path)) return;
  const { open } = await import('lmdb');
  const root = open({ path, noSubdir: false, overlappingSync: false });
  try {
    refuseTakenNumber(folder, root.readerList(), path);
  } finally {
    await root.close();
  }
}

/**
 * Waits until no other process has the environment in a folder open, without being one itself: two that wait don't wait for
 * each other. It has been looked through a moment ago.
 *
 * @param options.meets is told at each look who has it open.
 */
export async function waitForOthers(options: {
  readonly folder: string;
  readonly lookMs: number;
  readonly meets: (others: readonly number[]) => Promise<void>;
}): Promise<void> {
  const { open } = await import('lmdb');
  const root = open({
    ...{ path: options.folder, noSubdir: false, overlappingSync: false },
  });
  try {
    for (;;) {
      const others = otherProcesses(root);
      if (others.length === 0) return;
      await options.meets(others);
      await setTimeout(options.lookMs);
    }
  } finally {
    await root.close();
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    accessSync(join(folder, 'data.mdb'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Read from LMDB's table of readers. Whether a process in it still runs is told by its lock on a byte of the lock file, so
 * that this holds for processes in containers too, whose numbers say nothing here.
 */
export function otherProcesses(
  root: Pick<RootDatabase, 'readerCheck' | 'readerList'>,
): number[] {
  root.readerCheck();
  const readers = [...root.readerList().matchAll(/^ *(\d+) /gm)].map(
    ([, pid]) => Number(pid),
  );
  // One entry is this process's own; another with its number is a process of another container.
  const own = readers.indexOf(process.pid);
  return readers.filter((_, index) => index !== own);
}
