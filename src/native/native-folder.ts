import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The folder of native backends: `PIPELINE_BACKENDS`, else the user's own folder for the data of programs. Outside of any
 * project, so that it survives `npm ci` and serves them all.
 *
 * @param environment the variables of this process.
 */
export function nativeFolder(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string {
  const own = environment['PIPELINE_BACKENDS'] ?? '';
  return own === ''
    ? join(userDataFolder(environment, platform), 'penultimate', 'backends')
    : resolve(own);
}

function userDataFolder(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): string {
  const named = environment['XDG_DATA_HOME'] ?? '';
  // A relative one has to be ignored (XDG base directory specification).
  if (named.startsWith('/')) return named;
  switch (platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support');
    case 'win32':
      return environment['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
    default:
      return join(homedir(), '.local', 'share');
  }
}
