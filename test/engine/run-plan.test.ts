import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunEvent } from '../../src/engine/events.ts';
import { Registry } from '../../src/kind/registry.ts';
import { makePlan, nodeName } from '../support/make-plan.ts';
import { Rig } from '../support/rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { testKinds } from '../support/test-kinds.ts';

const DIAMOND = {
  source: {},
  'train[loss=a]': { inputs: { data: ['source'] } },
  'train[loss=b]': { inputs: { data: ['source'] } },
  summary: { inputs: { rows: ['train[loss=a]', 'train[loss=b]'] } },
};

test('a run computes each node after its inputs, and a second one nothing', async () => {
  const rig = new Rig();
  const plan = rig.plan(DIAMOND);
  const first = await rig.run(plan);
  assert.deepEqual(rig.control.calls, [
    'source',
    'train[loss=a]',
    'train[loss=b]',
    'summary',
  ]);
  assert.deepEqual(
    { ...first.report, seconds: 0 },
    {
      ...{ hit: 0, ran: 4, failed: 0, skipped: 0, seconds: 0 },
      interrupted: false,
      claims: [],
    },
  );

  const second = await rig.run(plan);
  assert.equal(rig.control.calls.length, 4);
  assert.equal(second.report.hit, 4);
  for (const [node, end] of Object.entries(second.ends)) {
    assert.equal(
      end.reason,
      'inputs, parameters and kind are as in an earlier run',
    );
    assert.equal(end.key, first.ends[node]?.key);
    assert.equal(end.seconds, 0);
  }
});

test('the first event is the start, the last the end, and each node that runs starts before it ends', async () => {
  const rig = new Rig();
  const { events } = await rig.run(rig.plan(DIAMOND));
  const told = events.map((event) =>
    'node' in event ? `${event.type} ${event.node}` : event.type,
  );
  assert.equal(told[0], 'run-started');
  assert.equal(told.at(-1), 'run-finished');
  assert.equal(told.filter((one) => one === 'run-finished').length, 1);
  for (const node of Object.keys(DIAMOND)) {
    const started = told.indexOf(`node-started ${node}`);
    assert.ok(started > 0);
    assert.ok(started < told.indexOf(`node-finished ${node}`));
  }
  assert.deepEqual(events[0], {
    type: 'run-started',
    pipeline: 'test',
    backend: 'wasm',
    fma: false,
    workers: 2,
    nodes: 4,
  });
});

test('a changed parameter runs its node and what its result changes, and says what changed', async () => {
  const rig = new Rig();
  await rig.run(rig.plan(DIAMOND));
  rig.control.yields('train[loss=a]', { better: true });
  const again = await rig.run(
    rig.plan({
      ...DIAMOND,
      'train[loss=a]': {
        params: { setting: 0.2 },
        inputs: { data: ['source'] },
      },
    }),
  );
  assert.deepEqual(again.ran, ['summary', 'train[loss=a]']);
  assert.equal(again.ends['train[loss=a]']?.reason, 'params.setting 0 -> 0.2');
  assert.equal(
    again.ends['summary']?.reason,
    'members of input "rows": 1 changed',
  );
});

test('a node that runs again and yields the same bytes stops the re-run there', async () => {
  const rig = new Rig();
  await rig.run(rig.plan(DIAMOND));
  const again = await rig.run(
    rig.plan({ ...DIAMOND, source: { params: { setting: 1 } } }),
  );
  assert.deepEqual(again.outcomes, {
    source: 'ran',
    'train[loss=a]': 'hit',
    'train[loss=b]': 'hit',
    summary: 'hit',
  });
});

test('names, order and the pipeline are not in the key', async () => {
  const rig = new Rig();
  await rig.run(rig.plan(DIAMOND));
  const renamed = rig.plan({
    data: { params: { id: 'source' } },
    'learn[objective=b]': {
      params: { id: 'train[loss=b]' },
      inputs: { data: ['data'] },
    },
    other: {},
  });
  // A collected input carries its coordinates into the key, so only what collects nothing of them is shared.
  const { outcomes } = await rig.run({ ...renamed, name: 'renamed' });
  assert.equal(outcomes['data'], 'hit');
  assert.equal(outcomes['learn[objective=b]'], 'hit');
  assert.equal(outcomes['other'], 'ran');
});

test('a node that never ran says so, and one whose kind has a new version says that', async () => {
  const rig = new Rig();
  const { ends } = await rig.run(rig.plan({ a: {} }));
  assert.equal(ends['a']?.reason, 'never run with these parameters');
  const newer = new Registry([{ ...rig.control.kind, version: 2 }]);
  const again = await rig.run(rig.plan({ a: {} }), { registry: newer });
  assert.equal(again.ends['a']?.reason, 'version of kind "controlled" 1 -> 2');
});

