import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PositiveSolver } from '../../../src/ops/probe/positive-solver.ts';
import { DoubleMemory } from '../../../src/tensor/double/double-memory.ts';
import { Rng } from '../../../src/tensor/rng.ts';

/** `values` times the inverse of `a`, as the solver finds it. */
function solved(
  a: readonly (readonly number[])[],
  values: readonly (readonly number[])[],
): number[][] {
  const size = a.length;
  const columns = values.length;
  const memory = new DoubleMemory(PositiveSolver.lengths(size, columns));
  const solver = new PositiveSolver(memory, size, columns);
  solver.matrix.set(a.flat());
  solver.factor();
  const out = Float64Array.from(values.flat());
  solver.solve(out);
  return values.map((_, k) => [...out.subarray(k * size, (k + 1) * size)]);
}

const times = (
  a: readonly (readonly number[])[],
  x: readonly number[],
): number[] => a.map((row) => row.reduce((sum, v, j) => sum + v * x[j]!, 0));

for (const size of [8, 32, 72]) {
  test(`a positive definite matrix of ${size} rows is inverted`, () => {
    const rng = Rng.of(size, 'inverse');
    const factor = Array.from({ length: size }, () =>
      Array.from({ length: size }, () => rng.normal()),
    );
    const a = factor.map((row, i) =>
      factor.map(
        (other, j) =>
          row.reduce((sum, value, k) => sum + value * other[k]!, 0) +
          (i === j ? 1 : 0),
      ),
    );
    const values = [1, 2, 3].map(() => a.map(() => rng.normal()));
    solved(a, values).forEach((x, k) => {
      times(a, x).forEach((value, i) => {
        assert.ok(Math.abs(value - values[k]![i]!) < 1e-9);
      });
    });
  });
}

test('a singular matrix has a finite, positive inverse, a zero matrix the identity', () => {
  // Rank one: the other directions have no length.
  const direction = [1, 2, 0, 0, 0, 0, 0, 3];
  const rankOne = direction.map((a) => direction.map((b) => a * b));
  const [x = []] = solved(rankOne, [[1, 0, 0, 0, 0, 0, 0, 0]]);
  assert.ok(x.every(Number.isFinite));
  assert.ok(x[0]! > 0);
  const zeros = direction.map(() => direction.map(() => 0));
  assert.deepEqual(solved(zeros, [direction]), [direction]);
});
