import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packBytesOf } from '../../src/cache/pack-files.ts';
import { planPrune } from '../../src/engine/plan-prune.ts';
import { planStates } from '../../src/engine/plan-states.ts';
import { encodeRoot, rootName, type Root } from '../../src/engine/roots.ts';
import { runPlan } from '../../src/engine/run-plan.ts';
import { verifyCache } from '../../src/engine/verify-cache.ts';
import type { Plan } from '../../src/pipeline/plan.ts';
import { readRecord } from '../../src/worker/record.ts';
import type { NodeSpec } from '../support/make-plan.ts';
import { Heard } from '../support/rig.ts';
import { WorkerRig } from '../support/worker-rig.ts';

const KIBIBYTE = 1 << 10;
const MEBIBYTE = 1 << 20;

/** Arrays of different bytes, each read by a node of its own, as a sweep has them. */
function sweep(count: number, bytes: number, scale: number) {
  const specs: Record<string, NodeSpec> = {};
  for (let index = 0; index < count; index++) {
    const params = { length: bytes + index, step: 1 + (index % 250) };
    specs[`array[i=${index}]`] = { kind: 'array', params };
  }
  for (let index = 0; index < count; index++) {
    specs[`sum[i=${index}]`] = {
      kind: 'sum',
      inputs: { data: `array[i=${index}]` },
      params: { scale },
    };
  }
  return specs;
}

/** Runs a plan under a bound, and says how large its files have been at most. */
async function runBounded(
  rig: WorkerRig,
  plan: Plan,
  maxCacheBytes: number,
): Promise<Heard & { readonly largest: number }> {
  const heard = new Heard();
  const file = join(rig.folder, 'data.mdb');
  let largest = 0;
  await runPlan({
    plan,
    registry: rig.registry,
    store: rig.store,
    cacheFolder: rig.folder,
    backend: 'wasm',
    failFast: false,
    signal: new AbortController().signal,
    listener: (event) => {
      heard.listener(event);
      if (event.type !== 'node-finished') return;
      const size = statSync(file).size + packBytesOf(rig.folder);
      largest = Math.max(largest, size);
    },
    executor: rig.executor,
    maxCacheBytes,
  });
  return Object.assign(heard, { largest });
}

test('a sweep of a thousand nodes stays under a size bound, and is all hits afterwards', async (context) => {
  const rig = await WorkerRig.open(context, { workers: 2 });
  const bound = 24 * MEBIBYTE;
  // 62 MiB in all.
  const plan = rig.plan(sweep(500, 128 * KIBIBYTE, 1));
  const first = await runBounded(rig, plan, bound);
  assert.equal(first.ran.length, 1000);
  assert.deepEqual(first.warnings, []);
  assert.ok(first.largest <= bound, `${first.largest} bytes`);
  assert.ok(first.largest > bound / 2, `${first.largest} bytes`);

  const second = await runBounded(rig, plan, bound);
  assert.deepEqual(second.ran, []);
  assert.deepEqual((await verifyCache(rig.store)).damaged, []);
  const { keptBytes, removal } = await planPrune(rig.store, {
    now: Date.now(),
  });
  assert.deepEqual([removal.records, removal.chunks], [[], []]);
  assert.ok(keptBytes <= bound, `${keptBytes} bytes`);
});

test('arrays that were removed are computed again when a node has to read them, and only then', async (context) => {
  const rig = await WorkerRig.open(context, { workers: 1 });
  const bound = 8 * MEBIBYTE;
  const specs = sweep(10, MEBIBYTE, 1);
  const first = await runBounded(rig, rig.plan(specs), bound);
  const evicted = Object.keys(first.ends).filter((node) => {
    const record = readRecord(
      rig.store,
      first.ends[node]?.key ?? ('' as never),
    );
    return record.state === 'present' && record.value.evicted === true;
  });
  const [array = ''] = evicted;
  assert.ok(evicted.length < 10 && array.startsWith('array'));
  const sum = array.replace('array', 'sum');
  const changed = rig.plan({
    ...specs,
    [sum]: { ...specs[sum], kind: 'sum', params: { scale: 2 } },
  });
  const states = await planStates({
    ...{ plan: changed, registry: rig.registry, store: rig.store },
  });
  assert.deepEqual(
    states.filter(({ state }) => state === 'run').map(({ node }) => node),
    [array, sum],
  );
  const heard = await runBounded(rig, changed, bound);
  assert.deepEqual(heard.ran, [array, sum]);
  assert.match(heard.ends[array]?.reason ?? '', /are needed again/);
  assert.deepEqual(heard.warnings, []);
});

test('what is pinned is not removed, and what can not be removed is said once', async (context) => {
  const rig = await WorkerRig.open(context, { workers: 1 });
  const specs = sweep(6, MEBIBYTE, 1);
  const first = await runBounded(rig, rig.plan(specs), 64 * MEBIBYTE);
  const keys = Object.entries(first.ends).flatMap(([node, { key }]) =>
    node.startsWith('array') && key !== null ? [key] : [],
  );
  const pin: Root = {
    ...{ type: 'pin', pipeline: 'test', file: '/a.yaml' },
    ...{ profiles: [], sets: [], at: '2026-01-01T00:00:00.000Z', keys },
  };
  await rig.store.point(
    new Map([[rootName('pin', pin), encodeRoot(pin)]]),
    'roots',
  );
  const again = rig.plan(sweep(6, MEBIBYTE, 2));
  const second = await runBounded(rig, again, 3 * MEBIBYTE);
  assert.equal(second.ran.length, 6);
  assert.equal(second.warnings.length, 1);
  assert.match(second.warnings[0] ?? '', /can not be kept under its bound/);
  const third = rig.plan(sweep(6, MEBIBYTE, 3));
  assert.equal((await rig.run(third)).ran.length, 6);
});
