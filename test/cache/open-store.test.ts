import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CacheError } from '../../src/cache/cache-error.ts';
import { openStore } from '../../src/cache/open-store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import { hashBytes } from '../../src/fingerprint/hash-bytes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEY = digest('Test', 'key');
/** A mebibyte in chunks that the database has itself. */
const CHUNKS = Array.from({ length: 8 }, (_, index) => {
  const bytes = new Uint8Array(1 << 17).fill(index);
  return { digest: hashBytes(bytes), bytes };
});

/** A cache with one entry, closed. */
async function makeCache(folder: string): Promise<void> {
  await using store = await openStore({ folder, readOnly: false });
  await store.put({
    key: KEY,
    record: Buffer.from('record'),
    content: digest('Test', 'content'),
    manifest: Buffer.from('manifest'),
    chunks: CHUNKS,
    pointers: new Map(),
  });
}

const refuses = (folder: string, why: RegExp): Promise<void> =>
  (async () => {
    for (const readOnly of [true, false]) {
      await assert.rejects(
        openStore({ folder, readOnly }),
        (error: unknown) => {
          assert.ok(error instanceof CacheError);
          assert.ok(error.message.includes(`"${folder}"`));
          assert.match(error.message, why);
          return true;
        },
      );
    }
  })();

test('a cache that does not exist is empty to a reader, who makes nothing', async (context) => {
  const folder = join(temporaryFolder(context), 'cache');
  await using store = await openStore({ folder, readOnly: true });
  assert.equal(store.read('records', KEY).state, 'absent');
  assert.ok(!existsSync(folder));
});

test('a folder without a database is empty to a reader, who makes nothing', async (context) => {
  const folder = temporaryFolder(context);
  await using store = await openStore({ folder, readOnly: true });
  assert.equal(store.read('records', KEY).state, 'absent');
  assert.deepEqual(readdirSync(folder), []);
});

test('a database that was never written to, as a kill may leave it, is empty and can be used', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'data.mdb'), '');
  const reader = await openStore({ folder, readOnly: true });
  assert.equal(reader.read('records', KEY).state, 'absent');
  await makeCache(folder);
  await using store = await openStore({ folder, readOnly: true });
  assert.equal(store.read('records', KEY).state, 'present');
});

test('a database without tables, as a kill may leave it, is empty to a reader', async (context) => {
  const folder = temporaryFolder(context);
  const { open } = await import('lmdb');
  await open({ path: folder, overlappingSync: false }).close();
  await using store = await openStore({ folder, readOnly: true });
  assert.equal(store.read('records', KEY).state, 'absent');
  assert.ok(!store.hasChunk(KEY));
});

test('folders are made as deep as needed, and may have a dot in their name', async (context) => {
  const folder = join(temporaryFolder(context), 'a', 'b.c', 'cache.d');
  await makeCache(folder);
  assert.ok(statSync(folder).isDirectory());
  await using store = await openStore({ folder, readOnly: true });
  assert.equal(store.read('records', KEY).state, 'present');
});

test('a reader changes nothing in the database', async (context) => {
  const folder = temporaryFolder(context);
  await makeCache(folder);
  const path = join(folder, 'data.mdb');
  const before = readFileSync(path);
  await using store = await openStore({ folder, readOnly: true });
  assert.equal(store.read('records', KEY).state, 'present');
  await assert.rejects(store.point(new Map()), /reading only/);
  assert.deepEqual(readFileSync(path), before);
});

test('a cache without its lock file can be read', async (context) => {
  const folder = temporaryFolder(context);
  await makeCache(folder);
  rmSync(join(folder, 'lock.mdb'));
  await using store = await openStore({ folder, readOnly: true });
  assert.equal(store.read('records', KEY).state, 'present');
});

test('a path that is a file, or lies below one, is refused with the reason', async (context) => {
  const file = join(temporaryFolder(context), 'file');
  writeFileSync(file, 'text');
  await refuses(file, /not a directory/);
  await refuses(join(file, 'cache'), /not a directory/);
});

test('a folder that can not be made is refused with the reason', async (context) => {
  // A folder whose parent is there and takes no children, whoever asks.
  const folder = '/proc/penultimate/cache';
  if (!existsSync('/proc/self')) {
    context.skip('no such folder on this system');
    return;
  }
  await assert.rejects(openStore({ folder, readOnly: false }), CacheError);
});

test('a database that is none, or that has lost pages, is refused instead of ending the process', async (context) => {
  const cases: readonly (readonly [RegExp, (path: string) => void])[] = [
    [
      /is not an LMDB database/,
      (path) => {
        writeFileSync(path, Buffer.alloc(100_000, 'garbage'));
      },
    ],
    [
      /its first pages are missing/,
      (path) => {
        truncateSync(path, 4096);
      },
    ],
    [
      /its first pages are missing/,
      (path) => {
        truncateSync(path, 10);
      },
    ],
    [
      /the file was cut short/,
      (path) => {
        truncateSync(path, statSync(path).size - (1 << 19));
      },
    ],
    [
      /data format 7, and this program reads format 2/,
      (path) => {
        const bytes = readFileSync(path);
        bytes.writeUInt32LE(7, 28);
        writeFileSync(path, bytes);
      },
    ],
    [
      /is not a file/,
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ];
  for (const [why, damage] of cases) {
    const folder = temporaryFolder(context);
    await makeCache(folder);
    damage(join(folder, 'data.mdb'));
    await refuses(folder, why);
  }
});

test('a database whose last pages were never written, but that can be read, is opened', async (context) => {
  const folder = temporaryFolder(context);
  await makeCache(folder);
  const path = join(folder, 'data.mdb');
  const bytes = readFileSync(path);
  const pageSize = bytes.readUInt32LE(24 + 24);
  for (const page of [0, pageSize]) {
    const at = page + 24 + 120;
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) + 5n, at);
  }
  writeFileSync(path, bytes);
  for (const readOnly of [true, false]) {
    await using store = await openStore({ folder, readOnly });
    assert.equal(store.read('records', KEY).state, 'present');
  }
  await makeCache(folder);
});
