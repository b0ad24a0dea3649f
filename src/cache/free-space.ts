import { statfsSync } from 'node:fs';
import { CacheError } from './cache-error.ts';

/** What a new environment takes before anything is in it, and some room to say that there is no more. */
const NEEDED_BYTES = 1 << 20;

/** Bytes that this process may still write into a folder; null where the system doesn't tell. */
export function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** `12 MiB free`: LMDB words a full disk as an input/output error. */
export function freeSpace(folder: string): string {
  const bytes = freeBytes(folder);
  return bytes === null
    ? 'free space unknown'
    : `${Math.floor(bytes / 2 ** 20)} MiB free`;
}

/**
 * Refuses to make an environment on a full disk: LMDB maps files whose room it has not got, and the system ends a process
 * that touches them.
 *
 * @param cache the folder that the message names.
 * @param wanted what can't be done then.
 * @throws CacheError
 */
export function refuseFullDisk(
  cache: string,
  folder: string,
  wanted: 'made' | 'repaired' = 'made',
): void {
  const bytes = freeBytes(folder);
  if (bytes === null || bytes >= NEEDED_BYTES) return;
  throw new CacheError(
    cache,
    `can't be ${wanted}: its disk is full (${Math.floor(bytes / 1024)} KiB free)`,
    wanted === 'made'
      ? 'Make room, or choose another folder with --cache.'
      : 'Make room: a new database is made beside the old one, which was not changed.',
  );
}