test('going back to earlier parameters is a hit, and the next change is compared with those', async () => {
  const rig = new Rig();
  const setting = (value: number) =>
    rig.plan({ a: { params: { setting: value } } });
  await rig.run(setting(1));
  await rig.run(setting(2));
  assert.equal((await rig.run(setting(1))).outcomes['a'], 'hit');
  const { ends } = await rig.run(setting(3));
  assert.equal(ends['a']?.reason, 'params.setting 1 -> 3');
});

test('a failure is told with its place, and what needs it is skipped, and nothing else', async () => {
  const rig = new Rig();
  rig.control.yields(
    'train[loss=a]',
    new Error('loss is NaN at step 37 of 400'),
  );
  const { ends, outcomes, report } = await rig.run(rig.plan(DIAMOND));
  assert.deepEqual(outcomes, {
    source: 'ran',
    'train[loss=a]': 'failed',
    'train[loss=b]': 'ran',
    summary: 'skipped',
  });
  const failed = ends['train[loss=a]'];
  assert.equal(
    failed?.failure,
    'pipelines/test.yaml:4:3 NODE_FAILED train[loss=a]: loss is NaN at step 37 of 400',
  );
  assert.equal(failed.reason, 'loss is NaN at step 37 of 400');
  assert.match(failed.key ?? '', /^[0-9a-f]{64}$/);
  assert.equal(ends['summary']?.reason, 'needs train[loss=a], which failed');
  assert.equal(ends['summary'].key, null);
  assert.equal(ends['summary'].failure, null);
  assert.equal(report.failed, 1);

  // Nothing is kept of a failure: it is tried again, and the rest is not.
  rig.control.yields('train[loss=a]', { mended: true });
  const again = await rig.run(rig.plan(DIAMOND));
  assert.deepEqual(again.ran, ['summary', 'train[loss=a]']);
});

test('a message that would act on a terminal is shown escaped', async () => {
  const rig = new Rig();
  rig.control.yields('a', new Error('bad \u001b[31mred\u202e\nsecond line'));
  const { ends } = await rig.run(rig.plan({ a: {} }));
  assert.equal(
    ends['a']?.failure,
    'pipelines/test.yaml:2:3 NODE_FAILED a: bad \\x1b[31mred\\u202e\nsecond line',
  );
});

test('where the code failed is shown to whoever debugs, and to nobody else', async () => {
  const rig = new Rig();
  rig.control.yields('a', new Error('broken'));
  const plan = rig.plan({ a: {} });
  const quiet = await rig.run(plan);
  assert.doesNotMatch(quiet.ends['a']?.failure ?? '', /\n/);
  const loud = await rig.run(plan, { debug: true });
  assert.match(loud.ends['a']?.failure ?? '', /\n.*Error: broken\n +at /);
});

test('fail-fast starts nothing more, lets what runs end and stores it', async () => {
  const rig = new Rig();
  const plan = rig.plan({
    bad: {},
    slow: {},
    waiting: {},
    behind: { inputs: { x: ['slow'] } },
  });
  rig.control.hold('bad');
  rig.control.hold('slow');
  const { heard, report } = rig.start(plan, { failFast: true });
  await rig.control.reached('slow');
  rig.control.fail('bad', 'broken');
  rig.control.finish('slow');
  await report;
  assert.deepEqual(heard.outcomes, {
    bad: 'failed',
    slow: 'ran',
    waiting: 'skipped',
    behind: 'skipped',
  });
  assert.equal(
    heard.ends['waiting']?.reason,
    'not started, because bad failed',
  );
  assert.equal((await rig.run(plan)).outcomes['slow'], 'hit');
});

test('an interrupt stops what runs, keeps what is done and accounts for every node', async () => {
  const rig = new Rig();
  const controller = new AbortController();
  rig.control.hold('train[loss=a]');
  const { heard, report } = rig.start(rig.plan(DIAMOND), {
    signal: controller.signal,
    workers: 1,
  });
  await rig.control.reached('train[loss=a]');
  controller.abort();
  const { interrupted, ran, skipped } = await report;
  assert.deepEqual(
    { interrupted, ran, skipped },
    { interrupted: true, ran: 1, skipped: 3 },
  );
  assert.equal(heard.ends['source']?.outcome, 'ran');
  for (const node of ['train[loss=a]', 'train[loss=b]', 'summary']) {
    assert.equal(
      heard.ends[node]?.reason,
      'the run was interrupted before it finished',
    );
    assert.equal(heard.ends[node].key, null);
  }
  assert.equal(heard.events.at(-1)?.type, 'run-finished');
});

test('a run that is interrupted before it begins skips everything', async () => {
  const rig = new Rig();
  const { outcomes, events } = await rig.run(rig.plan(DIAMOND), {
    signal: AbortSignal.abort(),
  });
  assert.deepEqual(new Set(Object.values(outcomes)), new Set(['skipped']));
  assert.equal(events.at(-1)?.type, 'run-finished');
  assert.deepEqual(rig.control.calls, []);
});

