import { CacheError } from './cache-error.ts';
import { programsIn, type ProgramRow } from './leases.ts';
import { LmdbRows } from './lmdb-rows.ts';

/**
 * Says for whom a process waits that needs a cache alone: for programs by their commands, as far as they are known.
 *
 * @param others the processes that have the cache open.
 */
export async function waitingFor(
  folder: string,
  others: readonly number[],
): Promise<string> {
  return waitingText(folder, await programsOf(folder), others);
}

/** The sentence. Workers go with the program that they belong to: where one is known, processes without a name aren't said. */
export function waitingText(
  folder: string,
  programs: readonly ProgramRow[],
  others: readonly number[],
): string {
  const known = programs
    .filter(({ identity }) => others.includes(identity.pid))
    .map(({ command, identity }) => `\`${command}\` (process ${identity.pid})`);
  const names =
    known.length > 0 ? known : others.map((pid) => `process ${pid}`);
  const has = names.length === 1 ? 'has' : 'have';
  return `Waiting for ${names.join(', ')}, which ${has} the cache in "${folder}" open.`;
}

async function programsOf(folder: string): Promise<readonly ProgramRow[]> {
  try {
    await using rows = await LmdbRows.open({ folder, readOnly: true });
    return rows?.look(programsIn) ?? [];
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    // A list that can't be read names nobody; the processes still have their numbers.
    return [];
  }
}
