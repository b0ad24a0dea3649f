import assert from 'node:assert/strict';
import {
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/cache/open-store.ts';
import { repairDatabase } from '../../src/cache/repair-database.ts';
import type { Store } from '../../src/cache/store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { hashBytes } from '../../src/fingerprint/hash-bytes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PAGE = 4096;
const LARGE = 300 << 10;

const CHUNKS = Array.from({ length: 8 }, (_, index) => {
  const bytes = new Uint8Array(LARGE + index).fill(index);
  return { digest: hashBytes(bytes), bytes };
});
const KEY = digest('Test', 'key of a checkpoint');
const STATE = new Uint8Array(LARGE).fill(9);

const NOTHING = {
  ...{ records: [], manifests: [], checkpoints: [], chunks: [], roots: [] },
  pointers: new Map<Digest, null>(),
};

/** Makes a store with a large checkpoint and two files of four chunks, of which the second has lost its first. */
async function makeStore(folder: string): Promise<void> {
  await using store = await openStore({ folder, readOnly: false });
  await store.keepCheckpoint(KEY, STATE);
  await store.putChunks(CHUNKS.slice(0, 4));
  await store.putChunks(CHUNKS.slice(4));
  await store.remove({ ...NOTHING, chunks: [CHUNKS[4]!.digest] });
}

const KEPT = CHUNKS.filter((_, index) => index !== 4);

/** How many of the large values a store has. */
function countWhole(store: Store): number {
  const state = store.read('checkpoints', KEY);
  const isState =
    state.state === 'present' && Buffer.from(state.value).equals(STATE);
  const isThere = ({ digest }: (typeof CHUNKS)[number]): boolean =>
    store.hasChunk(digest) &&
    store.readChunk(digest, () => true).state === 'present';
  return KEPT.filter(isThere).length + (isState ? 1 : 0);
}

/** Writes over pages of a database. */
function spoil(folder: string, isSpoilt: (page: Buffer) => boolean): void {
  const path = join(folder, 'data.mdb');
  const bytes = readFileSync(path);
  for (let at = 2 * PAGE; at < bytes.length; at += PAGE) {
    const page = bytes.subarray(at, at + PAGE);
    if (isSpoilt(page)) page.fill(0xa5);
  }
  writeFileSync(path, bytes);
}

const packsIn = (folder: string): readonly string[] =>
  readdirSync(join(folder, 'packs'));

test('whichever page is lost, a repair loses none of the large values, nor does what comes after', async (context) => {
  const folder = temporaryFolder(context);
  const whole = join(folder, 'whole');
  await makeStore(whole);
  const pages = readFileSync(join(whole, 'data.mdb')).length / PAGE;
  let repaired = 0;
  for (let page = 2; page < pages; page++) {
    const copy = join(folder, 'copy');
    cpSync(whole, copy, { recursive: true });
    let index = 2;
    spoil(copy, () => index++ === page);
    if ((await repairDatabase(copy)) !== null) repaired++;
    {
      await using store = await openStore({ folder: copy, readOnly: false });
      assert.equal(countWhole(store), 8, `page ${page}`);
      // The rest of its file is copied: what a repair says of files holds for what is done with them.
      await store.remove({ ...NOTHING, chunks: [CHUNKS[4]!.digest] });
      await store.remove({ ...NOTHING, chunks: [CHUNKS[0]!.digest] });
      assert.equal(countWhole(store), 7, `page ${page}`);
    }
    await using store = await openStore({ folder: copy, readOnly: false });
    assert.equal(countWhole(store), 7, `page ${page}`);
    assert.equal(packsIn(copy).length, 3);
    rmSync(copy, { recursive: true });
  }
  assert.ok(repaired >= 3, String(repaired));
});

test('a database that has lost all that it says of files finds their values again, and removes the last file with its last value', async (context) => {
  const folder = temporaryFolder(context);
  await makeStore(folder);
  const packs = packsIn(folder).map((name) => Buffer.from(name, 'hex'));
  spoil(folder, (page) => packs.some((pack) => page.includes(pack)));
  const repair = await repairDatabase(folder);
  assert.equal(repair?.saved, 8);
  await using store = await openStore({ folder, readOnly: false });
  assert.equal(countWhole(store), 8);
  assert.deepEqual(store.strays(), []);
  await store.dropCheckpoint(KEY);
  await store.remove({
    ...NOTHING,
    chunks: KEPT.map((chunk) => chunk.digest),
  });
  assert.deepEqual(packsIn(folder), []);
});

test('a file whose end is cut off keeps the values whose places are known', async (context) => {
  const folder = temporaryFolder(context);
  await makeStore(folder);
  for (const name of packsIn(folder)) {
    const path = join(folder, 'packs', name);
    writeFileSync(path, readFileSync(path).subarray(0, -1));
  }
  await using store = await openStore({ folder, readOnly: false });
  assert.equal(countWhole(store), 8);
});
