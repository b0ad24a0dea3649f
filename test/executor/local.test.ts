import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TaskHooks } from '../../src/executor/executor.ts';
import { threadShares } from '../../src/executor/local.ts';
import { nodeKey } from '../../src/fingerprint/node-key.ts';
import type { NodeTask } from '../../src/worker/protocol.ts';
import { readRecord, type NodeRecord } from '../../src/worker/record.ts';
import { isRunning, until } from '../support/processes.ts';
import type { Heard } from '../support/rig.ts';
import { WorkerRig } from '../support/worker-rig.ts';

function recordOf(rig: WorkerRig, heard: Heard, node: string): NodeRecord {
  const key = heard.ends[node]?.key;
  assert.ok(key !== null && key !== undefined);
  const record = readRecord(rig.store, key);
  assert.ok(record.state === 'present');
  return record.value;
}

test('workers run at a time as many nodes as allowed, are kept, and end with the executor', async (context) => {
  const rig = await WorkerRig.open(context, { workers: 2 });
  const plan = rig.plan({
    a: rig.gate('a'),
    b: rig.gate('b'),
    c: rig.gate('c'),
  });
  const { heard, report } = rig.start(plan);
  const [a, b] = [await rig.pidOf('a'), await rig.pidOf('b')];
  assert.notEqual(a, b);
  assert.notEqual(a, process.pid);
  assert.deepEqual(heard.outcomes, {});
  rig.open('a');
  // The third goes to the worker that is free.
  assert.equal(await rig.pidOf('c'), a);
  rig.open('c');
  rig.open('b');
  await report;
  assert.deepEqual(heard.ran, ['a', 'b', 'c']);
  await rig.executor.close();
  assert.ok(!isRunning(a) && !isRunning(b));
});

test('no worker is started for hits', async (context) => {
  const rig = await WorkerRig.open(context);
  const plan = rig.plan({ a: { kind: 'value', params: { value: 1 } } });
  await rig.run(plan);
  const { executor } = await WorkerRig.open(context, {
    module: new URL('file:///nowhere/worker.js'),
  });
  const { heard, report } = rig.start(plan, { executor });
  await report;
  assert.deepEqual(heard.outcomes, { a: 'hit' });
  // The same executor is not able to run anything.
  const other = rig.plan({ a: { kind: 'value', params: { value: 2 } } });
  const second = rig.start(other, { executor });
  await second.report;
  assert.deepEqual(second.heard.outcomes, { a: 'failed' });
});

test('a worker that is killed while it runs a node is replaced, and the node tried once more', async (context) => {
  const rig = await WorkerRig.open(context);
  const { heard, report } = rig.start(
    rig.plan({
      a: rig.gate('a'),
      behind: { kind: 'value', inputs: { x: ['a'] } },
    }),
  );
  const first = await rig.pidOf('a');
  process.kill(first, 'SIGKILL');
  await until(() => heard.warnings.length > 0);
  rig.open('a');
  await report;
  assert.deepEqual(heard.outcomes, { a: 'ran', behind: 'ran' });
  assert.deepEqual(heard.warnings, [
    'a is tried once more: The worker was ended by SIGKILL.',
  ]);
  assert.equal(
    heard.events.filter(
      (event) => event.type === 'node-started' && event.node === 'a',
    ).length,
    1,
  );
});

test('a node whose worker dies twice fails and names the signal, and others go on', async (context) => {
  const rig = await WorkerRig.open(context);
  const heard = await rig.run(
    rig.plan({
      killed: { kind: 'die', params: { signal: 'SIGKILL' } },
      crashed: {
        kind: 'die',
        params: { signal: 'SIGABRT', words: 'assertion failed: x > 0\n' },
      },
      left: { kind: 'die' },
      behind: { kind: 'value', inputs: { x: ['killed'] } },
      fine: { kind: 'value', params: { value: 3 } },
    }),
  );
  assert.deepEqual(heard.outcomes, {
    killed: 'failed',
    crashed: 'failed',
    left: 'failed',
    behind: 'skipped',
    fine: 'ran',
  });
  assert.equal(heard.warnings.length, 3);
  assert.match(heard.ends['killed']?.failure ?? '', /ended by SIGKILL/);
  assert.match(
    heard.ends['crashed']?.failure ?? '',
    /ended by SIGABRT\.\nassertion failed: x > 0$/,
  );
  assert.match(heard.ends['left']?.failure ?? '', /ended by exit code 3\./);
  assert.notEqual(heard.ends['left']?.key, null);
});

