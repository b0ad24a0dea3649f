import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fillDefaults } from '../../../src/kind/fill-defaults.ts';
import { Tagged } from '../../../src/kind/schema.ts';
import { ShapeError } from '../../../src/ops/check.ts';
import {
  bindObjective,
  objectiveSettings,
  type ObjectiveName,
  type ObjectiveSetting,
} from '../../../src/ops/loss/bind-objective.ts';
import { objectives } from '../../../src/ops/loss/index.ts';
import { openBackend } from '../../../src/tensor/backend.ts';
import { tf, type Tensor, type Tensor2D } from '../../../src/tensor/tf.ts';
import type { JsonObject } from '../../../src/util/json.ts';
import { relativeDistance } from '../../support/assert-close.ts';
import { inScope } from '../../support/in-scope.ts';
import {
  cosineSoftmaxLoops,
  logitLoops,
  logitNormalizationLoops,
  sigmoidLoops,
  squaredErrorLoops,
  type PlainHead,
} from '../../support/reference/objectives.ts';
import {
  lossesOf,
  predictionsOf,
  someHead,
  tensorsOf,
  trained,
} from './prove-objective.ts';

before(() => openBackend('wasm'));

/** An objective with its defaults, as the program fills them in. */
const withDefaults = (setting: JsonObject): ObjectiveSetting =>
  fillDefaults(
    Tagged(objectiveSettings, { description: '' }),
    setting,
  ) as ObjectiveSetting;

const names = Object.keys(objectives) as ObjectiveName[];
const trainedNames = names.filter((name) => name !== 'untrained');

/** A head of 1 feature, whose logits are x · W. */
const logitsHead = (logits: readonly number[], label: number): PlainHead => ({
  x: [[1]],
  W: [[...logits]],
  b: logits.map(() => 0),
  labels: [label],
});

/** Largest gradient of features and weights, absolute; NaN if one is. */
function largestSlope(
  setting: ObjectiveSetting,
  head: PlainHead,
): Promise<number> {
  return inScope(async () => {
    const { labels, bias, features, weights } = tensorsOf(head);
    const mask = setting.type === 'dropout' ? tf.onesLike(features) : undefined;
    const slopes = tf.grads((...[x, W]: Tensor[]) => {
      const { loss } = trained(setting).train({
        features: x as Tensor2D,
        weights: W as Tensor2D,
        bias,
        labels,
        ...(mask && { mask }),
      });
      return loss.mean();
    })([features, weights]);
    const sizes = await Promise.all(slopes.map((slope) => slope.abs().data()));
    return Math.max(...sizes.flatMap((size) => [...size]));
  });
}

test('defaults are the values that the paper tuned on ImageNet', () => {
  assert.deepEqual(
    trainedNames.map((name) => withDefaults({ type: name })),
    [
      { type: 'softmax', 'rate-scale': 1 },
      { type: 'label-smoothing', alpha: 0.1, 'rate-scale': 1 },
      { type: 'dropout', keep: 0.7, 'rate-scale': 1 },
      { type: 'extra-l2', lambda: 8e-4, 'rate-scale': 1 },
      { type: 'logit-penalty', beta: 6e-4, 'rate-scale': 1 },
      { type: 'logit-normalization', temperature: 0.04, 'rate-scale': 1 },
      {
        type: 'cosine-softmax',
        temperature: 0.05,
        'normalize-features': true,
        bias: false,
        'rate-scale': 1,
      },
      { type: 'sigmoid', 'rate-scale': 1 },
      {
        type: 'squared-error',
        kappa: 9,
        target: 60,
        scale: 10,
        'rate-scale': 1,
      },
    ],
  );
});

for (const name of trainedNames) {
  test(`${name} and its gradient are finite for logits of ten thousand`, async () => {
    const setting = withDefaults({ type: name });
    const head = logitsHead([1e4, -1e4, 3e3], 1);
    const masked = name === 'dropout' ? { ...head, mask: [[1]] } : head;
    const { loss } = await lossesOf(setting, masked);
    assert.ok(Number.isFinite(loss[0]), `loss ${String(loss[0])}`);
    assert.ok(Number.isFinite(await largestSlope(setting, head)));
  });

  test(`${name} and its gradient are finite for features and weights of zero`, async () => {
    const setting = withDefaults({ type: name });
    const zero: PlainHead = {
      x: [[0, 0]],
      W: [
        [0, 0, 0],
        [0, 0, 0],
      ],
      b: [0, 0, 0],
      labels: [2],
      ...(name === 'dropout' && { mask: [[0, 0]] }),
    };
    const { loss } = await lossesOf(setting, zero);
    assert.ok(Number.isFinite(loss[0]));
    assert.ok(Number.isFinite(await largestSlope(setting, zero)));
  });
}

