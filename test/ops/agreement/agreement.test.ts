import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  scoreEnsemble,
  shareOfEqual,
} from '../../../src/ops/agreement/agreement.ts';
import { assertClose } from '../../support/assert-close.ts';
import { FLOAT64 } from '../../support/tolerances.ts';

test('agreement is the share of equal predictions', () => {
  const left = Int32Array.of(0, 1, 2, 2);
  assert.equal(shareOfEqual(left, Int32Array.of(0, 2, 2, 1)), 0.5);
  assert.equal(shareOfEqual(left, left), 1);
});

test('an ensemble is the mean of probabilities, not of votes or of logarithms', () => {
  // Two members are a little for class 0, one is sure of class 1. Votes say 0; so does the mean of logarithms for the second
  // example, where a member rules class 1 out.
  const members = [
    [0.6, 0.4, 0.7, 0.3],
    [0.6, 0.4, 1, 0],
    [0.1, 0.9, 0, 1],
  ];
  const sum = Float64Array.from({ length: 4 }, (_, at) =>
    members.reduce((total, member) => total + member[at]!, 0),
  );
  const { accuracy, nll } = scoreEnsemble(sum, 3, Int32Array.of(1, 1));
  assert.equal(accuracy, 0.5);
  assertClose([nll], [-(Math.log(1.7 / 3) + Math.log(1.3 / 3)) / 2], FLOAT64);
});

test('of equal means the first class is predicted, and a probability of 0 counts as the smallest float32', () => {
  const tie = scoreEnsemble(Float64Array.of(1, 1), 2, Int32Array.of(1));
  assert.equal(tie.accuracy, 0);
  const none = scoreEnsemble(Float64Array.of(2, 0), 2, Int32Array.of(1));
  assertClose([none.nll], [149 * Math.LN2], FLOAT64);
});
