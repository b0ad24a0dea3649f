import type { Digest } from '../fingerprint/digest.ts';
import { hashFile } from '../fingerprint/hash-bytes.ts';
import { errorCode, errorMessage } from '../util/error-message.ts';
import { err, ok, type Result } from '../util/result.ts';

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'it does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
};

/** Digests of the files that nodes read: each file is read once in a run, however many nodes want it. */
export class FileDigests {
  readonly #known = new Map<string, Promise<Result<Digest, string>>>();
  readonly #signal: AbortSignal | undefined;

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** The digest of a file, or a sentence that says why it can't be had. */
  digest(path: string): Promise<Result<Digest, string>> {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const fresh = hashFile(path, this.#signal).then(
      (digest) => ok(digest),
      (error: unknown) =>
        err(
          `The file "${path}" can't be read: ${WHY[errorCode(error) ?? ''] ?? errorMessage(error)}.`,
        ),
    );
    this.#known.set(path, fresh);
    return fresh;
  }
}
