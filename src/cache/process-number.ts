import { CacheError } from './cache-error.ts';

/**
 * A process of another container has this one's number, and has the cache open. LMDB tells processes apart by their numbers
 * alone: the same program has to be started again, as a process with another number.
 */
export class NumberTakenError extends CacheError {
  constructor(folder: string) {
    super(
      folder,
      `is in use by a process of another container that has the number ${process.pid} as well, and LMDB tells processes apart by that`,
      'Start the program again.',
    );
  }
}

/** Environments that this process has open, by path: its own entries are no sign of another process. */
const openHere = new Map<string, number>();

/** Counts an environment that is opened, until the function that it answers with is called. */
export function countOpen(path: string): () => void {
  openHere.set(path, (openHere.get(path) ?? 0) + 1);
  return () => {
    openHere.set(path, (openHere.get(path) ?? 1) - 1);
  };
}

/** Whether this process has an environment open more than once: what one handle does, the others know nothing of. */
export const isOpenTwice = (folder: string): boolean =>
  (openHere.get(folder) ?? 0) > 1;

/**
 * Looks, before this process enters LMDB's table of readers, whether its number stands there. One that a killed process
 * has left looks the same; that is cleared away by whoever comes with another number.
 *
 * @param readers the table as LMDB prints it.
 * @param path of the environment, where that isn't the cache's own in its folder.
 * @throws NumberTakenError
 */
export function refuseTakenNumber(
  folder: string,
  readers: string,
  path = folder,
): void {
  if ((openHere.get(path) ?? 0) > 0) return;
  const numbers = [...readers.matchAll(/^ *(\d+) /gm)].map(([, pid]) =>
    Number(pid),
  );
  if (numbers.includes(process.pid)) throw new NumberTakenError(folder);
}

/** Whether an error of the binding comes from waiting in vain for a number that is taken. */
export const isNumberTaken = (message: string): boolean =>
  message.includes("reading 'address'") || message.includes('temporarily');
