import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { NodeSpec } from '../support/make-plan.ts';
import {
  computations,
  countedNodes,
  killAtRandom,
  leftIn,
} from '../support/kills.ts';
import { until } from '../support/processes.ts';
import { killProgram, startProgram, type Program } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WorkerRig } from '../support/worker-rig.ts';

function start(
  context: TestContext,
  rig: Pick<WorkerRig, 'folder'>,
  specs: Readonly<Record<string, NodeSpec>>,
  expiryMs?: number,
): Program {
  const program = startProgram({
    specs,
    file: join(temporaryFolder(context), 'specs.json'),
    cache: rig.folder,
    workers: 2,
    ...(expiryMs === undefined ? {} : { expiryMs }),
  });
  context.after(() => {
    // A program that is stopped hears only this.
    program.child.kill('SIGKILL');
  });
  return program;
}

const waits = (program: Program): boolean =>
  program.events.some(({ type }) => type === 'node-waiting');

for (const runners of [2, 4]) {
  test(`${runners} programs at once over 200 nodes compute each of them once`, async (context) => {
    const folder = temporaryFolder(context);
    const counted = join(folder, 'counted');
    const specs = countedNodes(counted, 200);
    const programs = Array.from({ length: runners }, () =>
      start(context, { folder }, specs),
    );
    for (const program of programs) {
      assert.equal(await program.closed, 0);
      assert.equal(
        program.that('ran').length + program.that('hit').length,
        200,
      );
    }
    const computed = computations(counted);
    assert.equal(computed.length, 200);
    assert.equal(new Set(computed).size, 200);
    const ran = programs.flatMap((program) => program.that('ran'));
    assert.equal(new Set(ran).size, 200);
    assert.equal(ran.length, 200);
    assert.deepEqual(await leftIn(folder), []);
  });
}

test('the work of a program that is killed is taken over by one that waits, at once', async (context) => {
  const rig = await WorkerRig.open(context);
  const specs = { shared: rig.gate('shared') };
  const first = start(context, rig, specs);
  const worker = await rig.pidOf('shared');
  const second = start(context, rig, specs);
  await until(() => waits(second));
  await killProgram(first);
  await until(() => second.events.some(({ type }) => type === 'node-started'));
  rig.open('shared');
  assert.equal(await second.closed, 0);
  assert.deepEqual(second.that('ran'), ['shared']);
  assert.notEqual(await rig.pidOf('shared'), worker);
});

test('the work of a program that is stopped is taken over in time; when it goes on, both end well', async (context) => {
  const rig = await WorkerRig.open(context);
  const specs = {
    shared: rig.gate('shared'),
    behind: {
      kind: 'value',
      inputs: { x: ['shared'] },
    },
  };
  const first = start(context, rig, specs, 300);
  await rig.pidOf('shared');
  const second = start(context, rig, specs, 300);
  await until(() => waits(second));
  first.child.kill('SIGSTOP');
  await until(() => second.events.some(({ type }) => type === 'node-started'));
  first.child.kill('SIGCONT');
  rig.open('shared');
  assert.equal(await first.closed, 0);
  assert.equal(await second.closed, 0);
  assert.ok(second.that('ran').includes('shared'));
  assert.deepEqual(await leftIn(rig.folder), []);
  const third = start(context, rig, specs);
  assert.equal(await third.closed, 0);
  assert.deepEqual([...third.that('hit')].sort(), ['behind', 'shared']);
});

test('kills of programs, workers and groups at random moments need nothing afterwards', async (context) => {
  // Many more of them: npm run bench -- kills.
  const { kills, faults } = await killAtRandom({
    folder: temporaryFolder(context),
    kills: 10,
    seed: 1,
  });
  assert.deepEqual(faults, []);
  assert.ok(kills >= 10);
});
