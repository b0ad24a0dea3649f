import type { Database } from 'lmdb';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../util/error-message.ts';
import { CacheError } from './cache-error.ts';
import { flush } from './flush.ts';
import { freeSpace, refuseFullDisk } from './free-space.ts';
import { DATABASE_FILE, inspectDatabase } from './inspect-database.ts';
import { readableHeads, type Head } from './lmdb-pages.ts';
import { restorePlaces } from './restore-places.ts';
import { DatabaseWalk } from './walk-database.ts';

/** Where the new database is made. */
const COPY_FOLDER = 'repairing';

/** Bytes of values in one transaction. */
const BATCH_BYTES = 32 << 20;

/** What became of a damaged database. */
export interface Repair {
  /** How many values the new database has, of those of the old one that could be found. */
  readonly saved: number;
  /** What is wrong with the old one, as sentences without a stop. */
  readonly damages: readonly string[];
  /** Where the old file is now. */
  readonly kept: string;
}

/** A value that was found. */
interface Entry {
  readonly table: string;
  readonly key: Buffer;
  readonly value: Buffer;
}

/**
 * Makes a new database of what can be read of a damaged one, page by page, past LMDB; the old file is kept beside it. Values
 * aren't looked at: whoever reads one later checks it anyway.
 *
 * What the newest snapshot has lost is looked for in the one before, which mostly has all but what the last transaction
 * wrote: its root is on another page. Where large values lie is in their files too.
 *
 * The caller sees to it that no other program writes meanwhile.
 *
 * @returns null where nothing is damaged; then nothing was changed.
 * @throws CacheError if there is no database, if nothing of it can be read, or the new one can't be written.
 */
export async function repairDatabase(folder: string): Promise<Repair | null> {
  const path = join(folder, DATABASE_FILE);
  const { state } = inspectDatabase(path);
  if (state === 'sound' || state === 'empty' || state === 'missing') {
    return null;
  }
  const copyFolder = join(folder, COPY_FOLDER);
  const copy = join(copyFolder, DATABASE_FILE);
  try {
    // Left by a process that was killed.
    rmSync(copyFolder, { recursive: true, force: true });
    mkdirSync(copyFolder);
    refuseFullDisk(folder, copyFolder, 'repaired');
    const { saved, damages } = await copyReadable(folder, copyFolder);
    flush(copy);
    const kept = freeName(folder);
    keepAs(path, kept);
    renameSync(copy, path);
    flush(folder);
    return { saved, damages, kept };
  } catch (error) {
    if (error instanceof CacheError) throw error;
    throw new CacheError(
      folder,
      `can't be repaired: ${errorMessage(error)}`,
      `The new database takes as much room as the old one (${freeSpace(folder)}), which was not changed. If there is room, move the folder away; the next run computes what is missing.`,
    );
  } finally {
    rmSync(copyFolder, { recursive: true, force: true });
  }
}

/** A name under which nothing is kept yet. */
function freeName(folder: string): string {
  for (let index = 1; ; index++) {
    const path = join(folder, `damaged-${index}.mdb`);
    if (!existsSync(path)) return path;
  }
}

/** Keeps a file under another name too, so that at no moment there is none under its own. */
function keepAs(path: string, kept: string): void {
  try {
    linkSync(path, kept);
  } catch {
    // A file system without hard links.
    copyFileSync(path, kept);
  }
}

async function copyReadable(
  folder: string,
  target: string,
): Promise<Pick<Repair, 'saved' | 'damages'>> {
  const { open } = await import('lmdb');
  const options = { encoding: 'binary', keyEncoding: 'binary' } as const;
  const root = open<Buffer, Buffer>({
    ...{ path: target, noSubdir: false, overlappingSync: false, ...options },
  });
  const tables = new Map<string, Database<Buffer, Buffer>>([['', root]]);
  const tableOf = (name: string): Database<Buffer, Buffer> => {
    let table = tables.get(name);
    if (table === undefined) {
      table = root.openDB<Buffer, Buffer>({ name, ...options });
      tables.set(name, table);
    }
    return table;
  };
  let saved = 0;
  const store = (entries: readonly Entry[]): void => {
    for (const { table } of entries) tableOf(table);
    root.transactionSync(() => {
      for (const { table, key, value } of entries) {
        // What the newer snapshot has is newer.
        if (tableOf(table).doesExist(key)) continue;
        tableOf(table).putSync(key, value);
        saved++;
      }
    });
  };
  const file = openSync(join(folder, DATABASE_FILE), 'r');
  try {
    const damages = walkHeads(file, store);
    const placed = { places: tableOf('places'), packs: tableOf('packs') };
    saved += root.transactionSync(() => restorePlaces(folder, placed));
    return { saved, damages };
  } finally {
    closeSync(file);
    await root.close();
  }
}

/** Stores what each snapshot has, until one was whole; answers with what is wrong with the newest. */
function walkHeads(
  file: number,
  store: (entries: readonly Entry[]) => void,
): readonly string[] {
  const heads = readableHeads(file);
  if (heads.length === 0) throw new Error('nothing of it can be read');
  const all: string[] = heads.length < 2 ? ['its head is damaged'] : [];
  for (const [index, head] of heads.entries()) {
    const damages = walkHead(file, head, store);
    if (index === 0) all.push(...damages);
    if (damages.length === 0) break;
  }
  return all;
}

function walkHead(
  file: number,
  head: Head,
  store: (entries: readonly Entry[]) => void,
): readonly string[] {
  const damages: string[] = [];
  let batch: Entry[] = [];
  let bytes = 0;
  const flushBatch = (): void => {
    store(batch);
    [batch, bytes] = [[], 0];
  };
  new DatabaseWalk({
    file,
    fileBytes: fstatSync(file).size,
    head,
    entry: (table, key, read) => {
      const value = read();
      batch.push({ table, key: Buffer.from(key), value });
      bytes += key.length + value.length;
      if (bytes >= BATCH_BYTES) flushBatch();
    },
    damage: ({ message }) => damages.push(message),
  }).walk();
  flushBatch();
  return damages;
}
