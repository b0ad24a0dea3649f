import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { CacheError } from '../../src/cache/cache-error.ts';
import { openStore } from '../../src/cache/open-store.ts';
import type { Chunk, NewEntry, Store } from '../../src/cache/store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { hashBytes } from '../../src/fingerprint/hash-bytes.ts';
import { putPlainly, tamper } from '../support/tamper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MEBIBYTE = 1 << 20;

const chunkOf = (length: number, fill: number): Chunk => {
  const bytes = new Uint8Array(length).fill(fill);
  return { digest: hashBytes(bytes), bytes };
};

const entryOf = (label: string, chunks: readonly Chunk[]): NewEntry => ({
  key: digest('Test', `key ${label}`),
  record: Buffer.from(`record ${label}`),
  content: digest('Test', `content ${label}`),
  manifest: Buffer.from(`manifest ${label}`),
  chunks,
  pointers: new Map(),
});

const NOTHING = {
  ...{ records: [], manifests: [], checkpoints: [], chunks: [], roots: [] },
  pointers: new Map<Digest, null>(),
};

const packsIn = (folder: string): readonly string[] =>
  readdirSync(join(folder, 'packs')).map((name) => join(folder, 'packs', name));

/** Bytes of values in a file: behind them is an index, with its length and a mark. */
function valueBytes(path: string): number {
  const bytes = readFileSync(path);
  const end = bytes.length - 16;
  return end - Number(bytes.readBigUInt64LE(end));
}

const packBytes = (folder: string): number =>
  packsIn(folder).reduce((sum, path) => sum + valueBytes(path), 0);

function isWhole(store: Store, { digest, bytes }: Chunk): boolean {
  const found = store.readChunk(digest, (read) =>
    Buffer.from(read).equals(bytes),
  );
  return found.state === 'present' && found.value && store.hasChunk(digest);
}

async function openHere(
  context: TestContext,
  folder: string,
  readOnly = false,
): Promise<Store> {
  const store = await openStore({ folder, readOnly });
  context.after(() => store[Symbol.asyncDispose]());
  return store;
}

test('large chunks of an entry are in one file, small ones in the database, which stays small', async (context) => {
  const folder = temporaryFolder(context);
  const store = await openHere(context, folder);
  const large = [1, 2, 3, 4].map((fill) => chunkOf(MEBIBYTE, fill));
  const small = chunkOf(1000, 5);
  await store.put(
    entryOf('a', [...large, small, ...large]),
    entryOf('b', [chunkOf(MEBIBYTE, 6)]),
  );
  assert.deepEqual(
    packsIn(folder)
      .map((path) => valueBytes(path) / MEBIBYTE)
      .sort(),
    [1, 4],
  );
  assert.ok(statSync(join(folder, 'data.mdb')).size < MEBIBYTE / 2);
  const reader = await openHere(context, folder, true);
  for (const chunk of [...large, small]) assert.ok(isWhole(reader, chunk));
  const all = [...large, small, chunkOf(MEBIBYTE, 6)];
  assert.deepEqual(
    reader.digests('chunks'),
    all.map((chunk) => chunk.digest).sort(),
  );
  // What is there is not written again.
  await store.put(entryOf('c', large));
  assert.equal(packBytes(folder), 5 * MEBIBYTE);
});

test('removing chunks gives their room back at once, also of a file that keeps others', async (context) => {
  const folder = temporaryFolder(context);
  const store = await openHere(context, folder);
  const [own, other] = [chunkOf(MEBIBYTE, 1), chunkOf(2 * MEBIBYTE, 2)];
  await store.put(entryOf('a', [own, other]));
  const reader = await openHere(context, folder, true);
  assert.ok(isWhole(reader, own) && isWhole(reader, other));
  await store.remove({ ...NOTHING, chunks: [own.digest] });
  assert.equal(packBytes(folder), 2 * MEBIBYTE);
  for (const each of [store, reader]) {
    assert.ok(!each.hasChunk(own.digest));
    assert.equal(each.readChunk(own.digest, () => 0).state, 'absent');
    assert.ok(isWhole(each, other));
  }
  await store.remove({ ...NOTHING, chunks: [other.digest] });
  assert.deepEqual(packsIn(folder), []);
  assert.equal(reader.readChunk(other.digest, () => 0).state, 'absent');
});

