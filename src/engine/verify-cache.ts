import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  contentOf,
  readManifest,
  type ArrayEntry,
} from '../artifact/codec-manifest.ts';
import type { Found, Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import { nodeKey } from '../fingerprint/node-key.ts';
import { errorMessage } from '../util/error-message.ts';
import { readPointer, readRecord } from '../worker/record.ts';
import { readRoot } from './roots.ts';

/** Something in a cache that isn't as it was written. */
export interface Damage {
  readonly digest: Digest;
  readonly kind:
    | 'record'
    | 'manifest'
    | 'chunk'
    | 'pointer'
    | 'file'
    | 'checkpoint'
    | 'root';
  /** A sentence without its full stop, about the thing: `its bytes have changed`. */
  readonly why: string;
}

/** What came of looking at all of a cache. */
export interface CacheReport {
  readonly records: number;
  readonly chunks: number;
  readonly damaged: readonly Damage[];
  /** Files beside it that nothing refers to: no damage. */
  readonly strays: readonly string[];
}

/** How far it has got: values looked at, of how many. */
export type VerifyProgress = (done: number, total: number) => void;

/**
 * Hashes everything in a cache again: records fit their keys, manifests their contents, arrays their digests, chunks their
 * addresses, and all that is referred to is there. Changes nothing.
 *
 * @throws CacheError if the cache can't be read at all.
 */
export async function verifyCache(
  store: Store,
  progress: VerifyProgress = () => undefined,
): Promise<CacheReport> {
  const digests = {
    records: store.digests('records'),
    manifests: store.digests('manifests'),
    pointers: store.digests('pointers'),
    files: store.digests('files'),
    checkpoints: store.digests('checkpoints'),
    chunks: store.digests('chunks'),
    roots: store.digests('roots'),
  };
  const verifier = new Verifier(
    store,
    Object.values(digests).reduce((sum, { length }) => sum + length, 0),
    progress,
  );
  for (const key of digests.records) await verifier.record(key);
  for (const content of digests.manifests) await verifier.manifest(content);
  for (const name of digests.pointers) await verifier.pointer(name);
  for (const name of digests.files) await verifier.sealed('file', name);
  for (const key of digests.checkpoints) {
    await verifier.sealed('checkpoint', key);
  }
  for (const name of digests.roots) await verifier.root(name);
  for (const chunk of digests.chunks) await verifier.chunk(chunk);
  return {
    records: digests.records.length,
    chunks: digests.chunks.length,
    damaged: verifier.damaged,
    strays: store.strays(),
  };
}

class Verifier {
  readonly #store: Store;
  readonly #total: number;
  readonly #progress: VerifyProgress;
  readonly #damaged = new Map<string, Damage>();
  /** Chunks that were hashed, and found as they should be or not. */
  readonly #chunks = new Map<Digest, boolean>();
  readonly #evicted = new Set<Digest>();
  readonly #kept = new Set<Digest>();
  #done = 0;

  constructor(store: Store, total: number, progress: VerifyProgress) {
    this.#store = store;
    this.#total = total;
    this.#progress = progress;
  }

  get damaged(): readonly Damage[] {
    return [...this.#damaged.values()];
  }

  async record(key: Digest): Promise<void> {
    this.#check('record', key, () => {
      const found = readRecord(this.#store, key);
      if (found.state !== 'present') return whyNot(found);
      if (nodeKey(found.value.parts) !== key) {
        return 'it is the record of another key';
      }
      const { content, evicted } = found.value;
      (evicted === true ? this.#evicted : this.#kept).add(content);
      if (this.#store.read('manifests', content).state === 'absent') {
        this.#note('manifest', content, `it is missing; record ${key} has it`);
      }
      return null;
    });
    await this.#step();
  }

  async manifest(content: Digest): Promise<void> {
    const arrays: [string, ArrayEntry][] = [];
    this.#check('manifest', content, () => {
      const found = readManifest(this.#store, content);
      if (found.state !== 'present') return whyNot(found);
      if (contentOf(found.value) !== content) {
        return 'it is the manifest of another content';
      }
      // Of arrays that were removed to make room there is nothing to check.
      if (this.#kept.has(content) || !this.#evicted.has(content)) {
        arrays.push(...Object.entries(found.value.arrays));
      }
      return null;
    });
    for (const [name, array] of arrays) {
      const why = await this.#array(content, array);
      if (why === null) continue;
      this.#note('manifest', content, `its array "${name}" ${why}`);
    }
    await this.#step();
  }

  async pointer(name: Digest): Promise<void> {
    this.#check('pointer', name, () => {
      const found = this.#store.read('pointers', name);
      if (found.state !== 'present') return whyNot(found);
      const pointer = readPointer(this.#store, name);
      if (pointer === undefined) return 'it does not decode';
      if (pointer.pruned === true) return null;
      return this.#store.read('records', pointer.key).state === 'absent'
        ? `it leads to record ${pointer.key}, which is missing`
        : null;
    });
    await this.#step();
  }

  /** What nothing else refers to: all there is to check is its bytes. */
  async sealed(kind: 'file' | 'checkpoint', key: Digest): Promise<void> {
    this.#check(kind, key, () => {
      const found = this.#store.read(`${kind}s`, key);
      // Absent: the node of a checkpoint has been finished meanwhile.
      return found.state === 'damaged' ? found.why : null;
    });
    await this.#step();
  }

  async root(name: Digest): Promise<void> {
    this.#check('root', name, () => {
      const found = this.#store.read('roots', name);
      if (found.state !== 'present') return whyNot(found);
      return readRoot(this.#store, name) === undefined
        ? 'it does not decode'
        : null;
    });
    await this.#step();
  }

  async chunk(digest: Digest): Promise<void> {
    this.#chunk(digest, {});
    await this.#step();
  }

  /** Says what is wrong with an array whose chunks are all right, null where nothing is. */
  async #array(content: Digest, array: ArrayEntry): Promise<string | null> {
    const [first] = array.chunks;
    if (array.chunks.length === 1 && first !== undefined) {
      const isSound = this.#chunk(first, { neededBy: content });
      return isSound && first !== array.digest ? WRONG_ARRAY : null;
    }
    const hasher = createHash('sha256');
    const use = (bytes: Uint8Array): void => {
      hasher.update(bytes);
    };
    let isSound = true;
    for (const chunk of array.chunks) {
      isSound = this.#chunk(chunk, { neededBy: content, use }) && isSound;
      await setImmediate();
    }
    return isSound && hasher.digest('hex') !== array.digest
      ? WRONG_ARRAY
      : null;
  }

  /** Reads a chunk, which hashes it, unless that was done and nobody needs its bytes; answers whether it is sound. */
  #chunk(
    digest: Digest,
    {
      neededBy,
      use,
    }: {
      readonly neededBy?: Digest;
      readonly use?: (bytes: Uint8Array) => void;
    },
  ): boolean {
    const known = this.#chunks.get(digest);
    if (known === false || (known === true && use === undefined)) return known;
    const found = this.#store.readChunk(digest, use ?? (() => undefined));
    const isSound = found.state === 'present';
    if (found.state === 'absent' && neededBy !== undefined) {
      const why = `it is missing; manifest ${neededBy} has it`;
      this.#note('chunk', digest, why);
    } else if (!isSound) this.#note('chunk', digest, whyNot(found));
    this.#chunks.set(digest, isSound);
    return isSound;
  }

  /** Notes what a check answers or throws: whole bytes may still hold something else than what they should. */
  #check(kind: Damage['kind'], digest: Digest, check: () => string | null) {
    let why: string | null;
    try {
      why = check();
    } catch (error) {
      why = `it does not decode (${errorMessage(error)})`;
    }
    if (why !== null) this.#note(kind, digest, why);
  }

  /** One damage for each thing, however many refer to it. */
  #note(kind: Damage['kind'], digest: Digest, why: string): void {
    const name = `${kind} ${digest}`;
    if (!this.#damaged.has(name))
      this.#damaged.set(name, { digest, kind, why });
  }

  async #step(): Promise<void> {
    this.#done++;
    this.#progress(this.#done, this.#total);
    if (this.#done % 64 === 0) await setImmediate();
  }
}

const WRONG_ARRAY = 'does not fit its digest';

/** Why a value that was in the list can't be had. */
const whyNot = (
  found: Exclude<Found<unknown>, { state: 'present' }>,
): string => (found.state === 'damaged' ? found.why : 'it can not be read');
