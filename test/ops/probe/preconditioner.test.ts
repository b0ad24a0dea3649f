import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Design } from '../../../src/ops/probe/logistic-objective.ts';
import { Preconditioner } from '../../../src/ops/probe/preconditioner.ts';
import { DoubleMemory } from '../../../src/tensor/double/double-memory.ts';
import { Rng } from '../../../src/tensor/rng.ts';

const rng = Rng.of(6, 'preconditioner');
const EXAMPLES = 9;
const FEATURES = 2;
const WIDTH = 8;
const CLASSES = 2;
const memory = (): DoubleMemory =>
  new DoubleMemory([
    EXAMPLES * WIDTH,
    ...Preconditioner.lengths(FEATURES, WIDTH, CLASSES),
  ]);
// One panel is row-major.
const rows = Float64Array.from({ length: EXAMPLES * WIDTH }, (_, at) =>
  at % WIDTH < FEATURES ? rng.normal() : at % WIDTH === FEATURES ? 1 : 0,
);
function preconditionerOf(): Preconditioner {
  const room = memory();
  const x = room.panels(EXAMPLES, WIDTH);
  x.data.set(rows);
  const design: Design = {
    x,
    examples: EXAMPLES,
    features: FEATURES,
    width: WIDTH,
    targets: new Int32Array(EXAMPLES),
    classes: CLASSES,
  };
  return new Preconditioner(room, design);
}
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
    let sum = j === FEATURES ? 0 : penalty * own;
    for (let i = 0; i < EXAMPLES; i++) {
      let inner = 0;
      for (let m = 0; m < WIDTH; m++) {
        inner += rows[i * WIDTH + m]! * vector[first + m]!;
      }
      sum += c[i]! * rows[i * WIDTH + j]! * inner;
    }
    return sum;
  });
}

const vector = Float64Array.from({ length: CLASSES * WIDTH }, (_, at) =>
  at % WIDTH > FEATURES ? 0 : [1, -2, 3, 0.5, 0.25, -1][at % 6]!,
);
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
  const preconditioner = preconditionerOf();
  const c = weights();
  preconditioner.update(0.3, true, () => c);
  assertInverts(preconditioner, c, 0.3);
});

test('another penalty is taken up at once, other weights when the old ones are too old', () => {
  const preconditioner = preconditionerOf();
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
