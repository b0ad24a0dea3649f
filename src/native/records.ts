import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  NATIVE_NAMES,
  readRecord,
  recordPath,
  type InstallationRecord,
  type NativeName,
} from './locate.ts';

/** Makes an installation the one of its backend: by one rename, so that it is there whole or not at all. */
export async function writeRecord(
  dataFolder: string,
  name: NativeName,
  record: InstallationRecord,
): Promise<void> {
  const path = recordPath(dataFolder, name);
  const draft = join(dataFolder, record.folder, 'record.json');
  {
    await using file = await open(draft, 'w');
    await file.writeFile(`${JSON.stringify(record, undefined, 2)}\n`);
    await file.sync();
  }
  await rename(draft, path);
}

/**
 * Removes folders of backends that no record names: older installations, and what a killed process has left.
 *
 * @returns how many there were.
 */
export async function removeStray(dataFolder: string): Promise<number> {
  let count = 0;
  const kept = new Set(
    NATIVE_NAMES.map((name) => readRecord(name, dataFolder)?.folder),
  );
  for (const entry of await readdir(dataFolder, { withFileTypes: true })) {
    const isOurs = NATIVE_NAMES.some((name) =>
      entry.name.startsWith(`${name}-`),
    );
    if (entry.isDirectory() && isOurs && !kept.has(entry.name)) {
      await rm(join(dataFolder, entry.name), { recursive: true, force: true });
      count += 1;
    }
  }
  return count;
}
