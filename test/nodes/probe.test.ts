import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Progress } from '../../src/kind/kind.ts';
import { probe } from '../../src/nodes/probe.ts';
import { Rng } from '../../src/tensor/rng.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { clusters, featuresOf } from '../support/features.ts';
import { runKind } from '../support/run-kind.ts';

const LABELS = Array.from(
  { length: 120 },
  (_, i) => [0, 1, 1, 2, 3, 3, 3][i % 7]!,
);
const pool = clusters(Rng.of(7, 'scikit-learn'), {
  labels: LABELS,
  width: 6,
  apart: 1,
  offset: 2,
});
const features = featuresOf({
  layers: { pool },
  labels: LABELS,
  splits: { train: [0, 60], tune: [60, 80], test: [80, 120] },
  classes: 5,
});
const run = async (params: JsonObject) => {
  const heard = { progress: [] as Progress[], log: [] as string[] };
  const { value } = await runKind(probe, params, { features }, { heard });
  return { value, heard };
};

test('the probe chooses on tune, refits, scores on test and says how good its fits are', async () => {
  const { value, heard } = await run({ penalties: [1e-6, 1, 1e-4, 1e-2] });
  assert.equal(value['accuracy'], 0.8);
  assert.equal(value['tuneAccuracy'], 0.85);
  assert.equal(value['penalty'], 1e-2);
  assert.equal(value['penaltyAtEdge'], false);
  assert.ok(Math.abs(Number(value['objective']) - 0.7455922690381697) < 1e-7);
  assert.equal(value['converged'], true);
  assert.ok(
    Number(value['gradientNorm']) <= 1e-5 * Number(value['startGradientNorm']),
  );
  assert.equal(value['classes'], 4);
  assert.equal(value['absentClasses'], 1);
  assert.deepEqual(value['examples'], { fit: 60, tune: 20, test: 40 });
  const path = value['path'] as JsonObject[];
  assert.deepEqual(
    path.map((point) => point['penalty']),
    [1, 1e-2, 1e-4, 1e-6],
  );
  assert.deepEqual(Object.keys(path[0]!), [
    'penalty',
    'tuneAccuracy',
    'objective',
    'gradientNorm',
    'iterations',
    'converged',
  ]);
  assert.deepEqual(heard.log, []);
  assert.deepEqual(
    { ...heard.progress.at(-1), metrics: null },
    { done: 4, total: 5, unit: 'penalty', metrics: null },
  );
});

test('the default grid is the published one: 45 penalties from 1e-6 to 1e5', async () => {
  const { value } = await run({});
  const path = value['path'] as JsonObject[];
  assert.equal(path.length, 45);
  assert.equal(path[0]?.['penalty'], 1e5);
  assert.equal(path[44]?.['penalty'], 1e-6);
  assert.ok(path.every((point) => point['converged'] === true));
});

test('a penalty at the edge of the grid is marked and logged', async () => {
  const { value, heard } = await run({
    penalties: { from: 1e-2, to: 1, count: 3 },
  });
  assert.equal(value['penaltyAtEdge'], true);
  assert.deepEqual(heard.log, [
    'The chosen penalty 0.01 is at the edge of the grid: a wider grid may find a better one.',
  ]);
  const only = await run({ penalties: [1e-2] });
  assert.equal(only.value['penaltyAtEdge'], false);
});

test('a fit that did not converge is marked and logged', async () => {
  const { value, heard } = await run({ penalties: [1e-6], iterations: 1 });
  assert.equal(value['converged'], false);
  assert.equal(heard.log.length, 2);
  assert.match(
    heard.log[1]!,
    /^The fit to all examples with penalty 0\.000001 did not converge: after 1 iteration the norm of the gradient is \d\.\de-\d\.$/,
  );
});

test('the scale is one over the root mean squared norm of the fit examples, or none', async () => {
  const { value } = await run({ penalties: [1] });
  let squares = 0;
  for (const x of pool.data.subarray(0, 360)) squares += x * x;
  assert.ok(
    Math.abs(Number(value['scale']) - 1 / Math.sqrt(squares / 60)) < 1e-15,
  );
  const unscaled = await run({ penalties: [1], scale: 'none' });
  assert.equal(unscaled.value['scale'], 1);
  assert.notEqual(unscaled.value['objective'], value['objective']);
});

test('unfit penalties and splits are refused with a sentence', async () => {
  await assert.rejects(
    run({ penalties: { from: 1, to: 0.1, count: 3 } }),
    /^NodeError: "penalties" must go up: "from" is 1, "to" is 0\.1\.$/,
  );
  await assert.rejects(run({ tune: 'tnue' }), /Did you mean "tune"\?/);
  for (const params of [
    { tune: 'test' },
    { tune: 'train' },
    { test: 'train' },
  ]) {
    await assert.rejects(
      run(params),
      /^NodeError: "fit", "tune" and "test" must be three splits, but are "train", .*: what is scored on must not be trained on\.$/,
    );
  }
  const oneClass = featuresOf({
    layers: { pool },
    labels: LABELS.map(() => 0),
    splits: { train: [0, 60], tune: [60, 80], test: [80, 120] },
    classes: 1,
  });
  await assert.rejects(
    runKind(probe, {}, { features: oneClass }),
    /^NodeError: Split "train" of input "features" has examples of one class only/,
  );
});

test('a probe that is told to stop stops', async () => {
  const signal = AbortSignal.abort(new Error('stop'));
  await assert.rejects(runKind(probe, {}, { features }, { signal }), /stop/);
});
