import assert from 'node:assert/strict';
import { test } from 'node:test';
import { halfCosine } from '../../../src/ops/optimizer/half-cosine.ts';
import { rateAt, type RatePlan } from '../../../src/ops/optimizer/schedule.ts';

/** The miniature study: 12 epochs of 46 steps, one of them warm-up. */
const MINI: RatePlan = {
  rate: 0.2,
  epochs: 12,
  stepsPerEpoch: 46,
  warmUp: 1,
  schedule: { type: 'cosine' },
};
const STEPS = 552;

test('half a cosine is that of the mathematics library to the last bits', () => {
  for (let i = 0; i <= 10_000; i++) {
    const t = i / 10_000;
    const expected = Math.cos((Math.PI * t) / 2) ** 2;
    assert.ok(Math.abs(halfCosine(t) - expected) < 3e-16, String(t));
  }
  assert.equal(halfCosine(0), 1);
  assert.equal(halfCosine(1), 0);
  // The smallest rate of a long training is right in all its digits, not only beside 1.
  const late = 1 - 1e-4;
  const exact = Math.sin((Math.PI * (1 - late)) / 2) ** 2;
  assert.ok(Math.abs(halfCosine(late) / exact - 1) < 1e-14);
});

test('the warm-up is linear, never 0, and full at its last step', () => {
  assert.equal(rateAt(0, MINI), 0.2 / 46);
  assert.equal(rateAt(22, MINI), (0.2 * 23) / 46);
  assert.equal(rateAt(45, MINI), 0.2);
  assert.equal(rateAt(46, MINI), 0.2);
});

test('the cosine is counted from the end of the warm-up and not yet 0 at the last step', () => {
  for (const step of [46, 100, 299, STEPS - 1]) {
    const expected =
      0.2 * 0.5 * (1 + Math.cos((Math.PI * (step - 46)) / (STEPS - 46)));
    assert.ok(Math.abs(rateAt(step, MINI) - expected) < 1e-15);
    // Counted from the first step it would be another rate.
    const fromStart = 0.2 * 0.5 * (1 + Math.cos((Math.PI * step) / STEPS));
    assert.ok(Math.abs(rateAt(step, MINI) - fromStart) > 1e-7);
  }
  assert.ok(rateAt(STEPS - 1, MINI) > 0);
});

test('the exponential falls after each whole epoch, counted from the end of the warm-up', () => {
  const plan: RatePlan = {
    ...MINI,
    warmUp: 0.5,
    schedule: { type: 'exponential', factor: 0.5 },
  };
  assert.equal(rateAt(22, plan), 0.2);
  assert.equal(rateAt(23 + 45, plan), 0.2);
  assert.equal(rateAt(23 + 46, plan), 0.1);
  assert.equal(rateAt(23 + 3 * 46, plan), 0.025);
});

test('a warm-up of a part of an epoch is rounded to whole steps', () => {
  // 0.1 · 46 = 4.6 steps are 5, and 0.09 · 46 = 4.14 are 4.
  const five = { ...MINI, warmUp: 0.1 };
  assert.equal(rateAt(3, five), (0.2 * 4) / 5);
  assert.equal(rateAt(4, five), 0.2);
  const four = { ...MINI, warmUp: 0.09 };
  assert.equal(rateAt(2, four), (0.2 * 3) / 4);
  assert.equal(rateAt(3, four), 0.2);
});

test('without warm-up the first step has the full rate', () => {
  assert.equal(rateAt(0, { ...MINI, warmUp: 0 }), 0.2);
});

test('a constant rate stays, and a warm-up longer than the training never ends', () => {
  const constant: RatePlan = { ...MINI, schedule: { type: 'constant' } };
  assert.equal(rateAt(STEPS - 1, constant), 0.2);
  const long: RatePlan = { ...MINI, warmUp: 24 };
  assert.equal(rateAt(STEPS - 1, long), 0.1);
});
