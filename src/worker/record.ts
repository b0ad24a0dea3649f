import type { Found, Store } from '../cache/store.ts';
import { digest } from '../fingerprint/canonical.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { Environment } from '../fingerprint/environment.ts';
import type { KeyParts } from '../fingerprint/node-key.ts';
import { errorMessage } from '../util/error-message.ts';
import { textOf } from '../util/text-of.ts';

/** The form of records that this program writes and reads. */
export const RECORD_VERSION = 1;

/** What the cache keeps of a run. */
export interface NodeRecord {
  readonly version: number;
  /** For people: neither name is part of the key. */
  readonly pipeline: string;
  readonly node: string;
  /** What the key was made of, so that a later run can say what differs. */
  readonly parts: KeyParts;
  /** The digest under which its end is found by runs that go further; absent where none can. */
  readonly course?: Digest;
  /** Epochs of the run from whose end it went on; absent where it began at the beginning. */
  readonly continuedFrom?: number;
  /** What it yielded. */
  readonly content: Digest;
  /** Of all arrays of the result, before equal chunks are stored once. */
  readonly sizeBytes: number;
  /** Set once its arrays were removed to make room; what it yielded is known by its content all the same. */
  readonly evicted?: true;
  readonly seconds: number;
  /** ISO 8601, UTC. */
  readonly finishedAt: string;
  /** Lines that the node logged, which a hit replays. */
  readonly log: readonly string[];
  /** What native libraries printed meanwhile. */
  readonly printed: string;
  readonly environment: Environment;
}

/** A record as bytes. */
export const encodeRecord = (record: NodeRecord): Uint8Array =>
  Buffer.from(JSON.stringify(record));

/** Reads a record. One that doesn't decode, or that a newer program wrote, is `damaged`, with that reason. */
export const readRecord = (store: Store, key: Digest): Found<NodeRecord> =>
  decode(store.read('records', key), (record: NodeRecord) =>
    record.version === RECORD_VERSION
      ? null
      : `it has version ${record.version}, and this program reads version ${RECORD_VERSION}`,
  );

/** Where a name leads: the key of the last run under it, and how long that took. */
export interface Pointer {
  readonly key: Digest;
  readonly seconds: number;
  /** Set once the record was pruned: what is left says that there was a run, and how long it took. */
  readonly pruned?: true;
}

/** The name of a node's last run in a pipeline. */
export const latestName = (pipeline: string, node: string): Digest =>
  digest('Latest', { pipeline, node });

/** A pointer as bytes. */
export const encodePointer = ({ key, seconds, pruned }: Pointer): Uint8Array =>
  Buffer.from(JSON.stringify({ key, seconds, pruned }));

/** Where a name leads, or undefined. Pointers are hints: a damaged one is as good as none. */
export function readPointer(store: Store, name: Digest): Pointer | undefined {
  const found = decode<Pointer>(store.read('pointers', name), () => null);
  return found.state === 'present' ? found.value : undefined;
}

function decode<T>(
  found: Found<Uint8Array>,
  refuse: (value: T) => string | null,
): Found<T> {
  if (found.state !== 'present') return found;
  try {
    const value = JSON.parse(textOf(found.value)) as T;
    const why = refuse(value);
    return why === null
      ? { state: 'present', value }
      : { state: 'damaged', why };
  } catch (error) {
    return { state: 'damaged', why: errorMessage(error) };
  }
}
