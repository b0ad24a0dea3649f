import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DamagedArtifactError } from '../../src/artifact/codec.ts';
import { readResults } from '../../src/engine/read-results.ts';
import type { Plan } from '../../src/pipeline/plan.ts';
import { makePlan, nodeName } from '../support/make-plan.ts';
import { Rig } from '../support/rig.ts';
import { testKinds } from '../support/test-kinds.ts';

const planOf = ({ registry }: Rig, length: number): Plan =>
  makePlan(registry, {
    data: { kind: 'array', params: { length } },
    total: { kind: 'sum', inputs: { data: 'data' } },
  });

const read = ({ store, registry }: Rig, plan: Plan, ...names: string[]) =>
  readResults({
    plan,
    nodes: new Set(names.map(nodeName)),
    registry,
    store,
  });

test('a result is the value, the arrays and the record of its run', async () => {
  const rig = new Rig(testKinds);
  const plan = planOf(rig, 300);
  const { ends } = await rig.run(plan);
  const results = await read(rig, plan, 'total', 'data');
  assert.deepEqual([...results.keys()], ['data', 'total']);
  const [data, total] = [...results.values()];
  assert.ok(data?.type === 'computed' && total?.type === 'computed');
  assert.equal(data.key, ends['data']?.key);
  assert.equal(data.artifact.array('data', 'uint8').data[255], 4);
  assert.deepEqual(data.manifest.arrays['data']?.shape, [300]);
  // 0 … 250, then 0 … 48.
  assert.deepEqual(total.artifact.value, {
    sum: (250 * 251) / 2 + (48 * 49) / 2,
  });
  const { record } = total;
  assert.equal(record.node, 'total');
  assert.equal(record.pipeline, 'test');
  assert.deepEqual(record.parts, {
    kind: 'sum',
    version: 1,
    params: { scale: 1 },
    files: [],
    inputs: { data: data.content },
  });
  assert.equal(record.environment.node, process.versions.node);
  assert.equal(data.record.sizeBytes, 300);
  assert.match(record.finishedAt, /^\d{4}-\d\d-\d\dT.*Z$/);
});

test('what is not computed, or no longer up to date, says so', async () => {
  const rig = new Rig(testKinds);
  const before = await read(rig, planOf(rig, 300), 'data', 'total');
  assert.deepEqual(
    [...before.values()].map((one) => 'reason' in one && one.reason),
    [
      '"data" has not been computed yet.',
      '"total" has not been computed yet: something that it needs has not.',
    ],
  );
  await rig.run(planOf(rig, 300));
  const changed = await read(rig, planOf(rig, 301), 'total');
  assert.equal(changed.get(nodeName('total'))?.type, 'not-computed');
});

test('a damaged result is never shown', async () => {
  const rig = new Rig(testKinds);
  const plan = planOf(rig, 300);
  await rig.run(plan);
  for (const bytes of rig.tables.chunks.values()) bytes[7]! ^= 1;
  const [data] = (await read(rig, plan, 'data')).values();
  assert.ok(data?.type === 'computed');
  assert.throws(
    () => data.artifact.array('data', 'uint8'),
    DamagedArtifactError,
  );
  for (const bytes of rig.tables.records.values()) bytes[40]! ^= 1;
  const [again] = (await read(rig, plan, 'data')).values();
  assert.ok(again?.type === 'not-computed');
  assert.match(
    again.reason,
    /^The result of "data" in the cache is damaged: .* Run again/,
  );
});