for (const [what, damage, state] of [
  [
    'cut short',
    (path: string) => {
      truncateSync(path, 2 * MEBIBYTE - 1);
    },
    { isThere: false, why: /cut short/ },
  ],
  [
    'missing',
    (path: string) => {
      rmSync(path);
    },
    { isThere: false, why: /its file is missing/ },
  ],
  [
    'overwritten',
    (path: string) => {
      const bytes = readFileSync(path);
      bytes[2 * MEBIBYTE - 7]! ^= 1;
      writeFileSync(path, bytes);
    },
    { isThere: true, why: /its bytes have changed/ },
  ],
] as const) {
  test(`a chunk whose file is ${what} is not handed out, and is mended by the next put`, async (context) => {
    const folder = temporaryFolder(context);
    const store = await openHere(context, folder);
    const chunks = [chunkOf(MEBIBYTE, 1), chunkOf(MEBIBYTE, 2)];
    const last = chunks[1]!;
    await store.put(entryOf('a', chunks));
    assert.ok(chunks.every((chunk) => isWhole(store, chunk)));
    for (const path of packsIn(folder)) damage(path);
    for (const reader of [store, await openHere(context, folder, true)]) {
      const found = reader.readChunk(last.digest, () => assert.fail('read'));
      assert.ok(found.state === 'damaged');
      assert.match(found.why, state.why);
      assert.equal(reader.hasChunk(last.digest), state.isThere);
      assert.equal(isWhole(reader, chunks[0]!), what !== 'missing');
    }
    await store.put(entryOf('a', chunks));
    assert.ok(chunks.every((chunk) => isWhole(store, chunk)));
    assert.equal(packBytes(folder), 2 * MEBIBYTE);
  });
}

test('files that nothing refers to go when a program starts alone, and stay while another may be writing them', async (context) => {
  const folder = temporaryFolder(context);
  const chunk = chunkOf(MEBIBYTE, 1);
  const stray = join(folder, 'packs', '0'.repeat(32));
  const foreign = join(folder, 'packs', 'notes.txt');
  {
    await using store = await openStore({ folder, readOnly: false });
    await store.put(entryOf('a', [chunk]));
    for (const path of [stray, foreign]) writeFileSync(path, 'x');
    await using other = await openStore({ folder, readOnly: false });
    assert.ok(isWhole(other, chunk));
    assert.equal(packsIn(folder).length, 3);
    assert.deepEqual(other.strays(), []);
  }
  {
    await using reader = await openStore({ folder, readOnly: true });
    assert.deepEqual(reader.strays(), ['0'.repeat(32), 'notes.txt']);
  }
  await using store = await openStore({ folder, readOnly: false });
  assert.ok(isWhole(store, chunk));
  assert.equal(packsIn(folder).length, 2);
  assert.deepEqual(store.strays(), ['notes.txt']);
});

test('a file whose row is lost stays as long as values lie in it', async (context) => {
  const folder = temporaryFolder(context);
  const chunk = chunkOf(MEBIBYTE, 1);
  {
    await using store = await openStore({ folder, readOnly: false });
    await store.put(entryOf('a', [chunk]));
  }
  const [pack = ''] = readdirSync(join(folder, 'packs'));
  await tamper(folder, 'packs', pack as Digest, () => undefined);
  await using store = await openStore({ folder, readOnly: false });
  assert.ok(isWhole(store, chunk));
  await store.remove({ ...NOTHING, chunks: [chunk.digest] });
  assert.deepEqual(packsIn(folder), []);
});