test('nodes with one key compute once, and the others name who did', async () => {
  const rig = new Rig();
  const twin = { params: { id: 'twin' } };
  rig.control.hold('twin');
  const { heard, report } = rig.start(
    rig.plan({ first: twin, second: twin, third: twin }),
    { workers: 3 },
  );
  await rig.control.reached('twin');
  rig.control.finish('twin');
  await report;
  assert.deepEqual(rig.control.calls, ['twin']);
  assert.deepEqual(heard.outcomes, {
    first: 'ran',
    second: 'hit',
    third: 'hit',
  });
  assert.equal(
    heard.ends['second']?.reason,
    'first, with the same inputs and parameters, ran in this run',
  );
  assert.equal(heard.ends['second'].key, heard.ends['first']?.key);
});

test('nodes with one key fail together, and the work is done once', async () => {
  const rig = new Rig();
  const twin = { params: { id: 'twin' } };
  rig.control.yields('twin', new Error('broken'));
  const { outcomes, ends } = await rig.run(
    rig.plan({ first: twin, second: twin }),
  );
  assert.deepEqual(rig.control.calls, ['twin']);
  assert.deepEqual(outcomes, { first: 'failed', second: 'failed' });
  assert.equal(
    ends['second']?.failure,
    'pipelines/test.yaml:4:3 NODE_FAILED second: first has the same inputs and parameters, and failed: broken',
  );
});

test('--only runs the nodes asked for with what they need; others have no events', async () => {
  const rig = new Rig();
  const { outcomes, events } = await rig.run(rig.plan(DIAMOND), {
    only: new Set([nodeName('train[loss=b]')]),
  });
  assert.deepEqual(outcomes, { source: 'ran', 'train[loss=b]': 'ran' });
  assert.ok(events[0]?.type === 'run-started' && events[0].nodes === 2);
});

test('files enter by content: moved data is a hit, changed data is not', async (context) => {
  const rig = new Rig();
  const folder = temporaryFolder(context);
  const reads = (name: string) =>
    rig.plan({ a: { params: { file: join(folder, name) } } });
  writeFileSync(join(folder, 'one'), 'content');
  writeFileSync(join(folder, 'two'), 'content');
  await rig.run(reads('one'));
  assert.equal((await rig.run(reads('two'))).outcomes['a'], 'hit');
  writeFileSync(join(folder, 'two'), 'other');
  const { ends } = await rig.run(reads('two'));
  assert.equal(ends['a']?.outcome, 'ran');
  assert.equal(ends['a'].reason, 'the content of a file that it reads changed');
});

test('a file that is missing, or a folder, fails its node with path and place, and only that', async (context) => {
  const rig = new Rig();
  const folder = temporaryFolder(context);
  const missing = join(folder, 'missing');
  const { ends, outcomes } = await rig.run(
    rig.plan({
      a: { params: { file: missing } },
      behind: { inputs: { x: ['a'] } },
      b: { params: { file: folder } },
      c: {},
    }),
  );
  assert.deepEqual(outcomes, {
    a: 'failed',
    behind: 'skipped',
    b: 'failed',
    c: 'ran',
  });
  assert.equal(
    ends['a']?.failure,
    `pipelines/test.yaml:3:5 NODE_FAILED a: The file "${missing}" can't be read: it does not exist.`,
  );
  assert.equal(ends['a'].key, null);
  assert.match(ends['b']?.failure ?? '', /it is a folder/);
});

test('a table tells its value, when it runs and when it is a hit', async () => {
  const rig = new Rig(testKinds);
  const plan = makePlan(rig.registry, {
    a: { kind: 'controlled', params: { id: 'a' } },
    summary: {
      kind: 'table',
      params: { title: 'Results' },
      inputs: { rows: ['a'] },
    },
  });
  for (const outcome of ['ran', 'hit']) {
    const { ends } = await rig.run(plan);
    assert.equal(ends['summary']?.outcome, outcome);
    assert.equal(ends['summary'].table?.title, 'Results');
    assert.equal(ends['a']?.table, null);
  }
});

test('an error of the cache ends the run with that error, and still accounts for every node', async () => {
  const rig = new Rig();
  const events: RunEvent[] = [];
  const store = new Proxy(rig.store, {
    get: (target, property) => {
      if (property === 'read') throw new Error('the disk is gone');
      return Reflect.get(target, property) as unknown;
    },
  });
  const { report } = rig.start(rig.plan(DIAMOND), {
    store,
    listener: (event) => events.push(event),
  });
  await assert.rejects(report, /the disk is gone/);
  assert.equal(
    events.filter((event) => event.type === 'node-finished').length,
    4,
  );
  assert.equal(events.at(-1)?.type, 'run-finished');
});

test('a thousand nodes that are all there are found without a call', async () => {
  const rig = new Rig();
  const specs = Object.fromEntries(
    Array.from({ length: 1000 }, (_, index) => [
      `n[i=${index}]`,
      index === 0 ? {} : { inputs: { x: [`n[i=${index >> 1}]`] } },
    ]),
  );
  const plan = rig.plan(specs);
  await rig.run(plan);
  const { report } = await rig.run(plan);
  assert.equal(report.hit, 1000);
  assert.equal(rig.control.calls.length, 1000);
});
