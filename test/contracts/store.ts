import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Chunk, NewEntry, Store, Table } from '../../src/cache/store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { hashBytes } from '../../src/fingerprint/hash-bytes.ts';

/** A kind of store, as the contract sees it. */
export interface StoreUnderTest {
  readonly store: Store;
  /** Another handle on the same data. */
  readonly reopen: () => Promise<Store>;
  /** Changes stored bytes behind the store's back; undefined removes them. */
  readonly tamper: (
    table: Table | 'chunks',
    name: Digest,
    change: (bytes: Uint8Array) => Uint8Array | undefined,
  ) => Promise<void>;
}

const text = (value: string): Uint8Array => Buffer.from(value);
const name = (value: string): Digest => digest('Test', value);
const chunkOf = (bytes: Uint8Array): Chunk => ({
  digest: hashBytes(bytes),
  bytes,
});
const bytesOfLength = (length: number, first: number): Uint8Array =>
  new Uint8Array(length).map((_, index) => (first + index * 7) % 251);

function entry(label: string, chunks: readonly Chunk[] = []): NewEntry {
  return {
    key: name(`key ${label}`),
    record: text(`record ${label}`),
    content: name(`content ${label}`),
    manifest: text(`manifest ${label}`),
    chunks,
    pointers: new Map([[name(`pointer ${label}`), text(`to ${label}`)]]),
  };
}

function textAt(store: Store, table: Table, at: Digest): string {
  const found = store.read(table, at);
  return found.state === 'present'
    ? Buffer.from(found.value).toString()
    : found.state;
}

const copyOf = (store: Store, chunk: Chunk): Uint8Array | string => {
  const found = store.readChunk(chunk.digest, (bytes) => new Uint8Array(bytes));
  return found.state === 'present' ? found.value : found.state;
};

const flipLastBit = (bytes: Uint8Array): Uint8Array => {
  const changed = new Uint8Array(bytes);
  changed[changed.length - 1]! ^= 1;
  return changed;
};

