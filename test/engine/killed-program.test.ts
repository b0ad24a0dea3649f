import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { NodeSpec } from '../support/make-plan.ts';
import { isRunning, until } from '../support/processes.ts';
import {
  killProgram,
  startProgram as startOn,
  type Program,
} from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WorkerRig } from '../support/worker-rig.ts';

/** How long workers may outlive their program (design, section 9). */
const ORPHAN_LIMIT_MS = 5000;

/** Runs a plan in a process of its own, on the cache of the rig. */
function startProgram(
  context: TestContext,
  rig: WorkerRig,
  specs: Readonly<Record<string, NodeSpec>>,
): Program {
  const program = startOn({
    specs,
    file: join(temporaryFolder(context), 'specs.json'),
    cache: rig.folder,
  });
  context.after(() => program.child.kill('SIGKILL'));
  return program;
}

test('workers end soon after their program is killed, in a pause or deep in a computation', async (context) => {
  const rig = await WorkerRig.open(context);
  const program = startProgram(context, rig, {
    waits: rig.gate('waits'),
    busy: rig.gate('busy', { params: { busy: true } }),
  });
  const workers = [await rig.pidOf('waits'), await rig.pidOf('busy')];
  assert.ok(workers.every(isRunning));
  await killProgram(program);
  const deadline = performance.now() + ORPHAN_LIMIT_MS;
  await until(() => !workers.some(isRunning) || performance.now() > deadline);
  assert.deepEqual(workers.filter(isRunning), []);
});

test('after a kill only what was not finished runs', async (context) => {
  const rig = await WorkerRig.open(context);
  const specs: Readonly<Record<string, NodeSpec>> = {
    'value[i=1]': { kind: 'value', params: { value: 1 } },
    'value[i=2]': { kind: 'value', params: { value: 2 } },
    total: { kind: 'value', inputs: { x: ['value[i=1]', 'value[i=2]'] } },
    first: rig.gate('first', { inputs: { x: ['total'] } }),
    second: rig.gate('second', { inputs: { x: ['total'] } }),
    last: { kind: 'value', inputs: { x: ['total'] } },
  };
  const program = startProgram(context, rig, specs);
  await Promise.all([rig.pidOf('first'), rig.pidOf('second')]);
  rig.open('first');
  await until(() => program.that('ran').includes('first'));
  await killProgram(program);
  const stored = program.that('ran');
  assert.ok(stored.includes('total'));
  rig.open('second');
  const again = await rig.run(rig.plan(specs));
  for (const node of stored) assert.equal(again.outcomes[node], 'hit');
  assert.equal(again.outcomes['second'], 'ran');
  assert.equal(Object.keys(again.outcomes).length, 6);
  assert.deepEqual((await rig.run(rig.plan(specs))).ran, []);
});

test('kills at any moment lose no node that was said to have run', async (context) => {
  const rig = await WorkerRig.open(context);
  const specs = Object.fromEntries(
    Array.from({ length: 60 }, (_, index): [string, NodeSpec] => [
      `n[i=${index}]`,
      index % 3 === 0
        ? { kind: 'array', params: { length: 100_000, step: index } }
        : {
            kind: 'value',
            params: { value: index },
            inputs: { x: index < 6 ? [] : [`n[i=${index - 5}]`] },
          },
    ]),
  );
  const known = new Set<string>();
  for (let killAfter = 1; killAfter <= 21; killAfter += 5) {
    const program = startProgram(context, rig, specs);
    let isOver = false;
    void program.closed.then(() => (isOver = true));
    await until(() => isOver || program.that('ran').length >= killAfter);
    await killProgram(program);
    for (const event of program.events) {
      if (event.type === 'node-finished' && known.has(event.node)) {
        assert.equal(event.outcome, 'hit');
      }
    }
    for (const node of program.that('ran')) known.add(node);
  }
  const { outcomes, warnings } = await rig.run(rig.plan(specs));
  assert.deepEqual(warnings, []);
  for (const node of known) assert.equal(outcomes[node], 'hit');
  assert.ok(
    Object.values(outcomes).every((one) => one === 'hit' || one === 'ran'),
  );
});

test('two programs share a cache: both end well, and nothing is left to do', async (context) => {
  const rig = await WorkerRig.open(context);
  const specs = Object.fromEntries(
    Array.from({ length: 40 }, (_, index): [string, NodeSpec] => [
      `n[i=${index}]`,
      index % 2 === 0
        ? { kind: 'array', params: { length: 3 << 19, step: index } }
        : { kind: 'sum', inputs: { data: `n[i=${index - 1}]` } },
    ]),
  );
  const programs = [1, 2].map(() => startProgram(context, rig, specs));
  for (const { closed, events } of programs) {
    assert.equal(await closed, 0);
    const last = events.at(-1);
    assert.ok(last?.type === 'run-finished');
    assert.equal(last.failed + last.skipped, 0);
  }
  const { ran, warnings } = await rig.run(rig.plan(specs));
  assert.deepEqual(ran, []);
  assert.deepEqual(warnings, []);
});
