import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { inWords, InstallError } from './install-error.ts';
import {
  locateNative,
  NPM_PACKAGES,
  readRecord,
  recordPath,
  type NativeName,
} from './locate.ts';
import { lockFolder } from './lock-folder.ts';
import { removeStray } from './records.ts';

/**
 * Removes what `pipeline backend install` has installed. The record goes first, so that nobody finds the half of a backend.
 *
 * @throws {InstallError} if there is none.
 */
export async function removeNative(
  name: NativeName,
  dataFolder: string,
): Promise<void> {
  if (!existsSync(recordPath(dataFolder, name))) {
    throw new InstallError(
      locateNative(name, dataFolder) === undefined
        ? `The backend "${name}" is not installed.`
        : `The backend "${name}" was installed by npm. Remove it there: npm uninstall ${NPM_PACKAGES[name]}`,
      { isUsage: true },
    );
  }
  try {
    const unlock = lockFolder(dataFolder);
    try {
      await rm(recordPath(dataFolder, name));
      await removeStray(dataFolder);
    } finally {
      unlock();
    }
  } catch (error) {
    throw inWords(error, dataFolder, 0);
  }
}

/** Whether a record names a folder that is not there, or not whole. */
export const isBroken = (name: NativeName, dataFolder: string): boolean =>
  readRecord(name, dataFolder) !== undefined &&
  locateNative(name, dataFolder)?.source !== 'installed';
