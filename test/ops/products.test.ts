import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsTimesRows } from '../../src/ops/products.ts';
import { Rng } from '../../src/tensor/rng.ts';

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

test('the product equals the plain loops for all remainders of its blocks', () => {
  const rng = Rng.of(1, 'products');
  for (const rows of [1, 2, 3, 4, 5, 6, 7, 9]) {
    for (const count of [1, 2, 3, 4, 5, 7, 8]) {
      for (const width of [1, 3, 6]) {
        const x = random(rng, rows * width);
        const w = random(rng, count * width);
        const xw = new Float64Array(rows * count);
        for (let i = 0; i < rows; i++) {
          for (let k = 0; k < count; k++) {
            for (let j = 0; j < width; j++) {
              xw[i * count + k]! += x[i * width + j]! * w[k * width + j]!;
            }
          }
        }
        // What was there before must not shine through.
        const out = random(rng, rows * count);
        rowsTimesRows(x, w, out, rows, width, count);
        assertClose(out, xw);
      }
    }
  }
});
