import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../src/cache/open-store.ts';
import type { Store } from '../../src/cache/store.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { entryChunks, entryName } from '../support/put-entries.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROGRAM = fileURLToPath(
  new URL('../support/put-entries.js', import.meta.url),
);

/** Starts a writer, kills it after so many entries if asked to; answers how many it said were stored. */
async function write(
  folder: string,
  writer: string,
  options: { readonly count: number; readonly killAfter?: number },
): Promise<number> {
  const child = fork(PROGRAM, [folder, writer, String(options.count)], {
    execArgv: [],
  });
  let stored = 0;
  child.on('message', () => {
    stored++;
    if (stored === options.killAfter) child.kill('SIGKILL');
  });
  const [code, signal] = (await once(child, 'exit')) as [number, string];
  if (options.killAfter === undefined) assert.equal(code, 0);
  else assert.equal(signal, 'SIGKILL');
  return stored;
}

/** Whether an entry is there; an entry that is there must be whole. */
function isStored(store: Store, writer: string, index: number): boolean {
  const record = store.read('records', entryName('key', writer, index));
  assert.notEqual(record.state, 'damaged');
  if (record.state !== 'present') return false;
  const manifest = store.read('manifests', entryName('content', writer, index));
  assert.ok(manifest.state === 'present');
  const digests = JSON.parse(
    Buffer.from(manifest.value).toString(),
  ) as readonly Digest[];
  const chunks = digests.map((digest) => {
    const found = store.readChunk(digest, (bytes) => new Uint8Array(bytes));
    return found.state === 'present' ? found.value : found.state;
  });
  assert.deepEqual(chunks, entryChunks(writer, index));
  return true;
}

async function openForTest(
  context: TestContext,
  folder: string,
): Promise<Store> {
  const store = await openStore({ folder, readOnly: false });
  context.after(() => store[Symbol.asyncDispose]());
  return store;
}

test('several processes write at once, and one that had the cache open before sees all of it', async (context) => {
  const folder = temporaryFolder(context);
  const store = await openForTest(context, folder);
  assert.ok(!isStored(store, 'a', 0));
  const writers = ['a', 'b', 'c'];
  await Promise.all(
    writers.map((writer) => write(folder, writer, { count: 30 })),
  );
  for (const writer of writers) {
    for (let index = 0; index < 30; index++) {
      assert.ok(isStored(store, writer, index));
    }
  }
});

test('a writer that is killed leaves whole entries, none lost that it called stored, no file for good, and stops nobody', async (context) => {
  const folder = temporaryFolder(context);
  const store = await openStore({ folder, readOnly: false });
  for (let killAfter = 1; killAfter <= 8; killAfter++) {
    const writer = `killed ${killAfter}`;
    const [stored] = await Promise.all([
      write(folder, writer, { count: 1000, killAfter }),
      write(folder, `whole ${killAfter}`, { count: 5 }),
    ]);
    assert.ok(stored >= killAfter);
    for (let index = 0; index < stored; index++) {
      assert.ok(isStored(store, writer, index));
    }
    // The ones after that may or may not be there, but never in part.
    for (let index = stored; index < stored + 3; index++) {
      isStored(store, writer, index);
    }
    assert.ok(isStored(store, `whole ${killAfter}`, 4));
  }
  await store[Symbol.asyncDispose]();
  const next = await openForTest(context, folder);
  assert.deepEqual(next.strays(), []);
  assert.ok(isStored(next, 'killed 8', 7));
});
