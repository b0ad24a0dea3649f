import { join } from 'node:path';
import { existsSync, rmSync } from 'node:fs';
import { CacheError } from '../cache/cache-error.ts';
import { holdDamaged } from '../cache/hold-damaged.ts';
import { DATABASE_FILE, inspectDatabase } from '../cache/inspect-database.ts';
import { DamagedRows, LmdbRows } from '../cache/lmdb-rows.ts';
import { repairDatabase, type Repair } from '../cache/repair-database.ts';
import { visible } from '../util/visible.ts';
import { formatCount, plural } from '../terminal/format.ts';
import { EXIT } from './exit-codes.ts';
import type { CacheOptions } from './options.ts';
import { ownCacheFolder } from './project-folder.ts';
import { sayWaiting } from './say-waiting.ts';

/** Damages that people see before the rest is counted. */
const SHOWN = 20;

function repairText(folder: string, repair: Repair | null): string {
  if (repair === null) {
    return `${visible(folder)}: the database is whole; nothing was changed. pipeline cache verify looks at the values in it.\n`;
  }
  const { damages, saved, kept } = repair;
  const rest = damages.length - SHOWN;
  return [
    ...damages.slice(0, SHOWN).map((damage) => `${damage}\n`),
    ...(rest > 0 ? [`… ${formatCount(rest)} more\n`] : []),
    `${plural(saved, 'value')} saved. A run computes anew what it misses.\n`,
    `The damaged file is now "${visible(kept)}"; it can be removed.\n`,
  ].join('');
}

/** Opens the list of programs; one that is damaged makes room for a new one. */
async function openRows(folder: string): Promise<LmdbRows | null> {
  const open = { folder, readOnly: false };
  try {
    return await LmdbRows.open(open);
  } catch (error) {
    // On a disk that is full or can't be written it may be whole, and in use.
    if (!(error instanceof DamagedRows)) throw error;
    // It only says what happens now, and programs that don't find each other compute things twice.
    rmSync(join(folder, 'running'), { recursive: true, force: true });
    return LmdbRows.open(open);
  }
}

/** Repairs what is damaged when no program works on it; what is whole is left alone, whoever does. */
async function repairAlone(folder: string): Promise<Repair | null> {
  const { state } = inspectDatabase(join(folder, DATABASE_FILE));
  if (state !== 'damaged') return null;
  await using rows = await openRows(folder);
  if (rows === null) throw new Error('Internal error: rows were not made');
  const release = await holdDamaged({ folder, rows, waits: sayWaiting });
  try {
    return await repairDatabase(folder);
  } finally {
    release();
  }
}

/** `pipeline cache repair`: makes a new database of what can be read of a damaged one. */
export async function repairCacheFolder(
  options: CacheOptions,
): Promise<number> {
  const folder = ownCacheFolder(options.cache, process.env);
  if (!existsSync(join(folder, DATABASE_FILE))) {
    throw new CacheError(
      folder,
      'has no database',
      'There is nothing to repair; the next run makes one.',
    );
  }
  const repair = await repairAlone(folder);
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ cache: folder, repaired: repair !== null, ...repair })}\n`
      : repairText(folder, repair),
  );
  return EXIT.done;
}
