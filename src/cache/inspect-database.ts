import { closeSync, openSync, fstatSync } from 'node:fs';
import { errorCode } from '../util/error-message.ts';
import { readHeads, type Head } from './lmdb-pages.ts';
import { PageDamage } from './check-page.ts';
import { DatabaseWalk } from './walk-database.ts';

/** The file that LMDB keeps in the folder of an environment. */
export const DATABASE_FILE = 'data.mdb';

/** What a look at a database file says before LMDB maps it. */
export type Inspection =
  | { readonly state: 'missing' }
  /** Made, but nothing written: a program was killed in between. */
  | { readonly state: 'empty' }
  | { readonly state: 'sound' }
  | { readonly state: 'damaged'; readonly why: string };

/** How often damage is looked for anew while others write. */
const LOOKS = 5;

/** Pages at the end that are free may never have been written. */
const MISSING_BYTES = 1 << 26;

/**
 * Looks at a database file: at its head, and at each page that its trees are made of. LMDB trusts the file that it maps: one
 * that is no database, was cut short or overwritten ends the process with a signal, where a user is owed a sentence.
 *
 * Of values that have pages of their own, the first is read: how many there are stands there.
 *
 * @throws Error of the file system, if the file is there and can't be read.
 */
export function inspectDatabase(path: string): Inspection {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { state: 'missing' };
    throw error;
  }
  try {
    const status = fstatSync(file);
    if (!status.isFile()) return { state: 'damaged', why: 'it is not a file' };
    if (status.size === 0) return { state: 'empty' };
    const why = findDamage(file);
    return why === null ? { state: 'sound' } : { state: 'damaged', why };
  } finally {
    closeSync(file);
  }
}

/**
 * What is wrong with a file, or null. Other programs may write to it meanwhile, over pages of the snapshot that is looked at:
 * what is found once and not again was that.
 */
function findDamage(file: number): string | null {
  let earlier = '';
  for (let look = 0; look < LOOKS; look++) {
    const heads = readHeads(file);
    const found =
      typeof heads === 'string' ? heads : damageBelow(file, heads[0]);
    if (found === null || found === earlier) return found;
    earlier = found;
  }
  // Somebody writes all the time, and isn't harmed by what is there.
  return null;
}

function damageBelow(file: number, head: Head): string | null {
  // Looked at after the head: another process may have made the file longer, and said so there, since it was opened.
  const fileBytes = fstatSync(file).size;
  if ((head.lastPage + 1) * head.pageSize > 2 * fileBytes + MISSING_BYTES) {
    return 'most of it is missing';
  }
  try {
    new DatabaseWalk({ file, fileBytes, head }).walk();
    return null;
  } catch (error) {
    if (error instanceof PageDamage) return error.message;
    throw error;
  }
}
