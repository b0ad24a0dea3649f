import type { Found, Store } from '../cache/store.ts';
import { digest } from '../fingerprint/canonical.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { DType } from '../tensor/nd-array.ts';
import { errorMessage } from '../util/error-message.ts';
import { textOf } from '../util/text-of.ts';
import type { Json } from '../util/json.ts';
import type { ArtifactType } from './artifact.ts';

/** The form of manifests that this program writes and reads. */
export const MANIFEST_VERSION = 1;

/** An array as a manifest has it. */
export interface ArrayEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** SHA-256 of all of its bytes, row-major, little-endian. */
  readonly digest: Digest;
  /** The chunks that it is stored in, in order. */
  readonly chunks: readonly Digest[];
}

/** What an artifact consists of: its value whole, its arrays by the digests of their chunks. */
export interface Manifest {
  readonly version: number;
  readonly type: ArtifactType;
  readonly value: Json;
  readonly arrays: Readonly<Record<string, ArrayEntry>>;
}

/**
 * The content of an artifact: what its consumers' keys are made of. It covers type, value and the arrays' bytes, and not
 * how they are cut into chunks.
 */
export const contentOf = ({
  type,
  value,
  arrays,
}: Omit<Manifest, 'version'>): Digest =>
  digest('Artifact', {
    type,
    value,
    arrays: Object.fromEntries(
      Object.entries(arrays).map(([name, array]) => [
        name,
        { dtype: array.dtype, shape: array.shape, digest: array.digest },
      ]),
    ),
  });

/** A manifest as bytes. */
export const encodeManifest = (manifest: Manifest): Uint8Array =>
  Buffer.from(JSON.stringify(manifest));

/**
 * Reads what an artifact consists of. The store has checked the bytes; a manifest of another version is `damaged`, with
 * that reason.
 */
export function readManifest(store: Store, content: Digest): Found<Manifest> {
  const found = store.read('manifests', content);
  if (found.state !== 'present') return found;
  try {
    const manifest = JSON.parse(textOf(found.value)) as Manifest;
    return manifest.version === MANIFEST_VERSION
      ? { state: 'present', value: manifest }
      : { state: 'damaged', why: `it has version ${manifest.version}` };
  } catch (error) {
    return { state: 'damaged', why: errorMessage(error) };
  }
}

/** The digests of all chunks of an artifact. */
export const chunksOf = (manifest: Manifest): readonly Digest[] =>
  Object.values(manifest.arrays).flatMap((array) => array.chunks);
