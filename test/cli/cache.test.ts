import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { holdDamaged } from '../../src/cache/hold-damaged.ts';
import { inspectDatabase } from '../../src/cache/inspect-database.ts';
import { Leases } from '../../src/cache/leases.ts';
import { LmdbRows } from '../../src/cache/lmdb-rows.ts';
import { openAlone } from '../../src/cache/open-alone.ts';
import { openStore } from '../../src/cache/open-store.ts';
import {
  cacheEntry,
  MEBIBYTE,
  type EntrySpec,
} from '../support/cache-entry.ts';
import {
  runCli,
  startCli,
  type Ended,
  type Line,
  type Started,
} from '../support/cli.ts';
import { tamper } from '../support/tamper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A folder with a `cache/` that holds these results, and the size of its database. */
async function projectWith(
  context: TestContext,
  ...specs: readonly EntrySpec[]
): Promise<string> {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'package.json'), '{}');
  await using store = await openStore({
    folder: join(folder, 'cache'),
    readOnly: false,
  });
  for (const spec of specs) await store.put(cacheEntry(spec));
  return folder;
}

const cache = (folder: string, ...words: readonly string[]): Promise<Ended> =>
  runCli(folder, ['cache', ...words]);

const objectOf = (ended: Ended): Line => {
  assert.equal(ended.code, 0, ended.stderr);
  return JSON.parse(ended.stdout) as Line;
};

const packsIn = (folder: string): readonly string[] =>
  readdirSync(join(folder, 'cache', 'packs')).map((name) =>
    join(folder, 'cache', 'packs', name),
  );

/** Of the database and of the files beside it. */
const fileBytes = (folder: string): number =>
  [join(folder, 'cache', 'data.mdb'), ...packsIn(folder)]
    .map((path) => statSync(path).size)
    .reduce((sum, size) => sum + size);

/** Overwrites a page in which a text stands and that is in use; others are left from earlier transactions. */
function overwritePageWith(path: string, text: string): Buffer {
  const whole = readFileSync(path);
  for (let page = whole.length / 4096 - 1; page > 1; page--) {
    const bytes = Buffer.from(whole);
    const spoilt = bytes.subarray(page * 4096, (page + 1) * 4096);
    if (!spoilt.includes(text)) continue;
    spoilt.fill(0xa5);
    writeFileSync(path, bytes);
    if (inspectDatabase(path).state === 'damaged') return bytes;
  }
  throw new Error(`no page has ${text} in it`);
}

/** What a command that was just started says first, as a line on standard error. */
async function firstMessage({ process: child }: Started): Promise<string> {
  let said = '';
  for await (const text of child.stderr ?? []) {
    said += String(text);
    if (said.includes('\n')) break;
  }
  return said;
}

async function openRows(folder: string): Promise<LmdbRows> {
  const rows = await LmdbRows.open({ folder, readOnly: false });
  assert.ok(rows !== null);
  return rows;
}

const REPLACED = [
  { id: 'before', node: 'a', bytes: 20 * MEBIBYTE, seconds: 90 },
  { id: 'now', node: 'a', bytes: 2 * MEBIBYTE, seconds: 30 },
] as const;

test('a cache that does not exist is empty to each command, and none is made', async (context) => {
  const folder = temporaryFolder(context);
  const verified = await cache(folder, 'verify', '--json');
  assert.equal(verified.code, 0, verified.stderr);
  assert.equal(
    verified.stdout,
    '{"records":0,"chunks":0,"damaged":[],"strays":[]}\n',
  );
  assert.equal(objectOf(await cache(folder, 'ls', '--json'))['records'], 0);
  const pruned = await cache(folder, 'prune', '--yes');
  assert.equal(pruned.code, 0, pruned.stderr);
  assert.match(pruned.stdout, /nothing to do/);
  assert.deepEqual(readdirSync(folder), []);
});

test('the folder is --cache, else PIPELINE_CACHE, else cache/ beside the nearest package.json, else ./cache', async (context) => {
  const folder = await projectWith(context, { id: 'a', node: 'a' });
  const below = join(folder, 'below', 'it');
  const elsewhere = temporaryFolder(context);
  mkdirSync(below, { recursive: true });
  const count = async (
    at: string,
    words: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ) =>
    objectOf(
      await runCli(at, ['cache', 'ls', '--json', ...words], environment),
    )['records'];
  const path = join(folder, 'cache');
  assert.equal(await count(below), 1);
  assert.equal(await count(elsewhere), 0);
  assert.equal(await count(elsewhere, [], { PIPELINE_CACHE: path }), 1);
  assert.equal(await count(elsewhere, ['--cache', path]), 1);
  assert.equal(
    await count(below, ['--cache', elsewhere], { PIPELINE_CACHE: path }),
    0,
  );
});

