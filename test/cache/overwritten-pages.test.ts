import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspectDatabase } from '../../src/cache/inspect-database.ts';
import { repairDatabase } from '../../src/cache/repair-database.ts';
import { hashBytes } from '../../src/fingerprint/hash-bytes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { ENTRIES, makeStore, useStore } from '../support/use-store.ts';

const PAGE = 4096;

/** What became of a damaged store: how many of its values were there, or how it was refused. */
type Outcome = number | string;

/** A process that uses damaged stores. The tests' own would not survive what they look for. */
function startUser(context: TestContext) {
  const program = fileURLToPath(
    new URL('../support/use-store.js', import.meta.url),
  );
  const child = fork(program, ['use'], { execArgv: [] });
  context.after(() => child.kill());
  return async (folder: string): Promise<Outcome> => {
    const over = new AbortController();
    const { signal } = over;
    child.send(folder);
    try {
      const [answer] = (await Promise.race([
        once(child, 'message', { signal }),
        once(child, 'exit', { signal }).then(([code, name]) => [
          { wrong: `the process ended with ${String(name ?? code)}` },
        ]),
      ])) as [{ readonly outcome?: Outcome; readonly wrong?: string }];
      if (answer.outcome === undefined) throw new Error(answer.wrong);
      return answer.outcome;
    } finally {
      over.abort();
    }
  };
}

/** Bytes that are the same in every run. */
const noise = (seed: number, length: number): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
      Buffer.from(hashBytes(Buffer.from(`${seed} ${index}`)), 'hex'),
    ),
  ).subarray(0, length);

const flip = (page: Buffer, offset: number, bit: number): void => {
  page.writeUInt8(page.readUInt8(offset) ^ (1 << bit), offset);
};

/** Ways to spoil a page. */
const DAMAGES: readonly ((
  page: Buffer,
  other: Buffer,
  seed: number,
) => void)[] = [
  (page) => page.fill(0xa5),
  (page) => page.fill(0),
  (page, other) => other.copy(page),
  (page, _, seed) => noise(seed, page.length).copy(page),
  // A header that is right, and what stands behind it isn't.
  (page, _, seed) => noise(seed, page.length - 24).copy(page, 24),
  (page, _, seed) => {
    for (const at of noise(seed, 4)) flip(page, at % 64, seed % 8);
  },
  (page, _, seed) => {
    flip(page, noise(seed, 2).readUInt16LE() % page.length, seed % 8);
  },
];

/** A store's database with one page spoilt. */
function spoil(bytes: Buffer, page: number, way: number): Buffer {
  const spoilt = Buffer.from(bytes);
  const pageAt = (number: number): Buffer =>
    spoilt.subarray(number * PAGE, (number + 1) * PAGE);
  const other = (page + 7) % (bytes.length / PAGE);
  DAMAGES[way]?.(pageAt(page), pageAt(other), page * DAMAGES.length + way);
  return spoilt;
}

test('whichever page is overwritten, a store is refused with a sentence or goes on with what is right', async (context) => {
  const folder = temporaryFolder(context);
  const whole = join(folder, 'whole');
  await makeStore(whole);
  const bytes = readFileSync(join(whole, 'data.mdb'));
  const use = startUser(context);
  const count = { refused: 0, complete: 0, incomplete: 0 };
  for (let page = 0; page < bytes.length / PAGE; page++) {
    const way = page % DAMAGES.length;
    const copy = join(folder, `copy-${page}`);
    mkdirSync(copy);
    writeFileSync(join(copy, 'data.mdb'), spoil(bytes, page, way));
    const outcome = await use(copy).catch((error: unknown) => {
      assert.fail(`page ${page}, way ${way}: ${String(error)}`);
    });
    if (typeof outcome === 'number') {
      count[outcome === ENTRIES ? 'complete' : 'incomplete']++;
    } else {
      assert.match(outcome, /database is damaged.*pipeline cache repair/);
      count.refused++;
    }
    rmSync(copy, { recursive: true });
  }
  // All three happen, or the damages were too mild.
  assert.ok(Math.min(...Object.values(count)) > 0, JSON.stringify(count));
});

test('a repair saves all values but those below the page that was overwritten', async (context) => {
  const folder = temporaryFolder(context);
  const whole = join(folder, 'whole');
  await makeStore(whole);
  const bytes = readFileSync(join(whole, 'data.mdb'));
  let repaired = 0;
  const lost: number[] = [];
  for (let page = 0; page < bytes.length / PAGE; page += 3) {
    const copy = join(folder, `copy-${page}`);
    mkdirSync(copy);
    const path = join(copy, 'data.mdb');
    writeFileSync(path, spoil(bytes, page, 3));
    const isDamaged = inspectDatabase(path).state === 'damaged';
    const repair = await repairDatabase(copy);
    assert.equal(repair !== null, isDamaged);
    if (repair === null) continue;
    repaired++;
    assert.ok(repair.damages.length > 0);
    assert.ok(readFileSync(repair.kept).equals(spoil(bytes, page, 3)));
    const right = await useStore(copy);
    assert.ok(typeof right === 'number', `page ${page}: ${right}`);
    lost.push(ENTRIES - right);
    rmSync(copy, { recursive: true });
  }
  assert.ok(repaired > 10);
  // A leaf holds a dozen records; only what lies below the root of their table may be lost as a whole.
  assert.ok(lost.filter((count) => count > 20).length <= 1, lost.join(' '));
  assert.ok(lost.filter((count) => count === 0).length > 5, lost.join(' '));
});

test('a repair leaves a whole database alone, and one of which nothing can be read', async (context) => {
  const folder = temporaryFolder(context);
  await makeStore(folder);
  const path = join(folder, 'data.mdb');
  const before = readFileSync(path);
  assert.equal(await repairDatabase(folder), null);
  assert.ok(readFileSync(path).equals(before));
  writeFileSync(path, Buffer.alloc(100_000, 'garbage'));
  await assert.rejects(
    repairDatabase(folder),
    /can't be repaired: nothing of it can be read/,
  );
});
