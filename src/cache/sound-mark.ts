import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { timeOfDay } from '../fingerprint/environment.ts';
import { DATABASE_FILE } from './inspect-database.ts';

/** The file that says as what database it was last closed. */
const MARK_FILE = 'closed-as';

/** A file that was changed less long ago may change again without a difference in its times. */
const REST_MS = 1000;

/**
 * What tells a database file from any that was changed since, by LMDB or past it; null for one that was changed a moment
 * ago.
 */
function identityOf(folder: string): string | null {
  const status = statSync(join(folder, DATABASE_FILE), {
    bigint: true,
    throwIfNoEntry: false,
  });
  if (status === undefined) return null;
  const { dev, ino, size, mtimeNs, ctimeNs } = status;
  const rest = Date.parse(timeOfDay()) - Number(ctimeNs / 1_000_000n);
  return rest < REST_MS ? null : [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/**
 * Whether a database is still as a program closed it that had looked through it. A program that writes takes the mark away
 * until it closes the database itself: after one that crashed, the next one looks.
 */
export function isMarkedSound(
  folder: string,
  { readOnly }: { readonly readOnly: boolean },
): boolean {
  const path = join(folder, MARK_FILE);
  let mark: string;
  try {
    mark = readFileSync(path, 'utf8');
    if (!readOnly) rmSync(path, { force: true });
  } catch {
    // There is none. One that can't be read or removed is as good as none.
    return false;
  }
  return mark === identityOf(folder);
}

/** Marks a database that is sound, and at rest, as it is now. */
export function markSound(folder: string): void {
  try {
    const identity = identityOf(folder);
    if (identity !== null) writeFileSync(join(folder, MARK_FILE), identity);
  } catch {
    // The folder can't be written: whoever opens the database next looks through it.
  }
}