test('ls sums records, arrays and time by pipeline and kind, for people too', async (context) => {
  const folder = await projectWith(
    context,
    { id: 'a', node: 'a', bytes: MEBIBYTE, fill: 1, seconds: 60 },
    { id: 'b', node: 'b', bytes: MEBIBYTE, fill: 1, seconds: 65 },
    { id: 'c', node: 'c', pipeline: 'z\u001b[31m', bytes: 100 },
  );
  const listing = objectOf(await cache(folder, 'ls', '--json'));
  assert.equal(listing['fileBytes'], fileBytes(folder));
  assert.equal(listing['arrayBytes'], 2 * MEBIBYTE + 100);
  assert.equal(listing['storedBytes'], MEBIBYTE + 100);
  const [group] = listing['groups'] as readonly Line[];
  assert.deepEqual(group, {
    ...{ pipeline: 'test', kind: 'separation', records: 2, seconds: 125 },
    ...{ arrayBytes: 2 * MEBIBYTE, storedBytes: MEBIBYTE },
    oldest: '2026-01-01T00:00:00.000Z',
    newest: '2026-01-01T00:00:00.000Z',
  });
  const { stdout } = await cache(folder, 'ls');
  assert.match(stdout, /test +separation +2 +2\.0 MiB +1\.0 MiB .* 2:05\n/);
  assert.ok(!stdout.includes('\u001b'));
});

test('verify names what is damaged, with exit code 1, and changes nothing', async (context) => {
  const folder = await projectWith(context, ...REPLACED);
  const { key } = cacheEntry(REPLACED[0]);
  await tamper(join(folder, 'cache'), 'records', key, (bytes) =>
    bytes.slice(0, -1),
  );
  const path = join(folder, 'cache', 'data.mdb');
  const before = readFileSync(path);
  const ended = await cache(folder, 'verify', '--json');
  assert.equal(ended.code, 1, ended.stderr);
  assert.deepEqual(JSON.parse(ended.stdout), {
    ...{ records: 2, chunks: 22 },
    damaged: [
      { digest: key, kind: 'record', why: 'its checksum does not fit' },
    ],
    strays: [],
  });
  assert.match((await cache(folder, 'verify')).stdout, /2 records.*1 damaged/);
  assert.ok(readFileSync(path).equals(before));
});

test('files of large values are verified, counted, and cleared of what nothing refers to', async (context) => {
  const folder = await projectWith(context, ...REPLACED);
  const [first = ''] = packsIn(folder);
  const whole = readFileSync(first);
  const stray = join(folder, 'cache', 'packs', '0'.repeat(32));
  writeFileSync(stray, 'x');
  assert.match(
    (await cache(folder, 'verify')).stdout,
    /all whole\.\nNothing refers to 1 file in packs\/: 0{32}\. /,
  );
  for (const [why, bytes] of [
    ['its bytes have changed', Buffer.from(whole).fill(7, 5, 6)],
    ['its file was cut short', whole.subarray(0, MEBIBYTE)],
    ['its file is missing', null],
  ] as const) {
    if (bytes === null) rmSync(first);
    else writeFileSync(first, bytes);
    const ended = await cache(folder, 'verify', '--json');
    assert.equal(ended.code, 1, ended.stderr);
    const { damaged, strays } = JSON.parse(ended.stdout) as {
      damaged: readonly { kind: string; why: string }[];
      strays: readonly string[];
    };
    assert.ok(damaged.length > 0);
    for (const one of damaged)
      assert.deepEqual([one.kind, one.why], ['chunk', why]);
    assert.deepEqual(strays, ['0'.repeat(32)]);
  }
  writeFileSync(first, whole);
  assert.ok(fileBytes(folder) > 22 * MEBIBYTE);
  // Whoever comes alone and may write clears it away; here to remove something.
  assert.equal((await cache(folder, 'prune', '--yes')).code, 0);
  assert.deepEqual(
    packsIn(folder).map((path) => Math.floor(statSync(path).size / MEBIBYTE)),
    [2],
  );
  assert.match((await cache(folder, 'verify')).stdout, /all whole\.\n$/);
});

