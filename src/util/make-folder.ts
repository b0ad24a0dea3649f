import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from './error-message.ts';

/**
 * Makes a folder and those above it; one that is there is fine. Not `mkdirSync`'s own `recursive`: where a folder above
 * refuses with "no such file", as below `/proc`, that tries forever.
 *
 * @throws Error as the system words it.
 */
export function makeFolder(folder: string): void {
  try {
    makeOne(folder);
  } catch (error) {
    const above = dirname(folder);
    if (errorCode(error) !== 'ENOENT' || above === folder) throw error;
    makeFolder(above);
    makeOne(folder);
  }
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}
