/** What to do about a database that can't be read. */
export const RESTORE =
  'Move the folder away or restore it from a copy; the next run makes a new one.';

/** A cache that can't be opened, read or written as a whole. The message names the folder, the reason and the way out. */
export class CacheError extends Error {
  override readonly name = 'CacheError';
  /** The cache's folder. */
  readonly folder: string;

  constructor(folder: string, why: string, help: string) {
    super(`The cache in "${folder}" ${why}. ${help}`);
    this.folder = folder;
  }
}
