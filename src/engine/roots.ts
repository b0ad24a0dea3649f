import type { Store } from '../cache/store.ts';
import { digest } from '../fingerprint/canonical.ts';
import type { Digest } from '../fingerprint/digest.ts';
import { textOf } from '../util/text-of.ts';

/** A pipeline as somebody runs it: other profiles and settings make another one of the same file. */
export interface RunSource {
  /** Its name in the file. */
  readonly pipeline: string;
  /** Absolute. */
  readonly file: string;
  readonly profiles: readonly string[];
  readonly sets: readonly string[];
}

/** What keeps results in the cache: the last run of a pipeline, or a pin. */
export interface Root extends RunSource {
  readonly type: 'run' | 'pin';
  /** When it was last written: ISO 8601, UTC. */
  readonly at: string;
  /** The records that it keeps. */
  readonly keys: readonly Digest[];
}

/** The form of roots that this program writes and reads. */
const ROOT_VERSION = 1;
const KEY_BYTES = 32;

/** The name of the one root of a type that a source has. */
export const rootName = (
  type: Root['type'],
  { pipeline, file, profiles, sets }: RunSource,
): Digest => digest('Root', { type, pipeline, file, profiles, sets });

/** A root as bytes: a line about it, then its keys, which are most of it, as they are. */
export function encodeRoot({ keys, ...about }: Root): Uint8Array {
  const head = { version: ROOT_VERSION, ...about };
  return Buffer.concat([
    Buffer.from(`${JSON.stringify(head)}\n`),
    Buffer.from(keys.join(''), 'hex'),
  ]);
}

/** A root, or undefined: one that is damaged, or that a newer program wrote, keeps nothing. */
export function readRoot(store: Store, name: Digest): Root | undefined {
  const found = store.read('roots', name);
  if (found.state !== 'present') return undefined;
  const end = found.value.indexOf(0x0a);
  try {
    const { version, ...about } = JSON.parse(
      textOf(found.value.subarray(0, end)),
    ) as Omit<Root, 'keys'> & { readonly version: number };
    if (version !== ROOT_VERSION) return undefined;
    const bytes = Buffer.from(found.value.subarray(end + 1));
    const keys = Array.from(
      { length: bytes.length / KEY_BYTES },
      (_, index) =>
        bytes.toString(
          'hex',
          index * KEY_BYTES,
          (index + 1) * KEY_BYTES,
        ) as Digest,
    );
    return { ...about, keys };
  } catch {
    return undefined;
  }
}

/** All roots of a store by their names. */
export const readRoots = (store: Store): ReadonlyMap<Digest, Root> =>
  new Map(
    store.digests('roots').flatMap((name) => {
      const root = readRoot(store, name);
      return root === undefined ? [] : [[name, root] as const];
    }),
  );
