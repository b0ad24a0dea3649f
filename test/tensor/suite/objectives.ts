import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tf } from '../../../src/tensor/tf.ts';
import {
  cosineSoftmaxLoops,
  dividedByNormalised,
  dropoutLoops,
  extraL2Loops,
  labelSmoothingLoops,
  logitNormalizationLoops,
  logitPenaltyLoops,
  sigmoidLoops,
  softmaxLoops,
  squaredErrorLoops,
} from '../../support/reference/objectives.ts';
import {
  lossesOf,
  proveObjective,
  someHead,
  tensorsOf,
  trained,
} from '../../ops/loss/prove-objective.ts';

const scaleOf = { 'rate-scale': 1 };

/** Every objective of the study on the opened backend: values and gradients. */
export function objectiveSuite(): void {
  test('softmax is the cross-entropy of the label', async () => {
    await proveObjective({
      setting: { type: 'softmax', ...scaleOf },
      head: someHead(),
      loops: softmaxLoops,
      wrong: {
        'base-2 logarithm': (head) => {
          const right = softmaxLoops(head);
          return { ...right, loss: right.loss.map((one) => one / Math.LN2) };
        },
        'probability of another class': (head) =>
          softmaxLoops({
            ...head,
            labels: head.labels.map((y) => (y + 1) % 3),
          }),
      },
    });
  });

  test('label smoothing is rescaled by 1 / (1 - alpha)', async () => {
    await proveObjective({
      setting: { type: 'label-smoothing', alpha: 0.3, ...scaleOf },
      head: someHead(),
      loops: labelSmoothingLoops(0.3),
      wrong: {
        'without the rescale': labelSmoothingLoops(0.3, false),
        'no smoothing': softmaxLoops,
      },
    });
  });

  test('dropout divides what it keeps by the share that it keeps', async () => {
    await proveObjective({
      setting: { type: 'dropout', keep: 0.6, ...scaleOf },
      head: someHead({ masked: true }),
      loops: dropoutLoops(0.6),
      wrong: {
        'without the rescale': dropoutLoops(0.6, false),
        'the share that is dropped': dropoutLoops(0.4),
        'no mask': softmaxLoops,
      },
    });
  });

  test('extra L2 adds half of the squared norm of the weights once', async () => {
    await proveObjective({
      setting: { type: 'extra-l2', lambda: 0.4, ...scaleOf },
      head: someHead(),
      loops: extraL2Loops(0.4),
      wrong: {
        'without the half': extraL2Loops(0.4, { half: 1 }),
        'the bias as well': extraL2Loops(0.4, { bias: true }),
      },
    });
    // In the loss of each example the mean would be the same, but a loss of two batches would count it twice.
    const { loss } = await lossesOf(
      { type: 'extra-l2', lambda: 0.4, ...scaleOf },
      someHead(),
    );
    assert.deepEqual(
      loss,
      (await lossesOf({ type: 'softmax', ...scaleOf }, someHead())).loss,
    );
  });

  test('the logit penalty is half of the squared norm, a sum over classes', async () => {
    await proveObjective({
      setting: { type: 'logit-penalty', beta: 0.3, ...scaleOf },
      head: someHead(),
      loops: logitPenaltyLoops(0.3),
      wrong: {
        'without the half': logitPenaltyLoops(0.3, { half: 1 }),
        'mean over classes': logitPenaltyLoops(0.3, { mean: true }),
      },
    });
  });

  test('logit normalization divides by the norm of the logits', async () => {
    await proveObjective({
      setting: { type: 'logit-normalization', temperature: 0.2, ...scaleOf },
      head: someHead(),
      loops: logitNormalizationLoops(0.2),
      wrong: {
        'divided by the normalised vector': logitNormalizationLoops(
          0.2,
          dividedByNormalised,
        ),
        'divided by the squared norm': logitNormalizationLoops(0.2, (z) =>
          z.map(() => z.reduce((total, value) => total + value * value, 0)),
        ),
        'multiplied by the temperature': logitNormalizationLoops(1 / 0.2),
      },
    });
  });

  test('cosine softmax normalises features and weights, without a bias', async () => {
    await proveObjective({
      setting: {
        type: 'cosine-softmax',
        temperature: 0.1,
        'normalize-features': true,
        bias: false,
        ...scaleOf,
      },
      head: someHead(),
      loops: cosineSoftmaxLoops(0.1),
      wrong: {
        'features not normalised': cosineSoftmaxLoops(0.1, { features: false }),
        'weights not normalised': cosineSoftmaxLoops(0.1, { weights: false }),
        'a bias': cosineSoftmaxLoops(0.1, { bias: true }),
        'multiplied by the temperature': cosineSoftmaxLoops(1 / 0.1),
      },
    });
  });

  test('cosine softmax of the released code has a bias inside the temperature and plain features', async () => {
    await proveObjective({
      setting: {
        type: 'cosine-softmax',
        temperature: 0.5,
        'normalize-features': false,
        bias: true,
        ...scaleOf,
      },
      head: someHead(),
      loops: cosineSoftmaxLoops(0.5, { features: false, bias: true }),
      wrong: {
        'features normalised': cosineSoftmaxLoops(0.5, { bias: true }),
        'no bias': cosineSoftmaxLoops(0.5, { features: false }),
        'bias outside of the temperature': (head) =>
          cosineSoftmaxLoops(0.5, { features: false, bias: true })({
            ...head,
            b: head.b.map((bias) => bias * 0.5),
          }),
      },
    });
  });

  test('sigmoid subtracts log K and sums over classes', async () => {
    await proveObjective({
      setting: { type: 'sigmoid', ...scaleOf },
      head: someHead(),
      loops: sigmoidLoops(),
      wrong: {
        'without - log K': sigmoidLoops({ shifted: false }),
        'mean over classes': sigmoidLoops({ mean: true }),
      },
    });
  });

  test('squared error is a mean over classes, weighted at the label', async () => {
    const settings = { kappa: 4, target: 2.5, scale: 0.7 };
    await proveObjective({
      setting: { type: 'squared-error', ...settings, ...scaleOf },
      head: someHead(),
      loops: squaredErrorLoops(settings),
      wrong: {
        'sum over classes': squaredErrorLoops(settings, { mean: false }),
        'kappa left out': squaredErrorLoops({ ...settings, kappa: 1 }),
        'target 1': squaredErrorLoops({ ...settings, target: 1 }),
      },
    });
  });

  test('an objective keeps no tensors but those it returns', () => {
    const head = tensorsOf(someHead());
    const before = tf.memory().numTensors;
    const { loss, outputs, penalty } = trained({
      type: 'extra-l2',
      lambda: 1,
      ...scaleOf,
    }).train(head);
    assert.equal(tf.memory().numTensors, before + 3);
    tf.dispose([loss, outputs]);
    penalty?.dispose();
    assert.equal(tf.memory().numTensors, before);
    tf.dispose(head);
  });
}