test('a node whose worker dies once is computed by the second attempt', async (context) => {
  const rig = await WorkerRig.open(context);
  const once = join(rig.folder, 'died');
  const heard = await rig.run(
    rig.plan({
      a: { kind: 'die', params: { signal: 'SIGKILL', once } },
      // A twin that waits for it, and must not take the first death for the end.
      twin: { kind: 'die', params: { signal: 'SIGKILL', once } },
    }),
  );
  assert.deepEqual(heard.outcomes, { a: 'ran', twin: 'hit' });
});

test('a worker that died while it had nothing to do is replaced', async (context) => {
  const rig = await WorkerRig.open(context, { workers: 1 });
  rig.open('a');
  await rig.run(rig.plan({ a: rig.gate('a') }));
  const pid = await rig.pidOf('a');
  process.kill(pid, 'SIGKILL');
  await until(() => !isRunning(pid));
  rig.open('b');
  const heard = await rig.run(rig.plan({ b: rig.gate('b') }));
  assert.deepEqual(heard.outcomes, { b: 'ran' });
});

test('a worker that can not start fails its nodes with what it said', async (context) => {
  const rig = await WorkerRig.open(context, {
    module: new URL('./no-such-worker.js', import.meta.url),
  });
  const heard = await rig.run(rig.plan({ a: { kind: 'value' } }));
  assert.match(
    heard.ends['a']?.failure ?? '',
    /ended by exit code 1\.\n(.|\n)*no-such-worker/,
  );
});

test('what native code prints goes to the record of its node, what is logged beside it', async (context) => {
  const rig = await WorkerRig.open(context, { workers: 1 });
  const heard = await rig.run(
    rig.plan({
      first: { kind: 'print', params: { words: 'one' } },
      second: { kind: 'print', params: { words: 'two' } },
    }),
  );
  for (const [node, words] of [
    ['first', 'one'],
    ['second', 'two'],
  ] as const) {
    const record = recordOf(rig, heard, node);
    assert.equal(record.printed, `out ${words}\nerr ${words}\n`);
    assert.deepEqual(record.log, [`log ${words}`]);
  }
});

test('a node that reports at every step is heard at most five times a second', async (context) => {
  const rig = await WorkerRig.open(context);
  const heard = await rig.run(
    rig.plan({ a: { kind: 'print', params: { words: '', steps: 20_000 } } }),
  );
  const { seconds } = recordOf(rig, heard, 'a');
  const reports = heard.events.filter(({ type }) => type === 'node-progress');
  assert.ok(reports.length >= 1);
  assert.ok(reports.length <= 2 + seconds * 5, String(reports.length));
  const [first] = reports;
  assert.ok(first?.type === 'node-progress');
  assert.deepEqual(first.progress, {
    done: 1,
    total: 20_000,
    unit: 'step',
    metrics: { loss: 1 },
  });
});

test('an interrupt reaches a node that yields, and ends one that never does', async (context) => {
  const rig = await WorkerRig.open(context, { stopGraceMs: 100 });
  const controller = new AbortController();
  const { heard, report } = rig.start(
    rig.plan({
      yields: rig.gate('yields'),
      busy: rig.gate('busy', { params: { busy: true } }),
    }),
    { signal: controller.signal },
  );
  const [yields, busy] = [await rig.pidOf('yields'), await rig.pidOf('busy')];
  controller.abort();
  const { interrupted } = await report;
  assert.ok(interrupted);
  assert.deepEqual(heard.outcomes, { yields: 'skipped', busy: 'skipped' });
  assert.deepEqual(heard.warnings, []);
  assert.ok(!isRunning(busy));
  assert.ok(isRunning(yields));
});

test('failures of every sort are told in a sentence', async (context) => {
  const rig = await WorkerRig.open(context);
  const failing = (how: string) => ({ kind: 'fail', params: { how } });
  const { ends } = await rig.run(
    rig.plan({
      node: failing('node-error'),
      type: failing('type-error'),
      wrong: failing('wrong-type'),
      nan: failing('nan'),
    }),
  );
  assert.equal(ends['node']?.reason, 'loss is NaN at step 37 of 400');
  assert.equal(ends['type']?.reason, 'TypeError: x is not a function');
  assert.match(ends['wrong']?.reason ?? '', /^Internal error: kind "fail"/);
  assert.equal(ends['nan']?.reason, '"loss" of the result is NaN.');
  for (const { failure, outcome } of Object.values(ends)) {
    assert.equal(outcome, 'failed');
    assert.doesNotMatch(failure ?? '', /\n/);
  }
});