/** What every store has to do, registered for each of them. */
export function storeContract(
  label: string,
  open: (context: TestContext) => Promise<StoreUnderTest>,
): void {
  test(`${label}: what was put is read, by every handle`, async (context) => {
    const { store, reopen } = await open(context);
    const chunks = [chunkOf(bytesOfLength(1 << 20, 1)), chunkOf(text('x'))];
    const put = entry('a', chunks);
    await store.put(put);
    for (const reader of [store, await reopen()]) {
      assert.equal(textAt(reader, 'records', put.key), 'record a');
      assert.equal(textAt(reader, 'manifests', put.content), 'manifest a');
      assert.equal(textAt(reader, 'pointers', name('pointer a')), 'to a');
      for (const chunk of chunks) {
        assert.deepEqual(copyOf(reader, chunk), new Uint8Array(chunk.bytes));
        assert.ok(reader.hasChunk(chunk.digest));
      }
    }
  });

  test(`${label}: chunks may be written ahead of the entry that refers to them`, async (context) => {
    const { store, reopen } = await open(context);
    const chunks = [chunkOf(bytesOfLength(1 << 20, 3)), chunkOf(text('y'))];
    await store.putChunks(chunks);
    await store.putChunks(chunks.slice(1));
    for (const reader of [store, await reopen()]) {
      for (const chunk of chunks) {
        assert.deepEqual(copyOf(reader, chunk), new Uint8Array(chunk.bytes));
      }
    }
  });

  test(`${label}: what was never put is absent`, async (context) => {
    const { store } = await open(context);
    await store.put(entry('a', [chunkOf(text('x'))]));
    const tables = [
      ...([
        'records',
        'manifests',
        'pointers',
        'files',
        'checkpoints',
      ] as const),
    ];
    for (const table of tables) {
      assert.equal(textAt(store, table, name('nothing')), 'absent');
    }
    const chunk = chunkOf(text('never put'));
    assert.equal(copyOf(store, chunk), 'absent');
    assert.ok(!store.hasChunk(chunk.digest));
  });

  test(`${label}: tables do not share names`, async (context) => {
    const { store } = await open(context);
    const put = entry('a');
    await store.put(put);
    assert.equal(textAt(store, 'manifests', put.key), 'absent');
    assert.equal(textAt(store, 'records', put.content), 'absent');
    assert.ok(!store.hasChunk(put.key));
  });

  test(`${label}: a second put and a pointer replace the first`, async (context) => {
    const { store } = await open(context);
    await store.put(entry('a'));
    await store.put({ ...entry('a'), record: text('newer') });
    await store.point(new Map([[name('pointer a'), text('elsewhere')]]));
    for (const said of ['first', 'second']) {
      await store.point(new Map([[name('file'), text(said)]]), 'files');
    }
    assert.equal(textAt(store, 'files', name('file')), 'second');
    assert.equal(textAt(store, 'records', name('key a')), 'newer');
    assert.equal(textAt(store, 'pointers', name('pointer a')), 'elsewhere');
  });

  test(`${label}: a checkpoint replaces the one before, and is gone once it is dropped`, async (context) => {
    const { store, reopen } = await open(context);
    const key = name('key a');
    await store.keepCheckpoint(key, bytesOfLength(3 << 20, 1));
    const longer = bytesOfLength(5 << 20, 2);
    await store.keepCheckpoint(key, longer);
    await store.keepCheckpoint(name('key b'), text('of b'));
    for (const reader of [store, await reopen()]) {
      const found = reader.read('checkpoints', key);
      assert.ok(found.state === 'present');
      assert.deepEqual(found.value, longer);
    }
    await store.dropCheckpoint(key);
    await store.dropCheckpoint(name('never kept'));
    assert.equal(textAt(store, 'checkpoints', key), 'absent');
    assert.equal(textAt(store, 'checkpoints', name('key b')), 'of b');
  });

  test(`${label}: a checkpoint is gone once the record under its key is there, and no other`, async (context) => {
    const { store } = await open(context);
    await store.keepCheckpoint(name('key a'), text('of a'));
    await store.keepCheckpoint(name('key b'), text('of b'));
    await store.put(entry('a'));
    assert.equal(textAt(store, 'records', name('key a')), 'record a');
    assert.equal(textAt(store, 'checkpoints', name('key a')), 'absent');
    assert.equal(textAt(store, 'checkpoints', name('key b')), 'of b');
  });

  test(`${label}: a damaged checkpoint is not handed out`, async (context) => {
    const { store, tamper } = await open(context);
    const key = name('key a');
    await store.keepCheckpoint(key, bytesOfLength(3 << 20, 1));
    await tamper('checkpoints', key, flipLastBit);
    assert.equal(textAt(store, 'checkpoints', key), 'damaged');
  });

  test(`${label}: what was read stays as it was when more is read`, async (context) => {
    const { store } = await open(context);
    await store.put(entry('a'));
    await store.put(entry('b'));
    const first = store.read('records', name('key a'));
    store.read('records', name('key b'));
    assert.ok(first.state === 'present');
    assert.equal(Buffer.from(first.value).toString(), 'record a');
  });

  test(`${label}: an entry without chunks and one with many are both whole`, async (context) => {
    const { store } = await open(context);
    await store.put(entry('none'));
    // More than one transaction's worth.
    const many = Array.from({ length: 40 }, (_, index) =>
      chunkOf(bytesOfLength(1 << 20, index)),
    );
    await store.put(entry('many', many));
    assert.equal(textAt(store, 'records', name('key none')), 'record none');
    assert.ok(
      many.every((chunk) => copyOf(store, chunk) instanceof Uint8Array),
    );
  });

  for (const [table, at] of [
    ['records', name('key a')],
    ['manifests', name('content a')],
    ['pointers', name('pointer a')],
    ['files', name('file a')],
    ['checkpoints', name('checkpoint a')],
  ] as const) {
    test(`${label}: ${table} with a flipped bit, cut short or overwritten are damaged`, async (context) => {
      const { store, tamper } = await open(context);
      const changes: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
        flipLastBit,
        (bytes) => bytes.slice(0, -1),
        (bytes) => bytes.slice(0, 3),
        () => new Uint8Array(0),
        () => text('something else that is long enough to hold a checksum'),
      ];
      const putAll = async (): Promise<void> => {
        await store.put(entry('a'));
        await store.point(new Map([[name('file a'), text('a file')]]), 'files');
        await store.keepCheckpoint(name('checkpoint a'), text('a state'));
      };
      for (const change of changes) {
        await putAll();
        await tamper(table, at, change);
        assert.equal(textAt(store, table, at), 'damaged');
      }
      await putAll();
      assert.notEqual(textAt(store, table, at), 'damaged');
    });
  }

  test(`${label}: a damaged chunk is not handed out, and is mended by the next put`, async (context) => {
    const { store, tamper } = await open(context);
    const chunk = chunkOf(bytesOfLength(1 << 20, 5));
    for (const change of [flipLastBit, () => new Uint8Array(0)]) {
      await store.put(entry('a', [chunk]));
      await tamper('chunks', chunk.digest, change);
      assert.equal(
        store.readChunk(chunk.digest, () => assert.fail('handed out')).state,
        'damaged',
      );
      await store.put(entry('a', [chunk]));
      assert.deepEqual(copyOf(store, chunk), new Uint8Array(chunk.bytes));
    }
  });

  test(`${label}: a chunk that was read, and is damaged after that, is not handed out`, async (context) => {
    const { store, tamper } = await open(context);
    const chunks = [1, 2, 3].map((first) =>
      chunkOf(bytesOfLength(1 << 20, first)),
    );
    await store.put(entry('a', chunks));
    for (const chunk of [...chunks, ...chunks]) {
      assert.deepEqual(copyOf(store, chunk), new Uint8Array(chunk.bytes));
    }
    for (const chunk of chunks) {
      await tamper('chunks', chunk.digest, flipLastBit);
      for (let again = 0; again < 2; again++) {
        assert.equal(copyOf(store, chunk), 'damaged');
      }
    }
    await store.put(entry('a', chunks));
    for (const chunk of chunks) {
      assert.deepEqual(copyOf(store, chunk), new Uint8Array(chunk.bytes));
    }
  });

  test(`${label}: a chunk that was removed is absent, and comes back with the next put`, async (context) => {
    const { store, tamper } = await open(context);
    const chunk = chunkOf(text('x'));
    await store.put(entry('a', [chunk]));
    await tamper('chunks', chunk.digest, () => undefined);
    assert.ok(!store.hasChunk(chunk.digest));
    assert.equal(copyOf(store, chunk), 'absent');
    await store.put(entry('a', [chunk]));
    assert.ok(store.hasChunk(chunk.digest));
  });

  test(`${label}: digests are listed in order, and sizes are what is stored`, async (context) => {
    const { store, reopen } = await open(context);
    const chunk = chunkOf(bytesOfLength(1 << 20, 3));
    for (const one of ['a', 'b', 'c']) await store.put(entry(one, [chunk]));
    const other = await reopen();
    for (const reader of [store, other]) {
      assert.deepEqual(
        reader.digests('records'),
        ['a', 'b', 'c'].map((one) => name(`key ${one}`)).sort(),
      );
      assert.deepEqual(reader.digests('chunks'), [chunk.digest]);
      assert.deepEqual(reader.digests('checkpoints'), []);
      assert.equal(reader.sizeOf('chunks', chunk.digest), 1 << 20);
      // The value and a SHA-256 before it.
      assert.equal(reader.sizeOf('records', name('key a')), 32 + 8);
      assert.equal(reader.sizeOf('records', name('nothing')), 0);
    }
  });

  test(`${label}: what is removed is absent, the rest stays, and pointers change with it`, async (context) => {
    const { store, reopen } = await open(context);
    const [shared, own] = [chunkOf(text('shared')), chunkOf(text('own'))];
    await store.put(entry('a', [shared, own]));
    await store.put(entry('b', [shared]));
    await store.keepCheckpoint(name('unfinished'), text('state'));
    await store.remove({
      records: [name('key a'), name('never put')],
      manifests: [name('content a')],
      checkpoints: [name('unfinished')],
      chunks: [own.digest],
      roots: [],
      pointers: new Map([
        [name('pointer a'), null],
        [name('pointer b'), text('elsewhere')],
      ]),
    });
    const other = await reopen();
    for (const reader of [store, other]) {
      assert.equal(textAt(reader, 'records', name('key a')), 'absent');
      assert.equal(textAt(reader, 'manifests', name('content a')), 'absent');
      assert.equal(textAt(reader, 'checkpoints', name('unfinished')), 'absent');
      assert.equal(textAt(reader, 'pointers', name('pointer a')), 'absent');
      assert.equal(textAt(reader, 'pointers', name('pointer b')), 'elsewhere');
      assert.equal(textAt(reader, 'records', name('key b')), 'record b');
      assert.deepEqual(reader.digests('chunks'), [shared.digest]);
    }
    await store.put(entry('a', [shared, own]));
    assert.deepEqual(copyOf(store, own), new Uint8Array(own.bytes));
  });
}
