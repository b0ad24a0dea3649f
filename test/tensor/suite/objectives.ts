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
  regularizedLoops,
  sigmoidLoops,
  sigmoidOfSmoothedLoops,
  softmaxLoops,
  squaredErrorLoops,
  squaredErrorOfSmoothedLoops,
  type PlainHead,
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

  test('every objective takes every regulariser: cosine softmax with all four', async () => {
    const regularizers = { alpha: 0.2, keep: 0.6, lambda: 0.4, beta: 0.3 };
    const cosines = (head: PlainHead): number[][] =>
      cosineSoftmaxLoops(1)(head).outputs;
    const base = cosineSoftmaxLoops(0.5);
    const right = { penalised: cosines };
    await proveObjective({
      setting: {
        type: 'cosine-softmax',
        temperature: 0.5,
        'normalize-features': true,
        bias: false,
        ...regularizers,
        ...scaleOf,
      },
      head: someHead({ masked: true }),
      loops: regularizedLoops(base, regularizers, right),
      wrong: {
        'penalty of what is divided by the temperature': regularizedLoops(
          base,
          regularizers,
          { penalised: (head) => base(head).outputs },
        ),
        'penalty of x W + b': regularizedLoops(base, regularizers),
        'smoothing without the rescale': regularizedLoops(base, regularizers, {
          ...right,
          rescaled: false,
        }),
        ...Object.fromEntries(
          Object.keys(regularizers)
            // A cosine is the same of a vector and of its multiple: only the mask tells, which is left.
            .filter((name) => name !== 'keep')
            .map((name) => [
              `no ${name}`,
              regularizedLoops(base, { ...regularizers, [name]: 0 }, right),
            ]),
        ),
        'no mask': (head) =>
          regularizedLoops(
            base,
            regularizers,
            right,
          )({ ...head, mask: head.x.map((row) => row.map(() => 0.6)) }),
      },
    });
  });

  test('logit normalization takes a penalty of the logits before they are scaled', async () => {
    const base = logitNormalizationLoops(0.2);
    await proveObjective({
      setting: {
        type: 'logit-normalization',
        temperature: 0.2,
        beta: 0.3,
        ...scaleOf,
      },
      head: someHead(),
      loops: regularizedLoops(base, { beta: 0.3 }),
      wrong: {
        'of the scaled ones': regularizedLoops(
          base,
          { beta: 0.3 },
          { penalised: (head) => base(head).outputs },
        ),
      },
    });
  });

  test('sigmoid with smoothed labels is the mixture of the losses of all classes', async () => {
    await proveObjective({
      setting: { type: 'sigmoid', alpha: 0.3, ...scaleOf },
      head: someHead(),
      loops: regularizedLoops(sigmoidLoops(), { alpha: 0.3 }),
      wrong: {
        'rescaled labels, and softplus once': sigmoidOfSmoothedLoops(0.3),
        'without the rescale': regularizedLoops(
          sigmoidLoops(),
          { alpha: 0.3 },
          { rescaled: false },
        ),
      },
    });
  });

  test('squared error with smoothed labels is the mixture of the errors, not the error of the mixture', async () => {
    const settings = { kappa: 4, target: 2.5, scale: 0.7 };
    const base = squaredErrorLoops(settings);
    await proveObjective({
      setting: {
        type: 'squared-error',
        ...settings,
        alpha: 0.3,
        keep: 0.6,
        ...scaleOf,
      },
      head: someHead({ masked: true }),
      loops: regularizedLoops(base, { alpha: 0.3, keep: 0.6 }),
      wrong: {
        'error of the mixture': squaredErrorOfSmoothedLoops(settings, 0.3),
        'dropout without the rescale': regularizedLoops(base, { alpha: 0.3 }),
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
