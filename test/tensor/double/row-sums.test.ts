import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RowSums } from '../../../src/tensor/double/row-sums.ts';
import { Rng } from '../../../src/tensor/rng.ts';

/** What each row gives, with everything that is summed. */
function gather(
  pieces: readonly Float32Array[],
  width: number,
  isPlain: boolean,
) {
  const rows = new RowSums(width, 3, { isPlain });
  const [mean, origin, sums] = [rows.vector(), rows.vector(), rows.vector()];
  for (let j = 0; j < width; j++) {
    mean[j] = 0.25 * j;
    origin[j] = 1 / (j + 1);
  }
  const found: number[] = [];
  const done: number[] = [];
  for (const count of rows.pass(pieces, (row, start, block) => {
    found.push(row, block[start]!, rows.squaredNorm(start, mean));
    found.push(rows.addDifference(start, mean, 0.7, origin, sums));
  })) {
    done.push(count);
  }
  return { found, sums: [...sums], done: done.at(-1) };
}

for (const width of [1, 3, 4, 6, 13]) {
  const rng = Rng.of(width, 'rows');
  const data = Float32Array.from({ length: 11 * width }, () => rng.normal());

  test(`sums over rows of ${width} are those of plain loops, bit for bit, wherever pieces end`, () => {
    const whole = gather([data], width, false);
    assert.equal(whole.done, 11);
    assert.deepEqual(gather([data], width, true), whole);
    const cut = Math.floor(data.length / 3) + 1;
    const pieces = [data.subarray(0, cut), data.subarray(cut)];
    assert.deepEqual(gather(pieces, width, false), whole);
  });

  test(`sums over rows of ${width} are what they say`, () => {
    const { found, sums } = gather([data], width, false);
    const expected = new Array<number>(width).fill(0);
    for (let row = 0; row < 11; row++) {
      let norm = 0;
      let square = 0;
      for (let j = 0; j < width; j++) {
        const centred = data[row * width + j]! - 0.25 * j;
        norm += centred ** 2;
        const difference = centred * 0.7 - 1 / (j + 1);
        square += difference ** 2;
        expected[j]! += difference;
      }
      assert.ok(Math.abs(found[4 * row + 2]! - norm) < 1e-12);
      assert.ok(Math.abs(found[4 * row + 3]! - square) < 1e-12);
    }
    sums.forEach((value, j) => {
      assert.ok(Math.abs(value - expected[j]!) < 1e-12);
    });
  });
}

test('rows longer than a block pass one at a time', () => {
  const width = 100_000;
  const data = new Float32Array(2 * width).fill(2);
  const rows = new RowSums(width, 1);
  const mean = rows.vector();
  const norms: number[] = [];
  const turns = [
    ...rows.pass([data], (_, start) => {
      norms.push(rows.squaredNorm(start, mean));
    }),
  ];
  assert.deepEqual(norms, [4 * width, 4 * width]);
  assert.deepEqual(turns, [1, 2, 2]);
});
