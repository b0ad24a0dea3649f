import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The nearest folder at or above a file's that holds a `package.json`, else the file's own. */
export function projectFolder(file: string): string {
  const own = dirname(resolve(file));
  for (let folder = own; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder)) return own;
  }
}

/** Where the cache of a pipeline file lies: `--cache`, else `PIPELINE_CACHE`, else `cache/` in its project. */
export const cacheFolder = (
  file: string,
  option: string | undefined,
  environment: NodeJS.ProcessEnv,
): string => {
  const set = option ?? environment['PIPELINE_CACHE'];
  return set === undefined || set === ''
    ? join(projectFolder(file), 'cache')
    : resolve(set);
};

/** The cache of the project that the current folder belongs to, for commands that read no pipeline file. */
export const ownCacheFolder = (
  option: string | undefined,
  environment: NodeJS.ProcessEnv,
): string => cacheFolder(join(process.cwd(), 'any.yaml'), option, environment);
