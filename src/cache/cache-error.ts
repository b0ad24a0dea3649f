/** What to do about a database that is damaged, or can't be read. */
export const RESTORE =
  'Save what is whole of it with "pipeline cache repair", or move the folder away; the next run computes what is missing.';

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