test('a database that can not be opened is exit code 2, its path and what to do', async (context) => {
  const folder = await projectWith(context, { id: 'a', node: 'a' });
  const path = join(folder, 'cache', 'data.mdb');
  writeFileSync(path, Buffer.alloc(50_000, 'garbage'));
  for (const command of ['verify', 'ls', 'prune']) {
    const ended = await cache(folder, command, '--json');
    assert.equal(ended.code, 2);
    const { error } = JSON.parse(ended.stdout) as {
      error: { message: string; cache: string };
    };
    assert.equal(error.cache, join(folder, 'cache'));
    assert.match(error.message, /move the folder away/);
    assert.ok(ended.stderr.includes(`"${join(folder, 'cache')}"`));
    assert.match(ended.stderr, /move the folder away/);
    assert.ok(!ended.stderr.includes('    at '));
  }
});

test('verify survives pages that were overwritten, whichever they are', async (context) => {
  const folder = await projectWith(
    context,
    ...Array.from({ length: 12 }, (_, index) => ({
      ...{ id: `entry ${index}`, node: `n${index}`, bytes: 3000 },
    })),
  );
  const path = join(folder, 'cache', 'data.mdb');
  const whole = readFileSync(path);
  const pages = whole.length / 4096;
  for (let page = 2; page < pages; page += Math.ceil(pages / 9)) {
    const bytes = Buffer.from(whole);
    bytes.fill(0xa5, page * 4096, (page + 1) * 4096);
    writeFileSync(path, bytes);
    const ended = await cache(folder, 'verify', '--json');
    assert.ok([0, 1, 2].includes(ended.code ?? -1), `page ${page}`);
    assert.ok(!ended.stderr.includes('    at '), ended.stderr);
    if (ended.code === 2) assert.match(ended.stderr, /move the folder away/);
  }
});

test('a page that was overwritten is a sentence in each command, and a repair saves the rest', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(
    join(folder, 'a.yaml'),
    `pipeline: 1
name: a
axes: { number: [${Array.from({ length: 40 }, (_, index) => index).join(', ')}] }
nodes:
  node[number]: { kind: constant, params: { value: '\${number}' } }
`,
  );
  assert.equal((await runCli(folder, ['run', 'a.yaml'])).code, 0);
  const path = join(folder, 'cache', 'data.mdb');
  const bytes = overwritePageWith(path, '"kind":"constant"');
  for (const words of [
    ['run', 'a.yaml'],
    ['plan', 'a.yaml'],
    ['show', 'a.yaml', 'node'],
    ['explain', 'a.yaml', 'node'],
    ['cache', 'ls'],
    ['cache', 'verify'],
    ['cache', 'prune', '--yes'],
  ]) {
    const { code, stdout, stderr } = await runCli(folder, words);
    assert.equal(code, 2, words.join(' '));
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^The cache in ".*" can't be opened: its database is damaged \(page \d+ .*\)\. Save .*"pipeline cache repair", or move the folder away.*\n$/,
    );
  }
  const root = join(folder, 'cache');
  const program = Leases.open({
    rows: await openRows(root),
    command: 'pipeline run b.yaml',
    report: () => null,
  });
  const repairing = startCli(folder, ['cache', 'repair', '--json']);
  assert.equal(
    await firstMessage(repairing),
    `Waiting for \`pipeline run b.yaml\` (process ${process.pid}), which has the cache in "${root}" open.\n`,
  );
  assert.ok(readFileSync(path).equals(bytes));
  await program[Symbol.asyncDispose]();
  const repaired = objectOf(await repairing.ended);
  assert.equal(repaired['repaired'], true);
  assert.ok(readFileSync(String(repaired['kept'])).equals(bytes));
  const again = await runCli(folder, ['run', 'a.yaml']);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /[1-9]\d* cached · [1-9]\d* ran/);
  assert.equal(
    objectOf(await cache(folder, 'repair', '--json'))['repaired'],
    false,
  );
});

test('while a cache is repaired other programs wait for it, a second repair too', async (context) => {
  const folder = await projectWith(context, { id: 'a', node: 'a' });
  const root = join(folder, 'cache');
  const path = join(root, 'data.mdb');
  const whole = readFileSync(path);
  overwritePageWith(path, 'separation');
  await using rows = await openRows(root);
  const release = await holdDamaged({
    ...{ folder: root, rows },
    waits: (message) => assert.fail(message),
  });
  const waiting = [['ls'], ['prune', '--yes'], ['repair']].map((words) =>
    startCli(folder, ['cache', ...words]),
  );
  const said = await Promise.all(waiting.map(firstMessage));
  assert.deepEqual(
    said,
    said.map(
      () =>
        `Waiting for process ${process.pid}, which repairs the cache in "${root}".\n`,
    ),
  );
  writeFileSync(path, whole);
  release();
  const [ls, prune, repair] = await Promise.all(
    waiting.map(({ ended }) => ended),
  );
  assert.equal(ls?.code, 0, ls?.stderr);
  assert.equal(prune?.code, 0, prune?.stderr);
  assert.match(repair?.stdout ?? '', /is whole; nothing was changed/);
});

