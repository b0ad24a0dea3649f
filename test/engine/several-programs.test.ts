import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { Leases } from '../../src/cache/leases.ts';
import { MemoryRows } from '../../src/cache/shared-rows.ts';
import { MemoryStore } from '../../src/cache/memory-store.ts';
import type { Store } from '../../src/cache/store.ts';
import type { RunPlanOptions } from '../../src/engine/run-plan.ts';
import type { Heard } from '../support/rig.ts';
import { until } from '../support/processes.ts';
import { Rig } from '../support/rig.ts';

/** Programs that share the rig's store, each with leases of its own. */
function programs(
  context: TestContext,
): (name: string) => Pick<RunPlanOptions, 'leases'> {
  const rows = new Map<string, string>();
  return (name) => {
    const leases = Leases.open({
      rows: new MemoryRows(rows),
      command: `pipeline run ${name}.yaml`,
      report: () => null,
      identity: { id: name, pid: 7, namespace: '', started: '' },
      hasEnded: () => false,
    });
    context.after(() => leases[Symbol.asyncDispose]());
    return { leases };
  };
}

const waitsOf = ({ events }: Heard): readonly string[] =>
  events.flatMap((event) =>
    event.type === 'node-waiting'
      ? [`${event.node} for ${event.program.id}`]
      : [],
  );

test('a node that another program computes is waited for without a worker, and is a hit with that reason', async (context) => {
  const rig = new Rig();
  const start = programs(context);
  rig.control.hold('shared');
  const first = rig.start(rig.plan({ shared: {} }), start('first'));
  await rig.control.reached('shared');
  const second = rig.start(
    rig.plan({
      shared: {},
      behind: { inputs: { x: ['shared'] } },
      apart: {},
    }),
    { ...start('second'), workers: 1 },
  );
  await until(() => second.heard.outcomes['apart'] === 'ran');
  assert.deepEqual(waitsOf(second.heard), ['shared for first']);
  rig.control.finish('shared');
  await Promise.all([first.report, second.report]);
  assert.deepEqual(second.heard.outcomes, {
    apart: 'ran',
    shared: 'hit',
    behind: 'ran',
  });
  assert.equal(
    second.heard.ends['shared']?.reason,
    'another program (`pipeline run first.yaml`, process 7) computed it while this one waited',
  );
  assert.equal(first.heard.outcomes['shared'], 'ran');
  assert.deepEqual(rig.control.calls, ['shared', 'apart', 'behind']);
});

test('what failed in the other program is tried by the one that waited', async (context) => {
  const rig = new Rig();
  const start = programs(context);
  rig.control.hold('shared');
  const first = rig.start(rig.plan({ shared: {} }), start('first'));
  await rig.control.reached('shared');
  const second = rig.start(rig.plan({ shared: {} }), start('second'));
  await until(() => waitsOf(second.heard).length === 1);
  rig.control.fail('shared', 'no luck');
  await Promise.all([first.report, second.report]);
  assert.equal(first.heard.outcomes['shared'], 'failed');
  assert.equal(second.heard.outcomes['shared'], 'ran');
});

test('an interrupt ends a program that waits at once, and leaves the other alone', async (context) => {
  const rig = new Rig();
  const start = programs(context);
  rig.control.hold('shared');
  const first = rig.start(rig.plan({ shared: {} }), start('first'));
  await rig.control.reached('shared');
  const controller = new AbortController();
  const second = rig.start(rig.plan({ shared: {} }), {
    ...start('second'),
    signal: controller.signal,
  });
  await until(() => waitsOf(second.heard).length === 1);
  controller.abort();
  await second.report;
  assert.equal(second.heard.outcomes['shared'], 'skipped');
  rig.control.finish('shared');
  await first.report;
  assert.equal(first.heard.outcomes['shared'], 'ran');
});

test('an interrupted node is free for others', async (context) => {
  const rig = new Rig();
  const start = programs(context);
  rig.control.hold('shared');
  const controller = new AbortController();
  const first = rig.start(rig.plan({ shared: {} }), {
    ...start('first'),
    signal: controller.signal,
  });
  await rig.control.reached('shared');
  controller.abort();
  await first.report;
  assert.equal(first.heard.outcomes['shared'], 'skipped');
  rig.control.finish('shared');
  const second = await rig.run(rig.plan({ shared: {} }), start('second'));
  assert.equal(second.outcomes['shared'], 'ran');
});

test('nodes with one key wait for each other and for the other program', async (context) => {
  const rig = new Rig();
  const start = programs(context);
  const twins = { one: { params: { id: 'x' } }, two: { params: { id: 'x' } } };
  rig.control.hold('x');
  const first = rig.start(rig.plan(twins), start('first'));
  await rig.control.reached('x');
  const second = rig.start(rig.plan(twins), start('second'));
  await until(() => waitsOf(second.heard).length === 2);
  rig.control.finish('x');
  await Promise.all([first.report, second.report]);
  assert.deepEqual(first.heard.outcomes, { one: 'ran', two: 'hit' });
  assert.deepEqual(second.heard.outcomes, { one: 'hit', two: 'hit' });
  assert.deepEqual(rig.control.calls, ['x']);
});

/** A store that does not see a record the first two times: it is written between the second look and the lease. */
function lateStore(rig: Rig): Store {
  const store = new MemoryStore({ tables: rig.tables });
  const read = store.read.bind(store);
  let unseen = 2;
  store.read = (table, digest) =>
    table === 'records' && unseen-- > 0
      ? { state: 'absent' }
      : read(table, digest);
  return store;
}

test('what another program stores between the look-up and the lease is not computed again', async (context) => {
  const rig = new Rig();
  const start = programs(context);
  const plan = rig.plan({ shared: {} });
  await rig.run(plan, start('first'));
  const second = await rig.run(plan, {
    ...start('second'),
    store: lateStore(rig),
  });
  assert.deepEqual(second.outcomes, { shared: 'hit' });
  assert.equal(
    second.ends['shared']?.reason,
    'another program computed it meanwhile',
  );
  assert.deepEqual(rig.control.calls, ['shared']);
});
