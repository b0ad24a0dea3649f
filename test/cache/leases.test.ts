import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  Leases,
  programsIn,
  type LeasesOptions,
  type LostProgram,
} from '../../src/cache/leases.ts';
import { LmdbRows } from '../../src/cache/lmdb-rows.ts';
import type { ProcessIdentity } from '../../src/cache/process-identity.ts';
import { MemoryRows, type SharedRows } from '../../src/cache/shared-rows.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KEY = digest('Test', 'key');
const OTHER_KEY = digest('Test', 'other key');
const NEVER_MS = 1 << 30;

/** Programs on one set of rows; each may be said to have ended. */
class Programs {
  readonly ended = new Set<string>();
  readonly lost: LostProgram[] = [];
  readonly #closed = new Set<Leases>();
  readonly #context: TestContext;
  readonly #open: () => Promise<SharedRows>;

  constructor(context: TestContext, open: () => Promise<SharedRows>) {
    this.#context = context;
    this.#open = open;
  }

  async start(
    name: string,
    options: Partial<LeasesOptions> = {},
  ): Promise<Leases> {
    const identity: ProcessIdentity = {
      id: name,
      pid: process.pid,
      namespace: '',
      started: '',
    };
    const leases = Leases.open({
      rows: await this.#open(),
      command: `pipeline run ${name}.yaml`,
      report: () => null,
      identity,
      hasEnded: ({ id }) => this.ended.has(id),
      lost: (lost) => this.lost.push(lost),
      beatMs: NEVER_MS,
      ...options,
    });
    this.#context.after(async () => {
      if (!this.#closed.has(leases)) await leases[Symbol.asyncDispose]();
    });
    return leases;
  }

  async close(leases: Leases): Promise<void> {
    this.#closed.add(leases);
    await leases[Symbol.asyncDispose]();
  }

  async names(): Promise<readonly string[]> {
    const rows = await this.#open();
    const names = rows.look(programsIn).map(({ identity }) => identity.id);
    await rows[Symbol.asyncDispose]();
    return names;
  }
}

const KINDS: Readonly<
  Record<string, (context: TestContext) => () => Promise<SharedRows>>
> = {
  memory: () => {
    const rows = new Map<string, string>();
    return () => Promise.resolve(new MemoryRows(rows));
  },
  LMDB: (context) => {
    const folder = temporaryFolder(context);
    return async () => {
      const rows = await LmdbRows.open({ folder, readOnly: false });
      assert.ok(rows);
      return rows;
    };
  },
};