test('a repair replaces the list of programs where that is damaged, and leaves it where it can only not be opened', async (context) => {
  const folder = await projectWith(context, { id: 'a', node: 'a' });
  const path = join(folder, 'cache', 'data.mdb');
  const damaged = overwritePageWith(path, 'separation');
  const running = join(folder, 'cache', 'running');
  rmSync(running, { recursive: true, force: true });
  // As on a disk that can't be written: the folder can't be made.
  writeFileSync(running, 'something');
  const refused = await cache(folder, 'repair');
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /^The cache in ".*" can't be shared: .*\n$/);
  assert.equal(readFileSync(running, 'utf8'), 'something');

  rmSync(running);
  assert.equal((await cache(folder, 'repair')).code, 0);
  const [start] = readdirSync(running);
  assert.ok(start !== undefined);
  const list = join(running, start, 'data.mdb');
  writeFileSync(path, damaged);
  writeFileSync(list, Buffer.alloc(100_000, 'garbage'));
  const { code, stderr } = await cache(folder, 'repair');
  assert.equal(code, 0, stderr);
  assert.equal(inspectDatabase(list).state, 'sound');
});

test('prune only says what it would do, and with --yes does it and gives the room back', async (context) => {
  const folder = await projectWith(context, ...REPLACED);
  const before = fileBytes(folder);
  const path = join(folder, 'cache', 'data.mdb');
  const bytes = readFileSync(path);
  for (const words of [[], ['--dry-run'], ['--dry-run', '--yes']]) {
    const said = await cache(folder, 'prune', ...words);
    assert.equal(said.code, 0, said.stderr);
    assert.match(
      said.stdout,
      /To remove: 1 record, 20 chunks, about 20\.1 MiB/,
    );
    assert.match(said.stdout, /Nothing was changed; --yes does it/);
  }
  assert.ok(readFileSync(path).equals(bytes));

  const done = objectOf(await cache(folder, 'prune', '--yes', '--json'));
  assert.equal(done['pruned'], true);
  assert.equal(done['notCompacted'], null);
  assert.equal(done['fileBytes'], before);
  assert.equal(done['fileBytesAfter'], fileBytes(folder));
  assert.ok(fileBytes(folder) < 2.3 * MEBIBYTE, String(fileBytes(folder)));
  assert.deepEqual(readdirSync(join(folder, 'cache')).sort(), [
    ...['data.mdb', 'lock.mdb', 'packs'],
  ]);
  assert.equal(packsIn(folder).length, 1);
  const verified = await cache(folder, 'verify', '--json');
  assert.equal(
    verified.stdout,
    '{"records":1,"chunks":2,"damaged":[],"strays":[]}\n',
  );
  const again = await cache(folder, 'prune', '--yes');
  assert.match(again.stdout, /nothing to do/);

  // What is there can be written to as before.
  await using store = await openStore({
    folder: join(folder, 'cache'),
    readOnly: false,
  });
  await store.put(cacheEntry(REPLACED[0]));
  assert.equal(store.digests('records').length, 2);
});

test('--max-size holds for the file, and --older-than spares what is younger', async (context) => {
  const folder = await projectWith(
    context,
    ...Array.from({ length: 200 }, (_, index) => ({
      ...{ id: `entry ${index}`, node: `n${index}`, seconds: index + 1 },
      bytes: index % 10 === 0 ? MEBIBYTE : 1000,
    })),
  );
  const young = await cache(folder, 'prune', '--older-than', '2w');
  assert.match(young.stdout, /To remove: 0 records/);
  const done = await cache(folder, 'prune', '--max-size', '8 MiB', '--yes');
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /Last runs refer to 1[34] of these/);
  assert.ok(fileBytes(folder) <= 8 * MEBIBYTE, String(fileBytes(folder)));
  assert.ok(fileBytes(folder) > 5 * MEBIBYTE, String(fileBytes(folder)));
  const verified = await cache(folder, 'verify');
  assert.equal(verified.code, 0, verified.stdout);
});

