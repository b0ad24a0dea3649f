import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { extract } from '../../src/nodes/extract.ts';
import { finetune } from '../../src/nodes/finetune.ts';
import { train } from '../../src/nodes/train.ts';
import { openBackend } from '../../src/tensor/backend.ts';
import { bars } from '../model/tiny.ts';
import { datasetOf } from '../support/images.ts';
import { asInput, runKind } from '../support/run-kind.ts';

before(() => openBackend('wasm'));

/** Backends and kernels round in their own ways; after some fifty steps that has grown to about 1e-4. */
const TOLERANCE = 2e-3;

/** What the kinds gave when they had these versions. */
const GOLDEN = {
  train: {
    version: 2,
    losses: [1.0925, 1.0783, 1.0028, 0.9139, 0.8322],
    poolOfTest: 0.5162,
  },
  extract: { version: 2, stem: 0.3555 },
  finetune: {
    version: 3,
    accuracy: 20 / 30,
    fitLoss: 1.0489,
    tuneAccuracy: 17 / 26,
  },
};

/** The penalty's coefficient is 1e-4, as it was when "weight-decay" was not divided by the rate. */
const TUNING = {
  length: { type: 'epochs', count: 2 },
  batch: 16,
  rate: 0.02,
  'weight-decay': 2e-6,
  augmentation: { shift: 0 },
};

test('the outputs of train, extract and finetune are those of their versions', async () => {
  const source = bars({ examples: 120, seed: 5 });
  const splits = { train: [0, 64], tune: [64, 90], test: [90, 120] } as const;
  const data = datasetOf(source, splits);
  const made = await runKind(
    train,
    {
      loss: { type: 'dropout', keep: 0.8 },
      model: {
        type: 'resnet',
        widths: [4, 8],
        strides: [1, 2],
        blocks: [1, 1],
      },
      epochs: 5,
      batch: 16,
      rate: 0.1,
      augmentation: { shift: 1, flip: true },
    },
    { data },
  );
  const model = asInput(made);
  const features = await runKind(
    extract,
    { layers: ['stem', 'pool'], splits: ['test'] },
    { model, data },
  );
  const tuned = await runKind(
    finetune,
    { ...TUNING, refit: true },
    { model, data },
  );
  const tried = await runKind(finetune, TUNING, { model, data });
  const mean = (layer: string): number => {
    const values = Array.from(features.arrays[`layer:${layer}`]!.data);
    return values.reduce((total, value) => total + value, 0) / values.length;
  };
  const check = (
    kind: { readonly name: string; readonly version: number },
    golden: Readonly<Record<string, number | readonly number[]>>,
    actual: Readonly<Record<string, number | readonly number[]>>,
  ): void => {
    const { version, ...expected } = golden;
    const message = `the output of "${kind.name}" changed to ${JSON.stringify(actual)}: bump its version, or fix the change`;
    assert.equal(kind.version, version, message);
    assert.deepEqual(Object.keys(actual), Object.keys(expected));
    const numbers = Object.values(actual).flat();
    Object.values(expected)
      .flat()
      .forEach((value, i) => {
        assert.ok(Math.abs(numbers[i]! - value) < TOLERANCE, message);
      });
  };
  check(train, GOLDEN.train, {
    losses: made.value.epochs.map(({ loss }) => loss),
    poolOfTest: mean('pool'),
  });
  check(extract, GOLDEN.extract, { stem: mean('stem') });
  check(finetune, GOLDEN.finetune, {
    accuracy: Number(tuned.value['accuracy']),
    fitLoss: Number(tuned.value['fitLoss']),
    tuneAccuracy: Number(tried.value['tuneAccuracy']),
  });
});
