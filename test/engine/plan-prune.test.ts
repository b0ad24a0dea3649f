import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStore } from '../../src/cache/memory-store.ts';
import type { Store } from '../../src/cache/store.ts';
import { listCache } from '../../src/engine/list-cache.ts';
import { planPrune, type PruneOptions } from '../../src/engine/plan-prune.ts';
import {
  encodeRoot,
  readRoot,
  rootName,
  type Root,
} from '../../src/engine/roots.ts';
import { verifyCache } from '../../src/engine/verify-cache.ts';
import { settingsDigest } from '../../src/fingerprint/node-key.ts';
import { latestName, readPointer } from '../../src/worker/record.ts';
import {
  cacheEntry,
  MEBIBYTE,
  type EntrySpec,
} from '../support/cache-entry.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const DAY_MS = 86_400_000;

async function storeOf(...specs: readonly EntrySpec[]): Promise<Store> {
  const store = new MemoryStore();
  for (const spec of specs) await store.put(cacheEntry(spec));
  return store;
}

/** Ids of the nodes whose records would go. */
async function goes(
  store: Store,
  options: Omit<PruneOptions, 'now'> = {},
): Promise<readonly string[]> {
  const { removal } = await planPrune(store, { now: NOW, ...options });
  return removal.records
    .map((key) => {
      const found = store.read('records', key);
      assert.ok(found.state === 'present');
      const { parts } = JSON.parse(Buffer.from(found.value).toString()) as {
        readonly parts: { readonly params: { readonly id: string } };
      };
      return parts.params.id;
    })
    .sort();
}

test('what the last run of a node refers to stays, what it replaced goes', async () => {
  const store = await storeOf(
    { id: 'before', node: 'a' },
    { id: 'now', node: 'a' },
    { id: 'other', node: 'b' },
  );
  assert.deepEqual(await goes(store), ['before']);
});

test('a result that another pipeline hit last stays', async () => {
  const store = await storeOf(
    { id: 'before', node: 'a' },
    { id: 'now', node: 'a' },
  );
  const { key } = cacheEntry({ id: 'before', node: 'a' });
  const pointer = Buffer.from(JSON.stringify({ key, seconds: 1 }));
  await store.point(new Map([[latestName('elsewhere', 'x'), pointer]]));
  assert.deepEqual(await goes(store), []);
});

test('a last result with the settings of an earlier one does not keep the earlier one', async () => {
  const store = await storeOf(
    { id: 'same', node: 'a', input: 'old' },
    { id: 'same', node: 'a', input: 'new' },
  );
  assert.deepEqual(await goes(store), ['same']);
});

test('an age keeps what is younger, and never removes what a last run refers to', async () => {
  const store = await storeOf(
    { id: 'old', node: 'a', finishedAt: '2026-04-01T00:00:00Z' },
    { id: 'young', node: 'a', finishedAt: '2026-05-20T00:00:00Z' },
    { id: 'last', node: 'a', finishedAt: '2026-01-01T00:00:00Z' },
  );
  assert.deepEqual(await goes(store), ['old', 'young']);
  assert.deepEqual(await goes(store, { olderThanMs: 30 * DAY_MS }), ['old']);
  assert.deepEqual(await goes(store, { olderThanMs: 100 * DAY_MS }), []);
});

test('under a size bound goes first what saves the least time for its size', async () => {
  const store = await storeOf(
    { id: 'large, slow', node: 'a', bytes: 4 * MEBIBYTE, seconds: 1000 },
    { id: 'large, fast', node: 'b', bytes: 4 * MEBIBYTE, seconds: 2 },
    { id: 'small, fast', node: 'c', bytes: 1000, seconds: 1 },
  );
  assert.deepEqual(await goes(store, { maxBytes: 10 * MEBIBYTE }), []);
  assert.deepEqual(await goes(store, { maxBytes: 5 * MEBIBYTE }), [
    'large, fast',
  ]);
  // By seconds alone the small one would have been the first.
  assert.deepEqual(await goes(store, { maxBytes: MEBIBYTE }), [
    'large, fast',
    'large, slow',
  ]);
});

