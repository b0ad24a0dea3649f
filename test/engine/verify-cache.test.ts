import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeManifest,
  type Manifest,
} from '../../src/artifact/codec-manifest.ts';
import {
  emptyTables,
  MemoryStore,
  type MemoryTables,
} from '../../src/cache/memory-store.ts';
import { seal } from '../../src/cache/seal.ts';
import { verifyCache } from '../../src/engine/verify-cache.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { cacheEntry, MEBIBYTE } from '../support/cache-entry.ts';

/** Three chunks, the last of them short. */
const ENTRY = cacheEntry({ id: 'a', node: 'a', bytes: 2 * MEBIBYTE + 5 });
const [FIRST, SECOND] = [...ENTRY.chunks].map(({ digest }) => digest) as [
  Digest,
  Digest,
];
const [POINTER] = [...ENTRY.pointers.keys()] as [Digest];

const STATE = new Uint8Array([1, 2, 3]);

/** What is damaged in a cache of one entry after a change. */
async function damageAfter(
  change: (tables: MemoryTables, store: MemoryStore) => unknown,
): Promise<readonly string[]> {
  const tables = emptyTables();
  const store = new MemoryStore({ tables });
  await store.put(ENTRY);
  await change(tables, store);
  const { damaged } = await verifyCache(store);
  return damaged.map(({ kind, digest, why }) => `${kind} ${digest}: ${why}`);
}

function flip(table: Map<Digest, Uint8Array>, digest: Digest): void {
  const bytes = new Uint8Array(table.get(digest) ?? []);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  table.set(digest, bytes);
}

test('a cache as it was written has no damage, and everything in it is counted', async () => {
  const store = new MemoryStore();
  await store.put(ENTRY);
  await store.keepCheckpoint(cacheEntry({ id: 'b', node: 'b' }).key, STATE);
  const steps: number[] = [];
  const report = await verifyCache(store, (done, total) => {
    assert.equal(total, 1 + 1 + 2 + 1 + 3);
    steps.push(done);
  });
  assert.deepEqual(report, {
    ...{ records: 1, chunks: 3 },
    ...{ damaged: [], strays: [] },
  });
  assert.deepEqual(steps, [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('a flipped bit is found in each kind of value', async () => {
  const checksum = 'its checksum does not fit';
  for (const [table, kind, digest, why] of [
    ['records', 'record', ENTRY.key, checksum],
    ['manifests', 'manifest', ENTRY.content, checksum],
    ['pointers', 'pointer', POINTER, checksum],
    ['chunks', 'chunk', SECOND, 'its bytes have changed'],
  ] as const) {
    assert.deepEqual(
      await damageAfter((tables) => {
        flip(tables[table], digest);
      }),
      [`${kind} ${digest}: ${why}`],
    );
  }
  assert.deepEqual(
    await damageAfter(async (tables, store) => {
      await store.keepCheckpoint(POINTER, STATE);
      flip(tables.checkpoints, POINTER);
    }),
    [`checkpoint ${POINTER}: ${checksum}`],
  );
});

test('what is missing is found where something refers to it, once', async () => {
  assert.deepEqual(
    await damageAfter((tables) => tables.chunks.delete(SECOND)),
    [`chunk ${SECOND}: it is missing; manifest ${ENTRY.content} has it`],
  );
  assert.deepEqual(
    await damageAfter((tables) => tables.manifests.delete(ENTRY.content)),
    [`manifest ${ENTRY.content}: it is missing; record ${ENTRY.key} has it`],
  );
  const found = await damageAfter((tables) => tables.records.delete(ENTRY.key));
  // One under the node's name, one under its settings.
  assert.equal(found.length, 2);
  assert.ok(
    found.every((line) => line.endsWith(`${ENTRY.key}, which is missing`)),
  );
});

test('a whole value in the wrong place is damage', async () => {
  const other = cacheEntry({ id: 'b', node: 'b' });
  assert.deepEqual(
    await damageAfter((tables) =>
      tables.records.set(ENTRY.key, seal(other.record)),
    ),
    [`record ${ENTRY.key}: it is the record of another key`],
  );
  assert.deepEqual(
    await damageAfter((tables) =>
      tables.manifests.set(ENTRY.content, seal(other.manifest)),
    ),
    [`manifest ${ENTRY.content}: it is the manifest of another content`],
  );
});

test('chunks in the wrong order are not the array, though each of them is whole', async () => {
  const manifest = JSON.parse(
    Buffer.from(ENTRY.manifest).toString(),
  ) as Manifest;
  const data = manifest.arrays['data'];
  assert.ok(data !== undefined);
  const chunks = [SECOND, FIRST, ...data.chunks.slice(2)];
  // Chunks are no part of the content, so the manifest still fits it.
  const swapped = { ...manifest, arrays: { data: { ...data, chunks } } };
  assert.deepEqual(
    await damageAfter((tables) =>
      tables.manifests.set(ENTRY.content, seal(encodeManifest(swapped))),
    ),
    [`manifest ${ENTRY.content}: its array "data" does not fit its digest`],
  );
});

test('values that decode to something else than they should are damage, not a crash', async () => {
  for (const text of ['', '{', 'null', '{"version":99}', '{"version":1}']) {
    const bytes = seal(Buffer.from(text));
    for (const [table, digest] of [
      ['records', ENTRY.key],
      ['manifests', ENTRY.content],
    ] as const) {
      const found = await damageAfter((tables) =>
        tables[table].set(digest, bytes),
      );
      assert.equal(found.length, 1, `${table}: ${text}`);
      assert.ok(found[0]?.includes(digest));
    }
  }
  const found = await damageAfter((tables) =>
    tables.pointers.set(POINTER, seal(Buffer.from('{'))),
  );
  assert.deepEqual(found, [`pointer ${POINTER}: it does not decode`]);
});