test('programs that store the same at once leave it once', async (context) => {
  const folder = temporaryFolder(context);
  const stores = [
    await openHere(context, folder),
    await openHere(context, folder),
  ];
  const chunks = [1, 2, 3].map((fill) => chunkOf(MEBIBYTE, fill));
  await Promise.all(stores.map((store) => store.put(entryOf('a', chunks))));
  assert.equal(packBytes(folder), 3 * MEBIBYTE);
  for (const store of stores) {
    assert.ok(chunks.every((chunk) => isWhole(store, chunk)));
  }
});

test('what is removed between a look at it and the transaction that relies on it is stored all the same', async (context) => {
  const folder = temporaryFolder(context);
  const store = await openHere(context, folder);
  const other = await openHere(context, folder);
  const [shared, own] = [chunkOf(MEBIBYTE, 1), chunkOf(MEBIBYTE, 2)];
  await store.put(entryOf('a', [shared]));
  const put = store.put(entryOf('b', [shared, own]));
  await other.remove({ ...NOTHING, chunks: [shared.digest] });
  await put;
  assert.ok(isWhole(store, shared) && isWhole(other, own));
});

test('a large chunk that an earlier version has put into the database is read, kept, and removed there', async (context) => {
  const folder = temporaryFolder(context);
  await using store = await openStore({ folder, readOnly: false });
  const chunk = chunkOf(MEBIBYTE, 1);
  await putPlainly(folder, 'chunks', chunk.digest, chunk.bytes);
  assert.ok(isWhole(store, chunk));
  await store.put(entryOf('a', [chunk, chunkOf(1000, 2)]));
  assert.deepEqual(readdirSync(folder).sort(), ['data.mdb', 'lock.mdb']);
  await store.remove({ ...NOTHING, chunks: [chunk.digest] });
  assert.ok(!store.hasChunk(chunk.digest));
});

test('where a file can not be written nothing is stored, and the error says so', async (context) => {
  const folder = temporaryFolder(context);
  const store = await openHere(context, folder);
  writeFileSync(join(folder, 'packs'), 'in the way');
  const chunks = [chunkOf(MEBIBYTE, 1), chunkOf(10, 2)];
  const entry = entryOf('a', chunks);
  for (const action of [
    () => store.put(entry),
    () => store.keepCheckpoint(entry.key, new Uint8Array(MEBIBYTE)),
  ]) {
    await assert.rejects(action, (error: unknown) => {
      assert.ok(error instanceof CacheError);
      assert.match(error.message, /can't be written: .*MiB free/);
      return true;
    });
  }
  assert.equal(store.read('records', entry.key).state, 'absent');
  assert.equal(store.read('checkpoints', entry.key).state, 'absent');
  rmSync(join(folder, 'packs'));
  mkdirSync(join(folder, 'packs'));
  await store.put(entry);
  assert.ok(chunks.every((chunk) => isWhole(store, chunk)));
});

test('a checkpoint has a file while it is large, and none once it is small, dropped or done', async (context) => {
  const folder = temporaryFolder(context);
  const store = await openHere(context, folder);
  const key = digest('Test', 'key a');
  const state = (length: number) => new Uint8Array(length).fill(length % 251);
  const lengthNow = (): number => {
    const found = store.read('checkpoints', key);
    return found.state === 'present' ? found.value.length : 0;
  };
  for (const length of [MEBIBYTE, 2 * MEBIBYTE, 100, MEBIBYTE]) {
    await store.keepCheckpoint(key, state(length));
    assert.equal(lengthNow(), length);
    assert.deepEqual(store.digests('checkpoints'), [key]);
    assert.equal(store.sizeOf('checkpoints', key), 32 + length);
    assert.equal(packBytes(folder), length < 1000 ? 0 : 32 + length);
  }
  await store.dropCheckpoint(key);
  assert.equal(packBytes(folder), 0);
  await store.keepCheckpoint(key, state(MEBIBYTE));
  await store.put({ ...entryOf('a', []), checkpoint: state(3 * MEBIBYTE) });
  assert.equal(lengthNow(), 3 * MEBIBYTE);
  assert.equal(packBytes(folder), 32 + 3 * MEBIBYTE);
  await store.put(entryOf('a', []));
  assert.equal(lengthNow(), 0);
  assert.equal(packBytes(folder), 0);
});