test('under a size bound what no last run refers to goes before what one does, young or not', async () => {
  const store = await storeOf(
    { id: 'replaced', node: 'a', bytes: MEBIBYTE, seconds: 1000 },
    { id: 'last', node: 'a', bytes: 4 * MEBIBYTE, seconds: 1 },
  );
  const options = { olderThanMs: 1000 * DAY_MS, maxBytes: 5 * MEBIBYTE };
  assert.deepEqual(await goes(store, options), ['replaced']);
});

test('a chunk goes with the last manifest that has it, and equal arrays count once', async () => {
  const shared = { bytes: 2 * MEBIBYTE, fill: 7 };
  const store = await storeOf(
    { id: 'before', node: 'a', ...shared },
    { id: 'now', node: 'a', ...shared },
  );
  const listing = await listCache(store);
  assert.equal(listing.arrayBytes, 4 * MEBIBYTE);
  // Both halves of the array are equal too.
  assert.equal(listing.storedBytes, MEBIBYTE);
  const plan = await planPrune(store, { now: NOW });
  assert.equal(plan.removal.records.length, 1);
  assert.equal(plan.removal.chunks.length, 0);
  assert.ok(plan.freedBytes < 10_000);
  const all = await planPrune(store, { now: NOW, maxBytes: MEBIBYTE });
  assert.equal(all.removal.records.length, 2);
  assert.equal(all.removal.chunks.length, 1);
});

test('chunks and manifests that nothing refers to go', async () => {
  const store = await storeOf({ id: 'a', node: 'a', bytes: 1000 });
  const stray = cacheEntry({ id: 'stray', node: 'b', bytes: 1000, fill: 9 });
  await store.put(stray);
  await store.remove({
    ...{ records: [stray.key], manifests: [], checkpoints: [], chunks: [] },
    roots: [],
    pointers: new Map([...stray.pointers.keys()].map((name) => [name, null])),
  });
  const { removal } = await planPrune(store, { now: NOW });
  assert.deepEqual(removal.records, []);
  assert.deepEqual(removal.manifests, [stray.content]);
  assert.equal(removal.chunks.length, 1);
});

test('checkpoints of unfinished nodes stay, and are the last to go under a size bound', async () => {
  const store = await storeOf({ id: 'a', node: 'a', bytes: 1000 });
  const key = settingsDigest({ kind: 'x', version: 1, params: {}, files: [] });
  await store.keepCheckpoint(key, new Uint8Array(2 * MEBIBYTE));
  const kept = await planPrune(store, { now: NOW });
  assert.deepEqual(kept.removal.checkpoints, []);
  assert.equal(kept.kept.checkpoints, 1);
  const bound = await planPrune(store, { now: NOW, maxBytes: MEBIBYTE });
  assert.deepEqual(bound.removal.checkpoints, [key]);
  assert.equal(bound.removal.records.length, 1);
});

test('after pruning the cache is whole, and pointers say what they led to', async () => {
  const store = await storeOf(
    { id: 'same', node: 'a', input: 'old', seconds: 3 },
    { id: 'same', node: 'b', input: 'new', seconds: 4 },
    { id: 'changed', node: 'b' },
  );
  const [older, newer] = ['old', 'new'].map((input) =>
    cacheEntry({ id: 'same', node: 'a', input }),
  );
  assert.ok(older !== undefined && newer !== undefined);
  const { removal } = await planPrune(store, { now: NOW });
  assert.deepEqual(removal.records, [newer.key]);
  const settings = [...older.pointers.keys()].find(
    (name) => name !== latestName('test', 'a'),
  );
  assert.ok(settings !== undefined);
  assert.equal(readPointer(store, settings)?.key, newer.key);
  await store.remove(removal);
  assert.deepEqual((await verifyCache(store)).damaged, []);
  // Settings that a record that stays has still lead to one.
  assert.equal(readPointer(store, settings)?.key, older.key);
  assert.deepEqual(await goes(store), []);

  await store.remove(
    (await planPrune(store, { now: NOW, maxBytes: 0 })).removal,
  );
  assert.deepEqual((await verifyCache(store)).damaged, []);
  assert.deepEqual(readPointer(store, latestName('test', 'a')), {
    ...{ key: older.key, seconds: 3, pruned: true },
  });
});

