import { encodeArtifact } from '../../src/artifact/codec.ts';
import { describeEnvironment } from '../../src/fingerprint/environment.ts';
import type { NewEntry } from '../../src/cache/store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import {
  nodeKey,
  settingsDigest,
  type KeyParts,
} from '../../src/fingerprint/node-key.ts';
import { ndArray } from '../../src/tensor/nd-array.ts';
import {
  encodePointer,
  encodeRecord,
  latestName,
  RECORD_VERSION,
} from '../../src/worker/record.ts';

export const MEBIBYTE = 1 << 20;

/** A result as a test describes it. */
export interface EntrySpec {
  /** Its settings. */
  readonly id: string;
  readonly node: string;
  readonly pipeline?: string;
  /** What it was computed from. */
  readonly input?: string;
  /** Size of its array. */
  readonly bytes?: number;
  /** What its array is filled with; else something that no other chunk has. */
  readonly fill?: number;
  readonly seconds?: number;
  readonly finishedAt?: string;
}

/** An entry as a worker would put it. */
export function cacheEntry(spec: EntrySpec): NewEntry {
  const { id, node, pipeline = 'test', input = 'input', seconds = 1 } = spec;
  const parts: KeyParts = {
    kind: 'separation',
    version: 1,
    params: { id },
    files: [],
    inputs: { features: digest('Test', input) },
  };
  const data = new Uint8Array(spec.bytes ?? 10).fill(spec.fill ?? 0);
  if (spec.fill === undefined) {
    for (let at = 0; at < data.length; at += MEBIBYTE) {
      const label = Buffer.from(`${at} ${id} ${input}`);
      data.set(label.subarray(0, data.length - at), at);
    }
  }
  const encoded = encodeArtifact({
    type: 'score',
    value: { id, input },
    arrays: { data: ndArray('uint8', [data.length], data) },
  });
  const key = nodeKey(parts);
  const pointer = encodePointer({ key, seconds });
  return {
    key,
    record: encodeRecord({
      version: RECORD_VERSION,
      pipeline,
      node,
      parts,
      content: encoded.content,
      sizeBytes: encoded.sizeBytes,
      seconds,
      finishedAt: spec.finishedAt ?? '2026-01-01T00:00:00.000Z',
      log: [],
      printed: '',
      environment: describeEnvironment({}),
    }),
    content: encoded.content,
    manifest: encoded.manifest,
    chunks: encoded.chunks,
    pointers: new Map([
      [latestName(pipeline, node), pointer],
      [settingsDigest(parts), pointer],
    ]),
  };
}
