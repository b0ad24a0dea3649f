import assert from 'node:assert/strict';
import {
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MemoryStore } from '../../src/cache/memory-store.ts';
import { FileDigests } from '../../src/engine/file-digests.ts';
import { hashBytes, hashFile } from '../../src/fingerprint/hash-bytes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Longer ago than any file system's times are coarse. */
const WAIT_MS = 2100;

/** Looks at files as one run after the other would, and counts what is read. */
function runsOn(store: MemoryStore) {
  let reads = 0;
  return {
    async digestOf(path: string): Promise<string> {
      const files = new FileDigests({
        store,
        hash: (file, signal) => {
          reads++;
          return hashFile(file, signal);
        },
      });
      const found = await files.digest(path);
      await files.remember(store);
      return found.ok ? found.value : found.error;
    },
    get reads(): number {
      return reads;
    },
  };
}

const settle = (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, WAIT_MS));

test('what has not changed since an earlier run is not read again, and whatever has is', async (context) => {
  const folder = temporaryFolder(context);
  const paths = ['same', 'longer', 'swapped', 'touched back', 'gone'].map(
    (name) => join(folder, name),
  );
  const [same, longer, swapped, back, gone] = paths as [
    ...[string, string, string, string, string],
  ];
  for (const path of paths) writeFileSync(path, 'old');
  await settle();
  const runs = runsOn(new MemoryStore());
  for (const path of paths) {
    assert.equal(await runs.digestOf(path), hashBytes(Buffer.from('old')));
  }
  assert.equal(runs.reads, 5);
  for (const path of paths) await runs.digestOf(path);
  assert.equal(runs.reads, 5, 'nothing has changed');

  writeFileSync(longer, 'older');
  // Another file in its place, of the same size and with the same time.
  const { atime, mtime } = statSync(swapped);
  writeFileSync(`${swapped}.new`, 'new');
  utimesSync(`${swapped}.new`, atime, mtime);
  renameSync(`${swapped}.new`, swapped);
  // The same file with other bytes, its time put back.
  writeFileSync(back, 'new');
  utimesSync(back, atime, mtime);
  rmSync(gone);
  assert.equal(await runs.digestOf(same), hashBytes(Buffer.from('old')));
  assert.equal(runs.reads, 5);
  assert.equal(await runs.digestOf(longer), hashBytes(Buffer.from('older')));
  assert.equal(await runs.digestOf(swapped), hashBytes(Buffer.from('new')));
  assert.equal(await runs.digestOf(back), hashBytes(Buffer.from('new')));
  assert.equal(runs.reads, 8);
  assert.match(await runs.digestOf(gone), /it does not exist\.$/);
});

test('a file that was changed a moment before it was read is read again', async (context) => {
  const path = join(temporaryFolder(context), 'fresh');
  const runs = runsOn(new MemoryStore());
  writeFileSync(path, 'one');
  await runs.digestOf(path);
  // In the same step of a coarse clock nothing but the bytes would differ.
  writeFileSync(path, 'two');
  assert.equal(await runs.digestOf(path), hashBytes(Buffer.from('two')));
  assert.equal(runs.reads, 2);
  // And one from the future, whose next change may have the same time.
  utimesSync(path, new Date('2100-01-01'), new Date('2100-01-01'));
  await settle();
  await runs.digestOf(path);
  await runs.digestOf(path);
  assert.equal(runs.reads, 4);
});

test('a file that changes while it is read is not remembered', async (context) => {
  const path = join(temporaryFolder(context), 'busy');
  writeFileSync(path, 'before');
  await settle();
  const store = new MemoryStore();
  const files = new FileDigests({
    store,
    hash: async (file) => {
      const found = await hashFile(file);
      writeFileSync(path, 'behind');
      return found;
    },
  });
  await files.digest(path);
  await files.remember(store);
  assert.deepEqual(store.digests('files'), []);
});

test('a damaged memory of a file is none', async (context) => {
  const path = join(temporaryFolder(context), 'file');
  writeFileSync(path, 'bytes');
  await settle();
  const store = new MemoryStore();
  const runs = runsOn(store);
  await runs.digestOf(path);
  const [name] = store.digests('files');
  assert.ok(name !== undefined);
  await store.point(new Map([[name, Buffer.from('{"dev":')]]), 'files');
  assert.equal(await runs.digestOf(path), hashBytes(Buffer.from('bytes')));
  assert.equal(runs.reads, 2);
  await runs.digestOf(path);
  assert.equal(runs.reads, 2, 'it was remembered anew');
});
