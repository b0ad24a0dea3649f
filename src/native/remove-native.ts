import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { inWords, InstallError } from './install-error.ts';
import {
  locateNative,
  NPM_PACKAGES,
  recordPath,
  type NativeName,
} from './locate.ts';
import { lockFolder } from './lock-folder.ts';
import { removeStray } from './records.ts';

/**
 * Removes what `pipeline backend install` has installed, or has left when it was killed. The record goes first, so that nobody
 * finds the half of a backend.
 *
 * @throws {InstallError} if there is nothing.
 */
export async function removeNative(
  name: NativeName,
  dataFolder: string,
): Promise<void> {
  if (existsSync(dataFolder) && (await remove(name, dataFolder))) return;
  throw new InstallError(
    locateNative(name, dataFolder) === undefined
      ? `The backend "${name}" is not installed.`
      : `The backend "${name}" was installed by npm. Remove it there: npm uninstall ${NPM_PACKAGES[name]}`,
    { mistaken: 'name' },
  );
}

/** Answers with whether there was anything. */
async function remove(name: NativeName, dataFolder: string): Promise<boolean> {
  try {
    const unlock = lockFolder(dataFolder);
    try {
      const path = recordPath(dataFolder, name);
      const wasInstalled = existsSync(path);
      await rm(path, { force: true });
      return (await removeStray(dataFolder)) > 0 || wasInstalled;
    } finally {
      unlock();
    }
  } catch (error) {
    throw inWords(error, dataFolder, 0);
  }
}
