import { setImmediate } from 'node:timers/promises';
import { chunksOf, readManifest } from '../artifact/codec-manifest.ts';
import type { Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';

/** Bytes that are hashed before others get a turn: a few milliseconds of work. */
const SLICE_BYTES = 8 << 20;

/** Reads all chunks of an artifact and says what is wrong with them; null where nothing is. */
export async function verifyContent(
  store: Store,
  content: Digest,
): Promise<string | null> {
  const manifest = readManifest(store, content);
  if (manifest.state !== 'present') return 'its manifest is missing';
  let bytes = 0;
  for (const chunk of chunksOf(manifest.value)) {
    const found = store.readChunk(chunk, (piece) => piece.length);
    if (found.state === 'absent') return 'a chunk of it is missing';
    if (found.state === 'damaged')
      return `a chunk of it is damaged (${found.why})`;
    bytes += found.value;
    if (bytes >= SLICE_BYTES) {
      bytes = 0;
      await setImmediate();
    }
  }
  return null;
}
