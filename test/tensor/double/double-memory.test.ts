import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DoubleMemory } from '../../../src/tensor/double/double-memory.ts';
import {
  packWeights,
  type PanelMatrix,
} from '../../../src/tensor/double/panel-matrix.ts';
import { Rng } from '../../../src/tensor/rng.ts';

/** Sizes that leave rests in every direction, and some over a block. */
const SIZES = [
  { rows: 1, columns: 1, count: 1 },
  { rows: 5, columns: 9, count: 3 },
  { rows: 67, columns: 41, count: 6 },
  { rows: 300, columns: 70, count: 13 },
] as const;

const random = (rng: Rng, length: number): Float64Array =>
  Float64Array.from({ length }, () => rng.normal());

function fill(x: PanelMatrix, values: Float64Array, columns: number): void {
  values.forEach((value, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    x.data[((j >> 3) * x.rows + i) * 8 + (j & 7)] = value;
  });
}

for (const { rows, columns, count } of SIZES) {
  for (const isPlain of [false, true]) {
    const name = `[${rows}, ${columns}] and ${count} in ${isPlain ? 'plain loops' : 'SIMD'}`;
    const rng = Rng.of(rows, 'double');
    const values = random(rng, rows * columns);
    const weights = random(rng, count * columns);
    const factors = random(rng, rows * count);

    test(`rows times rows of ${name} are sums in order, bit for bit`, () => {
      const whole = Math.ceil(columns / 8) * 8;
      const memory = new DoubleMemory(
        [rows * whole, (count + 3) * whole, rows * count],
        { isPlain },
      );
      const x = memory.panels(rows, columns);
      fill(x, values, columns);
      const padded = new Float64Array(count * whole);
      for (let k = 0; k < count; k++) {
        padded.set(weights.subarray(k * columns, (k + 1) * columns), k * whole);
      }
      const w = memory.array((count + 3) * whole);
      packWeights(padded, count, whole, w);
      const out = memory.array(rows * count).fill(NaN);
      memory.multiplyRows(x, w, count, out);
      const expected = out.map((_, at) => {
        const [i, k] = [Math.floor(at / count), at % count];
        let sum = 0;
        for (let j = 0; j < columns; j++)
          sum += values[i * columns + j]! * weights[k * columns + j]!;
        return sum;
      });
      assert.deepEqual(out, expected);
    });

    test(`columns times columns of ${name} are sums in order, bit for bit`, () => {
      const whole = Math.ceil(columns / 8) * 8;
      const lengths = [rows * whole, rows * count, count * whole];
      const memory = new DoubleMemory(lengths, { isPlain });
      const x = memory.panels(rows, columns);
      fill(x, values, columns);
      const r = memory.array(rows * count);
      r.set(factors);
      const out = memory.array(count * whole).fill(0.5);
      const from = rows > 1 ? 1 : 0;
      memory.addProducts(
        x,
        { from, rows: rows - from, first: 0, last: whole / 8 },
        r,
        count,
        count,
        out,
        whole,
      );
      const expected = out.map((_, at) => {
        const [k, j] = [Math.floor(at / whole), at % whole];
        let sum = 0.5;
        for (let i = 0; i < rows - from; i++) {
          const value = j < columns ? values[(from + i) * columns + j]! : 0;
          sum += factors[i * count + k]! * value;
        }
        return sum;
      });
      assert.deepEqual(out, expected);
    });
  }
}

test('with a diagonal, what is on it and below is right and other panels are left alone', () => {
  const rng = Rng.of(3, 'lower');
  const size = 24;
  const memory = new DoubleMemory([size * size, size * size, size * size]);
  const x = memory.panels(size, size);
  fill(x, random(rng, size * size), size);
  const r = memory.array(size * size);
  r.set(random(rng, size * size));
  const range = { from: 0, rows: size, first: 0, last: 3 };
  const whole = new Float64Array(size * size);
  const out = memory.array(size * size);
  memory.addProducts(x, range, r, size, size, out, size);
  whole.set(out);
  out.fill(0);
  memory.addProducts(x, range, r, size, size, out, size, 0);
  out.forEach((value, at) => {
    const [k, j] = [Math.floor(at / size), at % size];
    if (j <= k) assert.equal(value, whole[at]);
    else if (j >= 8 && k < 8) assert.equal(value, 0);
  });
});

test('an array of another memory is refused', () => {
  const memory = new DoubleMemory([8, 4, 1]);
  const x = memory.panels(1, 8);
  assert.throws(() => {
    memory.multiplyRows(x, new Float64Array(8), 1, memory.array(1));
  }, /Internal error: an array of another memory/);
});
