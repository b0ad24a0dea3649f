import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Artifact } from '../../src/artifact/artifact.ts';
import { cka } from '../../src/nodes/cka.ts';
import { gram } from '../../src/nodes/gram.ts';
import { ndArray } from '../../src/tensor/nd-array.ts';
import { Rng } from '../../src/tensor/rng.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { featuresOf, matrix, rowsOf } from '../support/features.ts';
import { ckaLoops, unbiasedHsic } from '../support/reference/cka.ts';
import { asInput, runKind } from '../support/run-kind.ts';

const rng = Rng.of(9, 'cka');
const EXAMPLES = 30;
const LABELS = Array.from({ length: EXAMPLES }, (_, i) => i % 3);
const layer = (width: number) =>
  matrix(
    Array.from({ length: EXAMPLES }, () =>
      Array.from({ length: width }, () => rng.normal()),
    ),
  );
const network = (
  layers: Readonly<Record<string, ReturnType<typeof layer>>>,
  labels: readonly number[] = LABELS,
) =>
  featuresOf({
    layers,
    labels,
    splits: { train: [0, 4], test: [4, 30], few: [0, 3] },
    classes: 3,
  });
const stem = layer(6);
const pool = layer(4);
const left = network({ stem, pool });
const right = network({ pool: layer(4), stem: layer(5), logits: layer(3) });
const run = (
  params: JsonObject,
  sides: { left?: Artifact<'features'>; right?: Artifact<'features'> } = {},
) => runKind(cka, params, { left, right, ...sides });

test('every layer is compared with every layer, in the order of the features', async () => {
  const { value, arrays } = await run({ batch: 12 });
  assert.deepEqual(value['leftLayers'], ['stem', 'pool']);
  assert.deepEqual(value['rightLayers'], ['pool', 'stem', 'logits']);
  const found = value['matrix'] as number[][];
  const expected = ckaLoops(
    rowsOf(pool).slice(4),
    rowsOf(right.array('layer:logits', 'float32')).slice(4),
    12,
    unbiasedHsic,
  );
  assert.ok(Math.abs((found[1]?.[2] ?? NaN) - expected) < 1e-5);
  assert.deepEqual(value['layers'], {
    stem: found[0]?.[1],
    pool: found[1]?.[0],
  });
  const similarity = arrays['similarity'];
  assert.deepEqual(similarity?.shape, [2, 3]);
  assert.equal(similarity.dtype, 'float64');
  assert.deepEqual([...similarity.data], found.flat());
  assert.deepEqual(
    { ...value, matrix: 0, layers: 0, leftLayers: 0, rightLayers: 0 },
    {
      leftLayers: 0,
      rightLayers: 0,
      matrix: 0,
      layers: 0,
      kernel: 'linear',
      estimator: 'unbiased',
      split: 'test',
      batch: 12,
      batches: 2,
      examples: 24,
      droppedExamples: 2,
    },
  );
});

test('fewer examples than a batch are one batch', async () => {
  const { value } = await run({});
  assert.equal(value['batch'], 26);
  assert.equal(value['batches'], 1);
  assert.equal(value['droppedExamples'], 0);
});

test('only the layers asked for are compared, on both sides', async () => {
  const { value } = await run({ layers: ['pool'] });
  assert.deepEqual(value['leftLayers'], ['pool']);
  assert.deepEqual(value['rightLayers'], ['pool']);
  await assert.rejects(
    run({ layers: ['logits'] }),
    /^NodeError: There is no layer "logits" in input "left", which has "stem", "pool"\.$/,
  );
});

test('a network has similarity 1 to itself', async () => {
  const { value } = await run({ batch: 13 }, { right: left });
  for (const similarity of Object.values(value['layers'] as JsonObject)) {
    assert.ok(Math.abs(Number(similarity) - 1) < 1e-12);
  }
});

test('other examples on the two sides are refused', async () => {
  const other = LABELS.with(17, 2);
  assert.equal(LABELS[17], 2);
  await run({}, { right: network({ pool }, other) });
  await assert.rejects(
    run({}, { right: network({ pool }, LABELS.with(17, 1)) }),
    /^NodeError: Inputs "left" and "right" are of different examples: example 13 of split "test" has the label 2 on one side and 1 on the other\.$/,
  );
  const shorter = featuresOf({
    layers: { pool },
    labels: LABELS,
    splits: { test: [4, 29] },
    classes: 3,
  });
  await assert.rejects(
    run({}, { right: shorter }),
    /^NodeError: Split "test" has 26 examples in input "left" and 25 in input "right"/,
  );
});

test('fewer than four examples are refused', async () => {
  await assert.rejects(
    run({ split: 'few' }),
    /^NodeError: Split "few" has 3 examples; similarity needs at least 4\.$/,
  );
});