test('each worker has its share of the threads, and at least one', () => {
  const share = (workers: number) => threadShares(workers)['OMP_NUM_THREADS'];
  assert.equal(share(1), String(availableParallelism()));
  assert.equal(share(1000), '1');
});

test('libtensorflow gets its share in threads between ops, never within one', () => {
  const { TF_NUM_INTEROP_THREADS, TF_NUM_INTRAOP_THREADS } = threadShares(1);
  assert.equal(TF_NUM_INTEROP_THREADS, String(availableParallelism()));
  assert.equal(TF_NUM_INTRAOP_THREADS, '1');
});

/** Tasks without inputs, as the engine would hand them in. */
function tinyTask(
  kind: string,
  node: string,
  params: NodeTask['params'],
): NodeTask {
  const parts = { kind, version: 1, params, files: [], inputs: {} };
  return {
    ...{ pipeline: 'test', node, kind, params, inputs: {} },
    ...{
      key: nodeKey(parts),
      parts,
      course: null,
      isTiny: true,
      cpus: 1,
      gpus: 0,
    },
  };
}

const hooks = (signal = new AbortController().signal): TaskHooks => ({
  signal,
  started: () => undefined,
  progress: () => undefined,
  warned: () => undefined,
});

test('tiny tasks share a turn: they are stored and answered together', async (context) => {
  const { executor, store } = await WorkerRig.open(context, { workers: 1 });
  const tasks = Array.from({ length: 40 }, (_, value) =>
    tinyTask('value', `n${value}`, { value }),
  );
  let moment = 0;
  const answered = new Set<number>();
  const results = await Promise.all(
    tasks.map(async (task) => {
      const result = await executor.run(task, hooks());
      answered.add(moment);
      setImmediate(() => moment++);
      return result;
    }),
  );
  assert.ok(results.every(({ type }) => type === 'stored'));
  assert.ok(
    tasks.every(({ key }) => readRecord(store, key).state === 'present'),
  );
  // Three turns; more where the machine is so busy that one is cut.
  assert.ok(answered.size <= 20, `${answered.size} answers`);
});

test('one tiny task that fails is no failure of those that share its turn', async (context) => {
  const { executor } = await WorkerRig.open(context, { workers: 1 });
  const results = await Promise.all([
    executor.run(tinyTask('value', 'a', { value: 1 }), hooks()),
    executor.run(tinyTask('fail', 'b', { how: 'nan' }), hooks()),
    executor.run(tinyTask('value', 'c', { value: 2 }), hooks()),
  ]);
  assert.deepEqual(
    results.map(({ type }) => type),
    ['stored', 'failed', 'stored'],
  );
});

test('a worker that dies takes its turn along, and goes on with nothing', async (context) => {
  const { executor, store } = await WorkerRig.open(context, { workers: 1 });
  const [before, dead, after] = [
    tinyTask('value', 'before', { value: 1 }),
    tinyTask('die', 'dead', { signal: 'SIGKILL', once: '', words: '' }),
    tinyTask('value', 'after', { value: 2 }),
  ];
  const [first, ...others] = await Promise.allSettled(
    [before, dead, after].map((task) => executor.run(task, hooks())),
  );
  assert.deepEqual(
    others.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  // Stored and answered go together; where the machine is busy, the first is not kept waiting for the others.
  assert.equal(
    readRecord(store, before.key).state === 'present',
    first?.status === 'fulfilled',
  );
  const again = await executor.run(before, hooks());
  assert.equal(again.type, 'stored');
});

test('a node that kills its worker fails alone, though others shared its turn', async (context) => {
  const rig = await WorkerRig.open(context, { workers: 1 });
  const values = Object.fromEntries(
    Array.from({ length: 8 }, (_, value) => [
      `n${value}`,
      { kind: 'value', params: { value } },
    ]),
  );
  // A run that says how little they take.
  await rig.run(rig.plan({ ...values, bad: { kind: 'value' } }));
  const changed = Object.fromEntries(
    Object.entries(values).map(([name, spec], index) => [
      name,
      { ...spec, params: { value: 100 + index } },
    ]),
  );
  const heard = await rig.run(
    rig.plan({
      ...changed,
      bad: { kind: 'die', params: { signal: 'SIGKILL' } },
    }),
  );
  const { bad, ...others } = heard.outcomes;
  assert.equal(bad, 'failed');
  assert.ok(Object.values(others).every((outcome) => outcome === 'ran'));
});
