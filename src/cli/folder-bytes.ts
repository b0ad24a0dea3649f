import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Size of the files at and below a folder; those that vanish meanwhile count nothing. */
export function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(
      ({ parentPath, name }) =>
        statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0,
    )
    .reduce((sum, bytes) => sum + bytes, 0);
}
