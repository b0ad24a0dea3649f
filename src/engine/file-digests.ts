import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Store } from '../cache/store.ts';
import { digest } from '../fingerprint/canonical.ts';
import type { Digest } from '../fingerprint/digest.ts';
import { timeOfDay } from '../fingerprint/environment.ts';
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

/**
 * What a file is known again by, beside its path. The time of its last change is in it too, which nobody can set: a file that was
 * put back with the time of another one is read.
 */
const FACTS = ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const;

/** A file as it was when it was read. */
type KnownFile = Readonly<Record<(typeof FACTS)[number], string>> & {
  readonly digest: Digest;
};

/**
 * Some file systems keep times in steps of two seconds. A file that was changed so shortly before it was read could be changed
 * again without a trace; it is read again next time.
 */
const STEP_NS = 2_000_000_000n;

const isSettled = ({ mtimeNs, ctimeNs }: BigIntStats, nowMs: number): boolean =>
  (mtimeNs > ctimeNs ? mtimeNs : ctimeNs) + STEP_NS <
  BigInt(nowMs) * 1_000_000n;

const isLike = (file: BigIntStats, known: KnownFile): boolean =>
  FACTS.every((fact) => String(file[fact]) === known[fact]);

const nameOf = (path: string): Digest => digest('File', { path });

function recall(store: Store, path: string): KnownFile | undefined {
  const found = store.read('files', nameOf(path));
  if (found.state !== 'present') return undefined;
  try {
    return JSON.parse(Buffer.from(found.value).toString()) as KnownFile;
  } catch {
    return undefined;
  }
}

/**
 * Digests of the files that nodes read. Each file is read once in a run, however many nodes want it, and not at all where the
 * cache remembers its digest from a run before and nothing about the file has changed since.
 */
export class FileDigests {
  readonly #known = new Map<string, Promise<Result<Digest, string>>>();
  readonly #read = new Map<string, KnownFile>();
  readonly #store: Store | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #hash: typeof hashFile;

  /**
   * @param options.store where digests are remembered; without it every file is read.
   * @param options.signal ends the reading of files early.
   * @param options.hash reads a file.
   */
  constructor(
    options: {
      readonly store?: Store;
      readonly signal?: AbortSignal | undefined;
      readonly hash?: typeof hashFile;
    } = {},
  ) {
    this.#store = options.store;
    this.#signal = options.signal;
    this.#hash = options.hash ?? hashFile;
  }

  /** The digest of a file, or a sentence that says why it can't be had. */
  digest(path: string): Promise<Result<Digest, string>> {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const fresh = this.#find(path).then(
      (found) => ok(found),
      (error: unknown) =>
        err(
          `The file "${path}" can't be read: ${WHY[errorCode(error) ?? ''] ?? errorMessage(error)}.`,
        ),
    );
    this.#known.set(path, fresh);
    return fresh;
  }

  /**
   * Remembers the digests of the files that were read, for the runs to come.
   *
   * @throws CacheError if the store can't be written.
   */
  async remember(store: Store): Promise<void> {
    if (this.#read.size === 0) return;
    await store.point(
      new Map(
        Array.from(this.#read, ([path, known]) => [
          nameOf(path),
          Buffer.from(JSON.stringify(known)),
        ]),
      ),
      'files',
    );
    this.#read.clear();
  }

  async #find(path: string): Promise<Digest> {
    const before = await stat(path, { bigint: true });
    const known = this.#store && recall(this.#store, path);
    if (known !== undefined && isLike(before, known)) return known.digest;
    const startedMs = Date.parse(timeOfDay());
    const found = await this.#hash(path, this.#signal);
    const after = await stat(path, { bigint: true });
    const facts = Object.fromEntries(
      FACTS.map((fact) => [fact, String(before[fact])]),
    ) as Omit<KnownFile, 'digest'>;
    const now: KnownFile = { ...facts, digest: found };
    // One that was changed while it was read may be neither the old one nor the new one.
    if (isLike(after, now) && isSettled(before, startedMs)) {
      this.#read.set(path, now);
    }
    return found;
  }
}
