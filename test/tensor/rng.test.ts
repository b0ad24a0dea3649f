import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mix32, Rng } from '../../src/tensor/rng.ts';

test('the generator is xoshiro128**', () => {
  // First outputs from the words 1, 2, 3, 4: the published test vector of the C reference.
  const rng = Rng.from({ words: [1, 2, 3, 4], spare: null });
  assert.deepEqual(
    Array.from({ length: 10 }, () => rng.uint32()),
    [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034,
      3734860849, 3729100597, 4258142804,
    ],
  );
});

test('the mixer is the hash of the shape world', () => {
  // mini-experiment, port check: h(1) = 1753845952.
  assert.equal(mix32(1), 1753845952);
});

test('purposes and seeds have streams of their own', () => {
  const first = (seed: number, purpose: string): number =>
    Rng.of(seed, purpose).uint32();
  const drawn = [
    first(0, 'weights'),
    first(1, 'weights'),
    first(0, 'shuffle'),
    first(0, 'weight'),
    first(0, ''),
  ];
  assert.equal(new Set(drawn).size, drawn.length);
  assert.equal(first(0, 'weights'), first(0, 'weights'));
});

test('a generator goes on from its state, a spare normal included', () => {
  const rng = Rng.of(7, 'test');
  rng.normal();
  const copy = Rng.from(structuredClone(rng.state));
  assert.deepEqual(
    Array.from({ length: 5 }, () => copy.normal()),
    Array.from({ length: 5 }, () => rng.normal()),
  );
});

test('normal numbers have mean 0, deviation 1 and light tails', () => {
  const rng = Rng.of(3, 'test');
  const count = 100_000;
  let sum = 0;
  let squares = 0;
  let fourths = 0;
  for (let i = 0; i < count; i++) {
    const x = rng.normal();
    sum += x;
    squares += x * x;
    fourths += x ** 4;
  }
  // Standard errors are 0.003, 0.0045 and 0.03 at this count; six of them are allowed.
  assert.ok(Math.abs(sum / count) < 0.02);
  assert.ok(Math.abs(squares / count - 1) < 0.03);
  // A uniform of the same deviation has 1.8, a Laplace 6.
  assert.ok(Math.abs(fourths / count - 3) < 0.2);
});

test('below reaches every value about equally often and never the bound', () => {
  const rng = Rng.of(5, 'test');
  const counts = new Int32Array(7);
  for (let i = 0; i < 70_000; i++) counts[rng.below(7)]!++;
  assert.ok(counts.every((count) => Math.abs(count - 10_000) < 600));
  assert.equal(rng.below(1), 0);
});

test('a permutation holds every index once and is not the identity', () => {
  const order = Rng.of(1, 'shuffle').permutation(1000);
  assert.notDeepEqual(
    [...order],
    [...order].sort((a, b) => a - b),
  );
  assert.deepEqual(
    [...order].sort((a, b) => a - b),
    Array.from({ length: 1000 }, (_, index) => index),
  );
});
