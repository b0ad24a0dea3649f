import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from './data-error.ts';
import type { LoadContext } from './image-set.ts';
import { MAX_FILE_BYTES, readRegularFile } from './read-file.ts';

/** A file on the network whose bytes are known beforehand. */
export interface PinnedFile {
  /** Tried in turn. */
  readonly addresses: readonly string[];
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** SHA-256 as 64 lower-case hexadecimal digits. */
export const sha256Of = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/**
 * The bytes of a pinned file: from the folder of downloads, where it lies under its SHA-256, else from the network into that
 * folder. What lies there is checked each time; a damaged file is fetched again. Programs may fetch the same file at once:
 * each writes a file of its own and renames it when it is whole and checked.
 *
 * @param wayOut what else a user without a connection may do: the end of the sentence "Without a connection, …".
 * @throws {DataError} if no address yields those bytes; the message names address, digest and the way out.
 */
export async function fetchPinned(
  file: PinnedFile,
  context: LoadContext,
  wayOut: string,
): Promise<Uint8Array> {
  const { downloads, signal } = context;
  const path = join(downloads, file.sha256);
  if (await exists(path)) {
    const bytes = await readRegularFile(path, signal);
    if (sha256Of(bytes) === file.sha256) return bytes;
  }
  const failures: string[] = [];
  for (const address of file.addresses) {
    try {
      await download(address, path, file.sha256, context);
      return await readRegularFile(path, signal);
    } catch (error) {
      signal.throwIfAborted();
      failures.push(`"${address}" ${failureText(error)}`);
    }
  }
  throw new DataError(
    `A file with SHA-256 ${file.sha256} could not be fetched: ${failures.join('; ')}. Without a connection, put the file at "${path}"${wayOut}.`,
  );
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

/** What happened, as it goes on after the address. */
function failureText(error: unknown): string {
  if (error instanceof DataError) return error.message;
  // The reason of a failed fetch is its cause; where several addresses of a host failed, that has a code alone.
  const { cause } = error as { cause?: NodeJS.ErrnoException };
  if (cause === undefined) return `failed: ${(error as Error).message}`;
  return `failed: ${cause.message === '' ? (cause.code ?? 'no connection') : cause.message}`;
}

async function download(
  address: string,
  path: string,
  sha256: string,
  context: LoadContext,
): Promise<void> {
  const { downloads, signal } = context;
  const response = await fetch(address, {
    signal,
    // A server that unpacked the file on the way would change its bytes.
    headers: { 'accept-encoding': 'identity' },
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new DataError(`answered ${response.status} ${response.statusText}`);
  }
  const total = Number(response.headers.get('content-length') ?? 0);
  await mkdir(downloads, { recursive: true });
  const partial = join(downloads, `${sha256}.${randomUUID()}.part`);
  const output = await open(partial, 'w');
  try {
    const hash = createHash('sha256');
    let done = 0;
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      done += chunk.length;
      if (done > MAX_FILE_BYTES) {
        throw new DataError(`sent more than ${MAX_FILE_BYTES} bytes`);
      }
      hash.update(chunk);
      await output.writeFile(chunk);
      if (total > 0) context.progress({ done, total, unit: 'byte' });
    }
    const found = hash.digest('hex');
    if (found !== sha256) {
      throw new DataError(`sent a file with SHA-256 ${found}`);
    }
    await output.sync();
    await output.close();
    await rename(partial, path);
  } finally {
    // Closing twice is allowed; after the rename there is nothing left to remove.
    await output.close();
    await rm(partial, { force: true });
  }
}
