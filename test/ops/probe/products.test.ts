import assert from 'node:assert/strict';
import { test } from 'node:test';
import { invertPositive } from '../../../src/ops/probe/invert-positive.ts';
import {
  columnsTimesColumns,
  rowsTimesRows,
} from '../../../src/ops/probe/products.ts';
import { Rng } from '../../../src/tensor/rng.ts';

const random = (rng: Rng, length: number): Float64Array =>
  Float64Array.from({ length }, () => rng.normal());
const assertClose = (actual: Float64Array, expected: Float64Array) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(
      Math.abs(value - expected[i]!) < 1e-12,
      `${value} is not ${expected[i]!} at ${i}`,
    );
  });
};

test('products equal the plain loops for all remainders of their blocks', () => {
  const rng = Rng.of(1, 'products');
  for (const rows of [1, 2, 3, 4, 5, 6, 7, 9]) {
    for (const count of [1, 2, 3, 4, 5, 7, 8]) {
      for (const width of [1, 3, 6]) {
        const x = random(rng, rows * width);
        const w = random(rng, count * width);
        const r = random(rng, rows * count);
        const xw = new Float64Array(rows * count);
        const rx = new Float64Array(count * width);
        for (let i = 0; i < rows; i++) {
          for (let k = 0; k < count; k++) {
            for (let j = 0; j < width; j++) {
              xw[i * count + k]! += x[i * width + j]! * w[k * width + j]!;
              rx[k * width + j]! += r[i * count + k]! * x[i * width + j]!;
            }
          }
        }
        // What was there before must not shine through.
        const out = random(rng, rows * count);
        rowsTimesRows(x, w, out, rows, width, count);
        assertClose(out, xw);
        const transposed = random(rng, count * width);
        columnsTimesColumns(r, x, transposed, rows, width, count);
        assertClose(transposed, rx);
      }
    }
  }
});

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
