import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readManifest } from '../../src/artifact/codec-manifest.ts';
import { readRecord } from '../../src/worker/record.ts';
import type { MachineBudget } from '../../src/executor/machine.ts';
import { until } from '../support/processes.ts';
import { Rig, type Heard } from '../support/rig.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { WorkerRig } from '../support/worker-rig.ts';

const BUDGET: MachineBudget = {
  processors: 4,
  gpus: ['GPU-a', 'GPU-b'],
  memoryBytes: 2 ** 30,
};

interface Where {
  readonly process: number;
  readonly gpus: string;
  readonly threads: number;
}

function whereOf({ store }: WorkerRig, heard: Heard, node: string): Where {
  const record = readRecord(store, heard.ends[node]?.key ?? ('' as never));
  assert.ok(record.state === 'present', heard.ends[node]?.reason);
  const manifest = readManifest(store, record.value.content);
  assert.ok(manifest.state === 'present');
  return manifest.value.value as unknown as Where;
}

const where = (id: number, resources = {}, inputs: readonly string[] = []) => ({
  kind: 'where',
  params: { id },
  inputs: { x: inputs },
  resources,
});

test('a node sees the GPUs that are its own, and one without sees none', async (context) => {
  const rig = await WorkerRig.open(context, { workers: 3, gpus: BUDGET.gpus });
  const heard = await rig.run(
    rig.plan({
      one: where(1, { gpus: 1 }),
      other: where(2, { gpus: 1 }),
      none: where(3),
      both: where(4, { gpus: 2 }, ['one', 'other', 'none']),
      again: where(5, { gpus: 1 }, ['both']),
    }),
    { budget: BUDGET },
  );
  const gpusOf = (node: string) => whereOf(rig, heard, node).gpus;
  for (const node of ['one', 'other', 'again']) {
    assert.ok(BUDGET.gpus.includes(gpusOf(node)), node);
  }
  assert.equal(gpusOf('none'), '');
  assert.equal(gpusOf('both'), 'GPU-a,GPU-b');
});

test('where there are no GPUs nothing is hidden', async (context) => {
  const rig = await WorkerRig.open(context);
  const before = process.env['CUDA_VISIBLE_DEVICES'] ?? 'all';
  const heard = await rig.run(rig.plan({ one: where(1) }));
  assert.equal(whereOf(rig, heard, 'one').gpus, before);
});

test('a node with more processors has more threads, and one with as many the same worker', async (context) => {
  const processors = availableParallelism();
  const rig = await WorkerRig.open(context, { workers: processors });
  const heard = await rig.run(
    rig.plan({
      one: where(1),
      all: where(2, { cpus: processors }, ['one']),
      next: where(3, { cpus: processors }, ['all']),
    }),
  );
  const found = (node: string) => whereOf(rig, heard, node);
  assert.equal(found('one').threads, 1);
  assert.equal(found('all').threads, processors);
  assert.equal(found('next').process, found('all').process);
});

test('nodes run side by side only as far as memory reaches', async () => {
  const rig = new Rig();
  const specs = Object.fromEntries(
    ['a', 'b', 'c'].map((name) => [
      name,
      { resources: { memoryBytes: 400 << 20 } },
    ]),
  );
  for (const name of Object.keys(specs)) rig.control.hold(name);
  const { heard, report } = rig.start(rig.plan(specs), {
    workers: 3,
    budget: BUDGET,
  });
  await Promise.all([rig.control.reached('a'), rig.control.reached('b')]);
  await new Promise(setImmediate);
  assert.deepEqual(rig.control.calls, ['a', 'b']);
  rig.control.finish('a');
  await rig.control.reached('c');
  rig.control.finish('b');
  rig.control.finish('c');
  await report;
  assert.deepEqual(heard.ran, ['a', 'b', 'c']);
});