test('a logit that is ten thousand above the label costs ten thousand', async () => {
  const { loss } = await lossesOf(
    { type: 'softmax', 'rate-scale': 1 },
    logitsHead([1e4, 0, -1e4], 1),
  );
  assert.equal(loss[0], 1e4);
});

test('settings at their neutral value are softmax', async () => {
  const head = someHead();
  const expected = await lossesOf({ type: 'softmax', 'rate-scale': 1 }, head);
  for (const setting of [
    { type: 'label-smoothing', alpha: 0 },
    { type: 'dropout', keep: 1 },
    { type: 'extra-l2', lambda: 0 },
    { type: 'logit-penalty', beta: 0 },
  ]) {
    assert.deepEqual(await lossesOf(withDefaults(setting), head), expected);
  }
});

test('a regulariser makes softmax the objective that is named after it, to the bit', async () => {
  const named: readonly [JsonObject, JsonObject][] = [
    [{ type: 'label-smoothing', alpha: 0.3 }, { alpha: 0.3 }],
    [{ type: 'extra-l2', lambda: 0.02 }, { lambda: 0.02 }],
    [{ type: 'logit-penalty', beta: 0.2 }, { beta: 0.2 }],
    [{ type: 'dropout', keep: 0.6 }, { keep: 0.6 }],
  ];
  for (const [setting, regularizer] of named) {
    const head = someHead({ masked: 'keep' in regularizer });
    assert.deepEqual(
      await lossesOf(withDefaults({ type: 'softmax', ...regularizer }), head),
      await lossesOf(withDefaults(setting), head),
    );
  }
});

test('regularisers that do nothing leave no trace in the setting', () => {
  const nothing = { alpha: 0, keep: 1, lambda: 0, beta: 0 };
  const bound = bindObjective(withDefaults({ type: 'sigmoid', ...nothing }));
  assert.deepEqual(bound.setting, { type: 'sigmoid', 'rate-scale': 1 });
  assert.equal(bound.keep, null);
  const some = withDefaults({ type: 'sigmoid', ...nothing, beta: 0.1 });
  assert.deepEqual(bindObjective(some).setting, {
    ...{ type: 'sigmoid', 'rate-scale': 1, beta: 0.1 },
  });
});

for (const name of trainedNames) {
  test(`${name} is linear in the labels: mixed examples mix their losses`, async () => {
    const setting = withDefaults({ type: name });
    const head = someHead({ masked: name === 'dropout' });
    const partners = head.labels.map((label) => (label + 1) % 3);
    const share = 0.3;
    const lossesFor = async (labels: Tensor2D): Promise<number[]> => {
      const loss = tf.tidy(
        () => trained(setting).train({ ...tensorsOf(head), labels }).loss,
      );
      return [...(await loss.data())];
    };
    const own = tensorsOf(head).labels;
    const other = tensorsOf({ ...head, labels: partners }).labels;
    const [a, b] = [await lossesFor(own), await lossesFor(other)];
    const mixed = await lossesFor(own.mul(share).add(other.mul(1 - share)));
    const penalties = await lossesFor(tf.zerosLike(own));
    assert.ok(
      relativeDistance(
        mixed,
        a.map((loss, n) => share * loss + (1 - share) * b[n]!),
      ) < 3e-6,
    );
    // Twice the labels are twice the loss, beside a penalty that sees no labels.
    assert.ok(
      relativeDistance(
        await lossesFor(own.mul(2)),
        a.map((loss, n) => 2 * loss - penalties[n]!),
      ) < 3e-6,
    );
  });
}

test('zero logits stay zero when they are normalised', async () => {
  const { loss, outputs } = await lossesOf(
    withDefaults({ type: 'logit-normalization' }),
    logitsHead([0, 0, 0, 0], 1),
  );
  assert.deepEqual(outputs, [0, 0, 0, 0]);
  assert.ok(Math.abs(loss[0]! - Math.log(4)) < 1e-6);
});