for (const [kind, make] of Object.entries(KINDS)) {
  const programs = (context: TestContext): Programs =>
    new Programs(context, make(context));

  test(`${kind}: a key goes to one program, and the others hear who has it`, async (context) => {
    const all = programs(context);
    const first = await all.start('first');
    const second = await all.start('second');
    assert.equal(first.take(KEY, 'train[seed=0]'), null);
    const lease = second.take(KEY, 'train');
    assert.equal(lease?.what, 'train[seed=0]');
    assert.equal(lease.program.command, 'pipeline run first.yaml');
    assert.equal(second.take(OTHER_KEY, 'train'), null);
    assert.equal(first.take(KEY, 'train[seed=0]'), null);
  });

  test(`${kind}: who waits goes on when the key is given back`, async (context) => {
    const all = programs(context);
    const first = await all.start('first');
    const second = await all.start('second');
    first.take(KEY, 'a');
    let isFree = false;
    const free = second.free(KEY).then(() => (isFree = true));
    await second.free(OTHER_KEY);
    assert.equal(isFree, false);
    first.release(KEY);
    await free;
    assert.equal(second.take(KEY, 'a'), null);
  });

  test(`${kind}: what another program has can't be given back`, async (context) => {
    const all = programs(context);
    const first = await all.start('first');
    const second = await all.start('second');
    first.take(KEY, 'a');
    second.release(KEY);
    assert.notEqual(second.take(KEY, 'a'), null);
  });

  test(`${kind}: a program that is closed leaves nothing`, async (context) => {
    const all = programs(context);
    const first = await all.start('first');
    const second = await all.start('second');
    first.take(KEY, 'a');
    await all.close(first);
    assert.equal(second.take(KEY, 'a'), null);
    assert.deepEqual(await all.names(), ['second']);
    assert.deepEqual(all.lost, []);
  });

  test(`${kind}: keys of a program that has ended are taken at once, and it is told of once`, async (context) => {
    const all = programs(context);
    const first = await all.start('first');
    const second = await all.start('second');
    first.take(KEY, 'a');
    first.take(OTHER_KEY, 'b');
    const free = second.free(KEY);
    all.ended.add('first');
    await free;
    assert.equal(second.take(KEY, 'a'), null);
    assert.equal(second.take(OTHER_KEY, 'b'), null);
    assert.deepEqual(
      all.lost.map(({ program, hasEnded }) => [program.identity.id, hasEnded]),
      [['first', true]],
    );
  });

  test(`${kind}: whoever comes clears away what ended programs have left`, async (context) => {
    const all = programs(context);
    const first = await all.start('first');
    first.take(KEY, 'a');
    all.ended.add('first');
    const second = await all.start('second');
    assert.deepEqual(await all.names(), ['second']);
    assert.equal(second.take(KEY, 'a'), null);
  });

  test(`${kind}: a program that gives no sign of life is lost after the expiry; one that does is not`, async (context) => {
    const all = programs(context);
    const silent = await all.start('silent');
    const alive = await all.start('alive', { beatMs: 20 });
    const waiting = await all.start('waiting', { expiryMs: 300 });
    silent.take(KEY, 'a');
    alive.take(OTHER_KEY, 'b');
    let isAliveLost = false;
    void waiting.free(OTHER_KEY).then(() => (isAliveLost = true));
    await waiting.free(KEY);
    assert.equal(waiting.take(KEY, 'a'), null);
    assert.deepEqual(
      all.lost.map(({ program, hasEnded }) => [program.identity.id, hasEnded]),
      [['silent', false]],
    );
    assert.equal(isAliveLost, false);
    assert.notEqual(waiting.take(OTHER_KEY, 'b'), null);
  });

  test(`${kind}: a program that goes on after it was lost hears of it, and leaves the new holder its key`, async (context) => {
    const all = programs(context);
    let heard = 0;
    const silent = await all.start('silent', {
      wasTakenForLost: () => heard++,
    });
    const waiting = await all.start('waiting', { expiryMs: 100 });
    silent.take(KEY, 'a');
    await waiting.free(KEY);
    waiting.take(KEY, 'a');
    silent.beat();
    silent.beat();
    assert.equal(heard, 1);
    silent.release(KEY);
    assert.notEqual(silent.take(KEY, 'a'), null);
    assert.deepEqual([...(await all.names())].sort(), ['silent', 'waiting']);
  });
}

test('rows are read only where there are any', async (context) => {
  const folder = temporaryFolder(context);
  assert.equal(await LmdbRows.open({ folder, readOnly: true }), null);
  const rows = await LmdbRows.open({ folder, readOnly: false });
  assert.ok(rows);
  rows.change((all) => {
    all.put('a 1', 'x');
    all.put('a 2', 'y');
    all.put('b', 'z');
  });
  const reader = await LmdbRows.open({ folder, readOnly: true });
  assert.ok(reader);
  assert.deepEqual(
    reader.look((all) => all.names('a ')),
    ['a 1', 'a 2'],
  );
  rows.change((all) => {
    all.remove('a 1');
  });
  assert.deepEqual(
    reader.look((all) => all.names('a ')),
    ['a 2'],
  );
  await reader[Symbol.asyncDispose]();
  await rows[Symbol.asyncDispose]();
});
