import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GramProduct } from '../../../src/tensor/double/gram-product.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { FLOAT32 } from '../../support/tolerances.ts';

const random = (rng: Rng, length: number): Float32Array =>
  Float32Array.from({ length }, () => rng.normal());

/** Lower triangle, row by row. */
function triangle(gram: Float64Array, n: number, stride: number): number[] {
  return Array.from({ length: n }, (_, i) => [
    ...gram.subarray(i * stride, i * stride + i + 1),
  ]).flat();
}

/** The definition in float64. */
function loops(
  data: Float32Array,
  width: number,
  start: number,
  n: number,
): number[] {
  const rows = Array.from({ length: n }, (_, i) => [
    ...data.subarray((start + i) * width, (start + i + 1) * width),
  ]);
  const mean = rows[0]!.map(
    (_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / n,
  );
  return rows.flatMap((x, i) =>
    rows
      .slice(0, i + 1)
      .map((y) =>
        x.reduce((sum, v, j) => sum + (v - mean[j]!) * (y[j]! - mean[j]!), 0),
      ),
  );
}

for (const { n, width, start } of [
  { n: 4, width: 1, start: 0 },
  { n: 9, width: 5, start: 3 },
  { n: 21, width: 1030, start: 1 },
]) {
  const rng = Rng.of(n, 'gram');
  const data = random(rng, (n + start) * width);
  const product = new GramProduct(n);

  test(`a Gram matrix of [${n}, ${width}] is that of centred rows`, () => {
    const actual = triangle(product.of(data, width, start), n, product.stride);
    const expected = loops(data, width, start, n);
    const largest = Math.max(...expected.map(Math.abs));
    actual.forEach((value, at) => {
      assert.ok(Math.abs(value - expected[at]!) <= FLOAT32 * largest);
    });
  });

  test(`plain loops give the same Gram matrix of [${n}, ${width}], bit for bit`, () => {
    const plain = new GramProduct(n, { isPlain: true });
    for (const scale of [1, 1e18, 1e-18]) {
      const scaled = data.map((value) => value * scale);
      assert.deepEqual(
        triangle(plain.of(scaled, width, start), n, plain.stride),
        triangle(product.of(scaled, width, start), n, product.stride),
      );
    }
  });
}

test('a scale of all features by a power of two changes only the scale of the result', () => {
  const data = random(Rng.of(3, 'scale'), 12 * 7);
  const product = new GramProduct(12);
  const plain = triangle(product.of(data, 7, 0), 12, product.stride);
  for (const scale of [2 ** 100, 2 ** -100]) {
    const scaled = data.map((value) => value * scale);
    const actual = triangle(product.of(scaled, 7, 0), 12, product.stride);
    assert.deepEqual(
      actual,
      plain.map((value) => value * scale * scale),
    );
  }
});

test('rows that are all equal have a Gram matrix of zeros exactly', () => {
  const product = new GramProduct(5);
  const data = Float32Array.from(
    { length: 15 },
    (_, i) => [0.1, 3, 7e9][i % 3]!,
  );
  assert.deepEqual(
    triangle(product.of(data, 3, 0), 5, product.stride),
    Array.from({ length: 15 }, () => 0),
  );
});