test('a node that is over its time fails saying so, and goes on from its checkpoint with a larger limit', async (context) => {
  const rig = await WorkerRig.open(context);
  const file = join(temporaryFolder(context), 'steps');
  const plan = (timeMs: number | null) =>
    rig.plan({
      slow: {
        kind: 'steps',
        params: { file, steps: 400 },
        resources: { timeMs, retries: 3 },
      },
    });
  const first = await rig.run(plan(300));
  assert.equal(first.outcomes['slow'], 'failed');
  assert.match(
    first.ends['slow']?.reason ?? '',
    /stopped at its time limit of .* Its checkpoint is kept: the next run goes on from there/,
  );
  // The retries are for failures that may go away.
  assert.deepEqual(first.warnings, []);
  const second = await rig.run(plan(null));
  assert.equal(second.outcomes['slow'], 'ran');
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').map(Number);
  // Each step once: none was lost, and none taken again.
  assert.deepEqual(
    lines,
    Array.from({ length: 400 }, (_, index) => index),
  );
});

test('a node that does not stop at its limit is ended with its worker', async (context) => {
  const rig = await WorkerRig.open(context, { stopGraceMs: 50 });
  const file = join(temporaryFolder(context), 'steps');
  const heard = await rig.run(
    rig.plan({
      deaf: {
        kind: 'steps',
        params: { file, steps: 1e9, deaf: true },
        resources: { timeMs: 100 },
      },
    }),
  );
  assert.equal(heard.outcomes['deaf'], 'failed');
  assert.match(
    heard.ends['deaf']?.reason ?? '',
    /time limit .* keeps no checkpoint/,
  );
});

test('a node that failed is tried again as often as its family says, with longer and longer pauses', async () => {
  const rig = new Rig();
  rig.control.yields('flaky', new Error('no luck'));
  const { warnings, outcomes } = await rig.run(
    rig.plan({
      flaky: { resources: { retries: 2, backoffMs: 10 } },
      other: {},
    }),
  );
  assert.equal(outcomes['flaky'], 'failed');
  assert.equal(rig.control.calls.filter((id) => id === 'flaky').length, 3);
  assert.deepEqual(warnings, [
    'flaky is tried again in 0.01 s (attempt 2 of 3): no luck',
    'flaky is tried again in 0.02 s (attempt 3 of 3): no luck',
  ]);
});

test('a node that has no retries is not tried again', async () => {
  const rig = new Rig();
  rig.control.yields('flaky', new Error('no luck'));
  await rig.run(rig.plan({ flaky: {} }));
  assert.deepEqual(rig.control.calls, ['flaky']);
});

test('an interrupt ends the pause before another try', async () => {
  const rig = new Rig();
  rig.control.yields('flaky', new Error('no luck'));
  const controller = new AbortController();
  const { heard, report } = rig.start(
    rig.plan({ flaky: { resources: { retries: 5, backoffMs: 1e9 } } }),
    { signal: controller.signal },
  );
  await until(() => heard.warnings.length > 0);
  controller.abort();
  await report;
  assert.equal(heard.outcomes['flaky'], 'skipped');
});

test('a worker in which tensors pile up is replaced, and the run says so', async (context) => {
  const rig = await WorkerRig.open(context, { workers: 1 });
  const leak = (id: number) => ({
    kind: 'where',
    params: { id, leaks: true },
    inputs: { x: id === 0 ? [] : [`n${id - 1}`] },
  });
  const heard = await rig.run(
    rig.plan(
      Object.fromEntries([0, 1, 2, 3, 4].map((id) => [`n${id}`, leak(id)])),
    ),
  );
  const processes = [0, 1, 2, 3, 4].map(
    (id) => whereOf(rig, heard, `n${id}`).process,
  );
  assert.equal(new Set(processes.slice(0, 4)).size, 1);
  assert.notEqual(processes[4], processes[0]);
  assert.equal(heard.warnings.length, 1);
  assert.match(heard.warnings[0] ?? '', /worker is replaced.*more tensors/);
});