test('norms have a floor, not an epsilon', async () => {
  // ‖z‖ = 5e-4: an epsilon of 1e-4 on the norm would leave [2.5, -3.3], one of 1e-6 on its square [1.3, -1.8].
  const short = await lossesOf(
    withDefaults({ type: 'logit-normalization', temperature: 0.2 }),
    logitsHead([3e-4, -4e-4], 0),
  );
  assert.ok(relativeDistance(short.outputs, [3, -4]) < 1e-6);
  // ‖z‖ = 5e-7 is below the floor of 1e-6, by which it is divided.
  const shorter = await lossesOf(
    withDefaults({ type: 'logit-normalization', temperature: 0.2 }),
    logitsHead([3e-7, -4e-7], 0),
  );
  assert.ok(relativeDistance(shorter.outputs, [1.5, -2]) < 1e-6);
});

test('sigmoid starts at about log K + 1', async () => {
  const classes = 1001;
  const { loss } = await lossesOf(
    { type: 'sigmoid', 'rate-scale': 1 },
    logitsHead(new Array<number>(classes).fill(0), 7),
  );
  assert.ok(Math.abs(loss[0]! - (Math.log(classes) + 1)) < 0.01);
});

test('squared error starts at the size that the published settings imply', async () => {
  // 10 · 9 · 60² / 1001 = 323.7; with a sum over classes it would be 324,000.
  const { loss } = await lossesOf(
    withDefaults({ type: 'squared-error' }),
    logitsHead(new Array<number>(1001).fill(0), 7),
  );
  assert.ok(Math.abs(loss[0]! - 323.677) < 1e-2);
});

test('predictions are scaled as the objective scales them, and logits are what came before', async () => {
  const head = someHead();
  const plain = logitLoops(head).flat();
  const cosines = cosineSoftmaxLoops(1)(head).outputs.flat();
  const squared = { kappa: 9, target: 60, scale: 10 };
  const expected: [
    JsonObject & { readonly type: string },
    number[],
    number[],
  ][] = [
    [{ type: 'softmax' }, plain, plain],
    [{ type: 'untrained' }, plain, plain],
    [{ type: 'dropout', keep: 0.5 }, plain, plain],
    [{ type: 'label-smoothing' }, plain, plain],
    [
      { type: 'squared-error' },
      plain,
      squaredErrorLoops(squared)(head).outputs.flat(),
    ],
    [{ type: 'sigmoid' }, plain, sigmoidLoops()(head).outputs.flat()],
    [
      { type: 'logit-normalization', temperature: 0.2 },
      plain,
      logitNormalizationLoops(0.2)(head).outputs.flat(),
    ],
    [
      { type: 'cosine-softmax', temperature: 0.2 },
      cosines,
      cosines.map((cosine) => cosine / 0.2),
    ],
  ];
  for (const [setting, logits, outputs] of expected) {
    const actual = await predictionsOf(withDefaults(setting), head);
    assert.ok(relativeDistance(actual.logits, logits) < 3e-6, setting.type);
    assert.ok(relativeDistance(actual.outputs, outputs) < 3e-6, setting.type);
  }
});

test('the share that dropout keeps and the scale of the rate can be read', () => {
  const bound = bindObjective({ type: 'dropout', keep: 0.8, 'rate-scale': 2 });
  assert.equal(bound.keep, 0.8);
  assert.equal(bound.rateScale, 2);
  const none = bindObjective({ type: 'untrained' });
  assert.equal(none.keep, null);
  assert.equal(none.rateScale, 1);
  assert.equal(none.train, null);
});

test('shapes that do not fit together are refused by name', () => {
  const good = tensorsOf(someHead());
  const cube: Tensor = tf.zeros([4, 3, 1]);
  const { train } = trained({ type: 'softmax', 'rate-scale': 1 });
  assert.throws(
    () => train({ ...good, bias: tf.zeros([4]) }),
    new ShapeError('Internal error: "bias" must be [3], but is [4]'),
  );
  assert.throws(
    () => train({ ...good, labels: tf.zeros([5, 4]) }),
    new ShapeError('Internal error: "labels" must be [5, 3], but is [5, 4]'),
  );
  assert.throws(
    () => train({ ...good, features: tf.zeros([5, 3]) }),
    new ShapeError('Internal error: "features" must be [5, 4], but is [5, 3]'),
  );
  assert.throws(
    () => train({ ...good, weights: cube as Tensor2D }),
    /"weights" must have 2 axes/,
  );
});

test('a mask is asked for where features are dropped, and refused elsewhere', () => {
  const masked = tensorsOf(someHead({ masked: true }));
  const plain = tensorsOf(someHead());
  assert.throws(
    () => trained(withDefaults({ type: 'softmax' })).train(masked),
    /drops nothing/,
  );
  assert.throws(
    () => trained(withDefaults({ type: 'dropout' })).train(plain),
    /needs a mask/,
  );
});