test('a layer that is constant or not finite is named', async () => {
  const constant = network({ pool, dead: matrix(LABELS.map(() => [0, 0])) });
  await assert.rejects(
    run({}, { right: constant }),
    /^NodeError: Layer "dead" of input "right" is the same for all examples of split "test", or for all but one: its similarity/,
  );
  const rows = rowsOf(pool);
  rows[20]![1] = Infinity;
  await assert.rejects(
    run({}, { left: network({ stem, pool: matrix(rows) }) }),
    /^NodeError: Layer "pool" of input "left" is Infinity at example 16 of split "test"/,
  );
});

test('it stops when it is told to', async () => {
  const signal = AbortSignal.abort(new Error('stop'));
  await assert.rejects(runKind(cka, {}, { left, right }, { signal }), /stop/);
});

test('Gram matrices that were made before give what features give', async () => {
  for (const params of [
    { batch: 12 },
    { batch: 12, estimator: 'biased' },
    { batch: 12, kernel: 'rbf', threshold: 0.8 },
  ]) {
    const made = async (features: Artifact<'features'>) =>
      asInput(await runKind(gram, params, { features }));
    const [a, b] = [await made(left), await made(right)];
    const fresh = await run(params);
    const stored = await runKind(cka, params, { left: a, right: b });
    const mixed = await runKind(cka, params, { left, right: b });
    for (const { value } of [stored, mixed]) {
      assert.deepEqual(
        { ...value, matrix: 0, layers: 0 },
        { ...fresh.value, matrix: 0, layers: 0 },
      );
      (fresh.value['matrix'] as number[][]).flat().forEach((expected, i) => {
        const actual = (value['matrix'] as number[][]).flat()[i];
        assert.ok(Math.abs((actual ?? NaN) - expected) < 1e-6);
      });
    }
  }
});

test('Gram matrices made with other settings are refused', async () => {
  const grams = asInput(
    await runKind(gram, { batch: 12 }, { features: right }),
  );
  await assert.rejects(
    runKind(cka, { batch: 13 }, { left, right: grams }),
    /^NodeError: The Gram matrices of input "right" were made with batch "12", and this node compares with batch "13": give both nodes the same "batch"\.$/,
  );
  await assert.rejects(
    runKind(cka, { batch: 12, kernel: 'rbf' }, { left, right: grams }),
    /made with kernel "linear", and this node compares with kernel "rbf"/,
  );
  await assert.rejects(
    runKind(cka, { batch: 12, layers: ['stme'] }, { left, right: grams }),
    /There is no layer "stme" in input "left".*Did you mean "stem"\?/,
  );
});

test('stored Gram matrices are normal: a layer has similarity 1 to itself, and damage is named', async () => {
  const made = await runKind(gram, { batch: 12 }, { features: left });
  for (const name of ['layer:stem', 'layer:pool']) {
    const { data } = made.arrays[name]!;
    const own = [...data].reduce((sum, value) => sum + value * value, 0);
    assert.ok(Math.abs(own - 1) < 1e-6);
  }
  const damaged = Float32Array.from(made.arrays['layer:pool']!.data);
  damaged[3] = 0.5;
  const broken = asInput({
    ...made,
    arrays: {
      ...made.arrays,
      'layer:pool': ndArray(
        'float32',
        made.arrays['layer:pool']!.shape,
        damaged,
      ),
    },
  });
  await assert.rejects(
    runKind(cka, { batch: 12 }, { left: broken, right }),
    /^NodeError: Layer "pool" of input "left" has similarity 1\.\d+ to itself instead of 1/,
  );
});

test('Gram matrices of a constant layer, or of one without a bandwidth, are refused', async () => {
  const dead = network({ dead: matrix(LABELS.map(() => [0, 0])) });
  await assert.rejects(
    runKind(gram, {}, { features: dead }),
    /^NodeError: Layer "dead" of input "features" is the same for all examples/,
  );
  await assert.rejects(
    runKind(gram, { kernel: 'rbf' }, { features: dead }),
    /^NodeError: More than half of the pairs of a minibatch are equal in layer "dead" of input "features"/,
  );
});

test('many examples of few features give from features what Gram matrices give', async () => {
  const labels = Array.from({ length: 300 }, (_, i) => i % 3);
  const many = (widths: Readonly<Record<string, number>>) =>
    featuresOf({
      layers: Object.fromEntries(
        Object.entries(widths).map(([name, width]) => [
          name,
          matrix(
            labels.map((label) =>
              Array.from({ length: width }, () => label + rng.normal()),
            ),
          ),
        ]),
      ),
      labels,
      splits: { test: [0, 300] },
      classes: 3,
    });
  const [a, b] = [many({ stem: 2, pool: 3 }), many({ pool: 4 })];
  for (const estimator of ['unbiased', 'biased']) {
    const params = { batch: 150, estimator };
    const fromFeatures = await runKind(cka, params, { left: a, right: b });
    const grams = asInput(await runKind(gram, params, { features: b }));
    const fromGrams = await runKind(cka, params, { left: a, right: grams });
    const [found = [], expected = []] = [fromFeatures, fromGrams].map(
      ({ value }) => (value['matrix'] as number[][]).flat(),
    );
    assert.equal(found.length, 2);
    found.forEach((value, i) => {
      assert.ok(Math.abs(value - expected[i]!) < 1e-6);
    });
  }
});
