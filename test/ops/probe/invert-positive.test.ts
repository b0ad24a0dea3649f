import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invertPositive } from '../../../src/ops/probe/invert-positive.ts';
import { rowsTimesRows } from '../../../src/ops/products.ts';
import { Rng } from '../../../src/tensor/rng.ts';

const random = (rng: Rng, length: number): Float64Array =>
  Float64Array.from({ length }, () => rng.normal());

test('a positive definite matrix times its inverse is the identity', () => {
  const rng = Rng.of(2, 'inverse');
  const size = 7;
  const factor = random(rng, size * size);
  const a = new Float64Array(size * size);
  rowsTimesRows(factor, factor, a, size, size, size);
  const inverse = Float64Array.from(a);
  invertPositive(inverse, size);
  const product = new Float64Array(size * size);
  rowsTimesRows(a, inverse, product, size, size, size);
  const identity = Float64Array.from({ length: size * size }, (_, i) =>
    i % (size + 1) === 0 ? 1 : 0,
  );
  product.forEach((value, i) => {
    assert.ok(Math.abs(value - identity[i]!) < 1e-9);
  });
});

test('a singular matrix gets a finite inverse that is positive', () => {
  // Rank one: the second direction has no length.
  const rankOne = Float64Array.of(1, 2, 2, 4);
  invertPositive(rankOne, 2);
  const [a = 0, b = 0, c = 0, d = 0] = rankOne;
  assert.ok([a, b, c, d].every(Number.isFinite));
  assert.ok(a > 0 && d > 0);
  const zeros = new Float64Array(4);
  invertPositive(zeros, 2);
  assert.deepEqual([...zeros], [1, 0, 0, 1]);
});
