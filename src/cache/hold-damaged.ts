import { setTimeout } from 'node:timers/promises';
import {
  CacheHeldError,
  readHolder,
  writeHolder,
  type Holder,
} from './hold-cache.ts';
import { programsIn } from './leases.ts';
import { LmdbRows } from './lmdb-rows.ts';
import { waitingText } from './waiting-for.ts';

/** Between two looks at who works on a cache. */
const LOOK_MS = 100;

/**
 * Makes this process the only one that repairs a cache, once no program works on it, and answers with what ends that. The
 * database can't be opened to see who has it open: its programs are those that have the rows open.
 *
 * @param options.rows stay open until the end: as long as they are, others take this process for one that runs.
 * @param options.waits is told, as a sentence, for whom this waits, and again when those are others.
 * @throws CacheError if the folder can't be written.
 */
export async function holdDamaged(options: {
  readonly folder: string;
  readonly rows: LmdbRows;
  readonly waits: (message: string) => void;
}): Promise<() => void> {
  const { folder, rows } = options;
  let said = '';
  for (;;) {
    const taken = rows.change((all) => {
      const others = rows.otherProcesses;
      const programs = programsIn(all).filter(({ identity }) =>
        others.includes(identity.pid),
      );
      if (programs.length > 0) return waitingText(folder, programs, others);
      const holder = repairerAmong(folder, others);
      if (holder !== null) return new CacheHeldError(folder, holder).message;
      return { release: writeHolder(folder, 'repairs') };
    });
    if (typeof taken !== 'string') return taken.release;
    if (taken !== said) options.waits(taken);
    said = taken;
    await setTimeout(LOOK_MS);
  }
}

/**
 * Keeps a process out of a cache that another one repairs.
 *
 * @throws CacheHeldError if one does.
 */
export async function refuseWhileRepaired(folder: string): Promise<void> {
  if (readHolder(folder)?.does !== 'repairs') return;
  await using rows = await LmdbRows.open({ folder, readOnly: true });
  if (rows === null) return;
  const holder = repairerAmong(folder, rows.otherProcesses);
  if (holder !== null) throw new CacheHeldError(folder, holder);
}

/** One that was killed has left its file, but not its entry among those who have the rows open. */
function repairerAmong(
  folder: string,
  others: readonly number[],
): Holder | null {
  const holder = readHolder(folder);
  return holder?.does === 'repairs' && others.includes(holder.pid)
    ? holder
    : null;
}
