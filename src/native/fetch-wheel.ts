import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InstallError } from './install-error.ts';
import { downloadFromIndex } from './package-index.ts';
import { downloadByPip, findPip, type ToolOptions } from './pip.ts';
import type { PinnedWheel } from './wheel-name.ts';

/** How much of a file has arrived. */
export interface DownloadProgress {
  readonly file: string;
  readonly done: number;
  readonly total: number;
}

/** What fetching needs. */
export interface FetchOptions extends ToolOptions {
  readonly wheel: PinnedWheel;
  /** A sentence for the end of a message: what else may be done where it can't be fetched. */
  readonly wayOut: string;
  /** An empty folder, or none yet: the file comes to lie there. */
  readonly folder: string;
  readonly progress: (progress: DownloadProgress) => void;
}

/**
 * Fetches a wheel and checks its bytes: through pip where it is, else from the index that `PIP_INDEX_URL` names.
 *
 * @returns the path of the file.
 * @throws {InstallError} if it can't be fetched, or is another file than the one expected.
 */
export async function fetchWheel(options: FetchOptions): Promise<string> {
  const { wheel, wayOut, folder, environment, signal } = options;
  const path = join(folder, wheel.file);
  await mkdir(folder, { recursive: true });
  const progress = (done: number): void => {
    options.progress({
      file: wheel.file,
      done: Math.min(done, wheel.bytes),
      total: wheel.bytes,
    });
  };
  // Rates are counted from here.
  progress(0);
  const pip = await findPip({ environment, signal });
  const index = environment['PIP_INDEX_URL'] ?? '';
  if (pip !== undefined) {
    await downloadByPip({
      ...{ pip, wheel, wayOut, folder, progress },
      ...{ environment, signal },
    });
  } else if (index !== '') {
    await downloadFromIndex({
      ...{ index, wheel, wayOut, path, progress, signal },
    });
  } else {
    throw new InstallError(
      `"${wheel.file}" can't be fetched: there is no pip on this machine, and PIP_INDEX_URL names no package index. Install Python with pip, or set PIP_INDEX_URL to the address of an index (the one that ends in "simple"). ${wayOut}`,
    );
  }
  progress(wheel.bytes);
  const found = await sha256OfFile(path, signal);
  if (found !== wheel.sha256) {
    throw new InstallError(
      `"${wheel.file}" arrived with SHA-256 ${found}, and this program knows it as ${wheel.sha256}. Nothing of it was used. Check which package index this machine uses.`,
    );
  }
  return path;
}

/** SHA-256 of a file's bytes, as 64 lower-case hexadecimal digits. */
export async function sha256OfFile(
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest('hex');
}