test('records that a newer program wrote are counted, as what they refer to is not known', async () => {
  const store = await storeOf({ id: 'a', node: 'a' });
  const entry = cacheEntry({ id: 'b', node: 'b' });
  await store.put({ ...entry, record: Buffer.from('{"version":99}') });
  assert.equal((await planPrune(store, { now: NOW })).foreign, 1);
  assert.equal((await listCache(store)).unreadable, 1);
});

const SOURCE = { pipeline: 'test', file: '/a.yaml', profiles: [], sets: [] };

/** Writes a root that keeps the records of these nodes. */
async function keep(
  store: Store,
  type: Root['type'],
  specs: readonly EntrySpec[],
  root: Partial<Root> = {},
): Promise<void> {
  const made: Root = {
    ...{ type, ...SOURCE, at: '2026-05-31T00:00:00.000Z' },
    keys: specs.map((spec) => cacheEntry(spec).key),
    ...root,
  };
  await store.point(
    new Map([[rootName(type, made), encodeRoot(made)]]),
    'roots',
  );
}

test('the last run with other profiles or settings keeps what it has', async () => {
  const quick = { id: 'quick', node: 'a' };
  const set = { id: 'set', node: 'a' };
  const store = await storeOf(quick, set, { id: 'now', node: 'a' });
  await keep(store, 'run', [quick], { profiles: ['quick'] });
  assert.deepEqual(await goes(store), ['set']);
  await keep(store, 'run', [set], { sets: ['train.params.epochs=2'] });
  assert.deepEqual(await goes(store), []);
});

test('runs that are too long ago keep nothing any more, and go', async () => {
  const old = { id: 'old', node: 'a' };
  const both = { id: 'both', node: 'b' };
  const store = await storeOf(old, both);
  await keep(store, 'run', [old, both], { at: '2026-01-01T00:00:00.000Z' });
  await keep(store, 'run', [both], { profiles: ['quick'] });
  assert.deepEqual(await goes(store), []);
  const options = { now: NOW, runsOlderThanMs: 30 * DAY_MS };
  assert.deepEqual(await goes(store, options), ['old']);
  const { removal } = await planPrune(store, options);
  assert.deepEqual(removal.roots, [rootName('run', SOURCE)]);
});

test('what is pinned stays, whatever the size bound asks for', async () => {
  const pinned = { id: 'pinned', node: 'a', bytes: 4 * MEBIBYTE, seconds: 0.1 };
  const other = { id: 'other', node: 'b', bytes: 100, seconds: 1000 };
  const store = await storeOf(pinned, { id: 'now', node: 'a' }, other);
  await keep(store, 'pin', [pinned]);
  assert.deepEqual(await goes(store, { maxBytes: 0 }), ['now', 'other']);
});

test('roots are read back, and one that does not decode keeps nothing', async () => {
  const spec = { id: 'before', node: 'a' };
  const store = await storeOf(spec, { id: 'now', node: 'a' });
  await keep(store, 'run', [spec]);
  const name = rootName('run', SOURCE);
  assert.deepEqual(readRoot(store, name)?.keys, [cacheEntry(spec).key]);
  assert.deepEqual(await goes(store), []);
  await store.point(new Map([[name, Buffer.from('{"version":2}\n')]]), 'roots');
  assert.equal(readRoot(store, name), undefined);
  assert.deepEqual(await goes(store), ['before']);
  assert.equal((await verifyCache(store)).damaged[0]?.kind, 'root');
});
