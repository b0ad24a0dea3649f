import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Design } from '../../../src/ops/probe/logistic-objective.ts';
import { Preconditioner } from '../../../src/ops/probe/preconditioner.ts';
import { Rng } from '../../../src/tensor/rng.ts';

const rng = Rng.of(6, 'preconditioner');
const EXAMPLES = 9;
const WIDTH = 3;
const CLASSES = 2;
const design: Design = {
  rows: Float64Array.from({ length: EXAMPLES * WIDTH }, (_, at) =>
    at % WIDTH === WIDTH - 1 ? 1 : rng.normal(),
  ),
  examples: EXAMPLES,
  width: WIDTH,
  targets: new Int32Array(EXAMPLES),
  classes: CLASSES,
};
const weights = (): Float64Array =>
  Float64Array.from({ length: EXAMPLES }, () => rng.uniform());

/** `(Σ_i c_i x_i x_iᵀ + penalty · I) · vector` for each class, the last entry not penalised. */
function times(
  c: Float64Array,
  penalty: number,
  vector: Float64Array,
): Float64Array {
  return vector.map((own, at) => {
    const j = at % WIDTH;
    const first = at - j;
    let sum = j < WIDTH - 1 ? penalty * own : 0;
    for (let i = 0; i < EXAMPLES; i++) {
      let inner = 0;
      for (let m = 0; m < WIDTH; m++) {
        inner += design.rows[i * WIDTH + m]! * vector[first + m]!;
      }
      sum += c[i]! * design.rows[i * WIDTH + j]! * inner;
    }
    return sum;
  });
}

const vector = Float64Array.of(1, -2, 3, 0.5, 0.25, -1);
const assertInverts = (
  preconditioner: Preconditioner,
  c: Float64Array,
  penalty: number,
) => {
  const applied = Float64Array.from(vector);
  preconditioner.apply(applied);
  times(c, penalty, applied).forEach((value, i) => {
    assert.ok(Math.abs(value - vector[i]!) < 1e-10);
  });
};

test('it inverts weighted covariance plus penalty, biases not penalised', () => {
  const preconditioner = new Preconditioner(design);
  const c = weights();
  preconditioner.update(0.3, true, () => c);
  assertInverts(preconditioner, c, 0.3);
});

test('another penalty is taken up at once, other weights when the old ones are too old', () => {
  const preconditioner = new Preconditioner(design);
  const old = weights();
  const fresh = weights();
  let asked = 0;
  const ask = (c: Float64Array) => () => {
    asked += 1;
    return c;
  };
  preconditioner.update(0.3, true, ask(old));
  for (let iteration = 1; iteration < 20; iteration++) {
    preconditioner.update(0.3, false, ask(fresh));
  }
  preconditioner.update(0.01, true, ask(fresh));
  assert.equal(asked, 1);
  assertInverts(preconditioner, old, 0.01);
  preconditioner.update(0.01, false, ask(fresh));
  assert.equal(asked, 2);
  assertInverts(preconditioner, fresh, 0.01);
});
