import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NodeError } from '../../src/kind/kind.ts';
import { separation } from '../../src/nodes/separation.ts';
import { Rng } from '../../src/tensor/rng.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { clusters, featuresOf, matrix, rowsOf } from '../support/features.ts';
import {
  cosineDistance,
  plainDistance,
  separationLoops,
} from '../support/reference/class-separation.ts';
import { runKind } from '../support/run-kind.ts';

const LABELS = [0, 1, 2, 0, 1, 2, 2, 0, 1, 1, 1, 0];
const pool = clusters(Rng.of(3, 'node'), {
  labels: LABELS,
  width: 4,
  apart: 1,
});
const stem = clusters(Rng.of(4, 'node'), {
  labels: LABELS,
  width: 3,
  apart: 0,
});
const features = featuresOf({
  layers: { stem, pool },
  labels: LABELS,
  splits: { train: [0, 7], test: [7, 12], tune: [12, 12] },
  classes: 5,
});
const run = async (params: JsonObject) =>
  (await runKind(separation, params, { features })).value;

test('separation measures the training split of the pool by default', async () => {
  const expected = separationLoops(
    rowsOf(pool).slice(0, 7),
    LABELS.slice(0, 7),
    cosineDistance,
  );
  const value = await run({});
  assert.ok(Math.abs(Number(value['r2']) - expected.r2) < 1e-12);
  assert.deepEqual(
    { ...value, r2: 0, within: 0, total: 0 },
    {
      r2: 0,
      within: 0,
      total: 0,
      outcome: 'measured',
      layer: 'pool',
      split: 'train',
      distance: 'cosine',
      centered: false,
      examples: 7,
      classes: 3,
      absentClasses: 2,
      zeroVectors: 0,
    },
  );
});

test('separation takes another layer, split and distance; absent classes are counted', async () => {
  const value = await run({
    layer: 'stem',
    split: 'test',
    distance: 'euclidean',
  });
  const expected = separationLoops(
    rowsOf(stem).slice(7),
    LABELS.slice(7),
    plainDistance,
  );
  assert.ok(Math.abs(Number(value['r2']) - expected.r2) < 1e-12);
  assert.equal(value['absentClasses'], 3);
});

test('a layer or split that is not there is named with the nearest one', async () => {
  await assert.rejects(
    run({ layer: 'pol' }),
    new NodeError(
      'There is no layer "pol" in input "features", which has "stem", "pool". Did you mean "pool"?',
    ),
  );
  await assert.rejects(
    run({ split: 'validation' }),
    new NodeError(
      'There is no split "validation" in input "features", which has "train", "test", "tune".',
    ),
  );
  await assert.rejects(
    run({ split: 'tune' }),
    new NodeError('Split "tune" of input "features" has no examples.'),
  );
});

test('equal examples are a reported case without a number', async () => {
  const equal = featuresOf({
    layers: { pool: matrix(LABELS.map(() => [1, 2, 3])) },
    labels: LABELS,
    splits: { train: [0, 12] },
    classes: 3,
  });
  const heard = { progress: [], log: [] as string[] };
  const { value } = await runKind(
    separation,
    {},
    { features: equal },
    { heard },
  );
  assert.equal(value['r2'], null);
  assert.equal(value['outcome'], 'all-examples-equal');
  assert.deepEqual(heard.log, [
    'All 12 examples of split "train" are equal in layer "pool": the total distance is 0 and there is no R².',
  ]);
});

test('a value that is not finite is named with its layer and example', async () => {
  const rows = rowsOf(pool);
  rows[9]![2] = NaN;
  const broken = featuresOf({
    layers: { pool: matrix(rows) },
    labels: LABELS,
    splits: { train: [0, 7], test: [7, 12] },
    classes: 3,
  });
  await assert.rejects(
    runKind(separation, { split: 'test' }, { features: broken }),
    /^NodeError: Layer "pool" of input "features" is NaN at example 2 of split "test"/,
  );
});

test('comparing every pair stops when it is told to', async () => {
  const labels = Array.from({ length: 600 }, (_, i) => i % 3);
  const large = featuresOf({
    layers: {
      pool: clusters(Rng.of(5, 'node'), { labels, width: 2, apart: 1 }),
    },
    labels,
    splits: { train: [0, 600] },
    classes: 3,
  });
  const signal = AbortSignal.abort(new Error('stop'));
  await assert.rejects(
    runKind(
      separation,
      { distance: 'euclidean' },
      { features: large },
      { signal },
    ),
    /stop/,
  );
});

test('further layers are measured each on its own, with collapse and densities where they are asked for', async () => {
  const value = await run({
    layers: ['stem', 'pool'],
    collapse: true,
    bins: 10,
  });
  const layers = value['layers'] as Record<string, JsonObject>;
  assert.deepEqual(Object.keys(layers), ['stem', 'pool']);
  const alone = await run({ layer: 'stem', collapse: true, bins: 10 });
  for (const name of [
    ...['r2', 'within', 'total', 'outcome', 'nc1', 'densities', 'zeroVectors'],
  ]) {
    assert.deepEqual(layers['stem']?.[name], alone[name]);
    assert.deepEqual(layers['pool']?.[name], value[name]);
  }
  assert.ok(Number(value['nc1']) > 0);
  const { within, between } = value['densities'] as JsonObject;
  for (const density of [within, between] as number[][]) {
    const mass = density.reduce((sum, share) => sum + share * 0.2, 0);
    assert.ok(Math.abs(mass - 1) < 1e-12);
  }
});