test('sizes and ages in another form are refused with examples', async (context) => {
  const folder = temporaryFolder(context);
  for (const words of [
    ['--max-size', '2 lightyears'],
    ['--max-size', '12'],
    ['--max-size', '-1GiB'],
    ['--older-than', '30'],
    ['--older-than', '5constructor'],
  ]) {
    const ended = await cache(folder, 'prune', ...words);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /It must be like/);
  }
  const bare = await cache(folder);
  assert.equal(bare.code, 2);
  assert.match(bare.stderr, /pipeline cache --help/);
});

test('prune waits while another program has the cache open, says which, and goes on with what is there then', async (context) => {
  const folder = await projectWith(context, ...REPLACED);
  const bytes = fileBytes(folder);
  const store = await openStore({
    folder: join(folder, 'cache'),
    readOnly: false,
  });
  const waiting = startCli(folder, ['cache', 'prune', '--yes']);
  const twice = startCli(folder, ['cache', 'prune', '--yes']);
  const expected = `Waiting for process ${process.pid}, which has the cache in "${join(folder, 'cache')}" open.\n`;
  assert.deepEqual(await Promise.all([waiting, twice].map(firstMessage)), [
    expected,
    expected,
  ]);
  // Whoever comes meanwhile is let in: what is waited for may need it.
  assert.equal((await cache(folder, 'ls')).code, 0);
  assert.equal(fileBytes(folder), bytes);
  assert.equal(waiting.process.exitCode, null);
  await store.put(cacheEntry({ ...REPLACED[0], id: 'late', fill: 9 }));
  await store.put(cacheEntry({ ...REPLACED[1], id: 'newest', fill: 8 }));
  await store[Symbol.asyncDispose]();
  const both = await Promise.all([waiting.ended, twice.ended]);
  for (const { code, stderr } of both) assert.equal(code, 0, stderr);
  assert.match(
    both.map(({ stdout }) => stdout).join(''),
    /Others have changed the cache meanwhile\. Removed: 3 records, .*\nDone/,
  );
  assert.match((await cache(folder, 'verify')).stdout, /^1 record .*all whole/);
  assert.ok(fileBytes(folder) < bytes);
});

test('while a cache is pruned other programs wait for it, say so, and are let in afterwards', async (context) => {
  const folder = await projectWith(context, ...REPLACED);
  const held = await openAlone({ folder: join(folder, 'cache') });
  const waiting = startCli(folder, ['cache', 'ls', '--cache', 'cache']);
  assert.match(
    await firstMessage(waiting),
    new RegExp(`^Waiting for process ${process.pid}, which prunes the cache`),
  );
  assert.equal(waiting.process.exitCode, null);
  assert.equal(held.store.digests('records').length, 2);
  await held[Symbol.asyncDispose]();
  assert.equal((await waiting.ended).code, 0);
  // As one that was killed leaves it: no such process has the cache open.
  for (const does of ['prunes', 'repairs']) {
    const path = join(folder, 'cache', 'held-by');
    writeFileSync(path, `${does} ${process.pid}`);
    assert.equal((await cache(folder, 'ls')).code, 0);
  }
});

test('prune that is killed at any moment leaves a cache that verifies and can be used', async (context) => {
  const folder = await projectWith(
    context,
    ...Array.from({ length: 30 }, (_, index) => ({
      ...{ id: `entry ${index}`, node: `n${index % 10}` },
      bytes: 2 * MEBIBYTE,
    })),
  );
  for (let killed = 0; killed < 8; killed++) {
    const started = startCli(folder, ['cache', 'prune', '--yes']);
    // A killed process is the point here; where the moment falls is left to chance.
    await setTimeout(150 + 40 * killed);
    started.process.kill('SIGKILL');
    await started.ended;
    const verified = await cache(folder, 'verify', '--json');
    assert.equal(verified.code, 0, verified.stdout + verified.stderr);
    await using store = await openStore({
      folder: join(folder, 'cache'),
      readOnly: false,
    });
    for (let more = 0; more < 5; more++) {
      const id = `after ${killed} ${more}`;
      await store.put(cacheEntry({ id, node: 'n0', bytes: MEBIBYTE }));
    }
  }
  const done = await cache(folder, 'prune', '--yes');
  assert.equal(done.code, 0, done.stderr);
  const verified = await cache(folder, 'verify', '--json');
  assert.match(verified.stdout, /"records":10,.*"damaged":\[\]/);
  assert.ok(!existsSync(join(folder, 'cache', 'compacting')));
});
