import assert from 'node:assert/strict';
import {
  bindObjective,
  type BoundObjective,
  type ObjectiveSetting,
} from '../../../src/ops/loss/bind-objective.ts';
import type { TrainedHead } from '../../../src/ops/loss/objective.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { tf, type Tensor, type Tensor2D } from '../../../src/tensor/tf.ts';
import { inScope } from '../../support/in-scope.ts';
import { centralDifferences } from '../../support/reference/central-differences.ts';
import { relativeDistance } from '../../support/assert-close.ts';
import type {
  PlainHead,
  PlainObjective,
} from '../../support/reference/objectives.ts';

/** Rounding of float32 over sums of some ten terms, relative to the largest number of the comparison. */
const FLOAT32 = 3e-6;
/** The nearest wrong formula must be further away than this share of the largest number: a thousand times rounding. */
const APART = 3e-3;

/** A last layer with normal features and weights: 5 examples, 4 features, 3 classes, every class among the labels. */
export function someHead(
  options: { readonly masked?: boolean } = {},
): PlainHead {
  const rng = Rng.of(11, 'objective');
  // Rounded to float32 first, so that the loops and the tensors see the same numbers.
  const normals = (count: number): number[] =>
    Array.from({ length: count }, () => Math.fround(rng.normal()));
  return {
    x: Array.from({ length: 5 }, () => normals(4)),
    W: Array.from({ length: 4 }, () => normals(3)),
    b: normals(3),
    labels: [0, 2, 1, 1, 2],
    ...(options.masked === true && {
      mask: [
        [1, 0, 1, 1],
        [0, 1, 1, 0],
        [1, 1, 1, 1],
        [1, 1, 0, 1],
        [0, 0, 1, 0],
      ],
    }),
  };
}

/** The same head as tensors. */
export function tensorsOf(head: PlainHead): TrainedHead {
  const matrix = (rows: readonly (readonly number[])[]): Tensor2D =>
    tf.tensor2d(rows.flat(), [rows.length, rows[0]!.length]);
  return {
    features: matrix(head.x),
    weights: matrix(head.W),
    bias: tf.tensor1d([...head.b]),
    labels: matrix(
      head.labels.map((label) => head.b.map((_, k) => (k === label ? 1 : 0))),
    ),
    ...(head.mask && { mask: matrix(head.mask) }),
  };
}

/** An objective that trains. */
export function trained(
  setting: ObjectiveSetting,
): BoundObjective & { readonly train: NonNullable<BoundObjective['train']> } {
  const { train, ...rest } = bindObjective(setting);
  assert.ok(train);
  return { ...rest, train };
}

/** What an objective gives on a head, as plain numbers. */
export function lossesOf(
  setting: ObjectiveSetting,
  head: PlainHead,
): Promise<{
  readonly loss: number[];
  readonly outputs: number[];
  readonly penalty: number;
}> {
  return inScope(async () => {
    const { loss, outputs, penalty } = trained(setting).train(tensorsOf(head));
    return {
      loss: [...(await loss.data())],
      outputs: [...(await outputs.data())],
      penalty: (await penalty?.data())?.[0] ?? 0,
    };
  });
}

/** What it says at evaluation. */
export function predictionsOf(
  setting: ObjectiveSetting,
  head: PlainHead,
): Promise<{ readonly logits: number[]; readonly outputs: number[] }> {
  return inScope(async () => {
    const { logits, outputs } = bindObjective(setting).evaluate(
      tensorsOf(head),
    );
    return {
      logits: [...(await logits.data())],
      outputs: [...(await outputs.data())],
    };
  });
}

/** The objective's value on a head: mean loss and penalty. */
const valueOf = (objective: PlainObjective, head: PlainHead): number => {
  const { loss, penalty } = objective(head);
  return loss.reduce((total, one) => total + one, 0) / loss.length + penalty;
};

/** Cuts a flat list into rows of a width. */
const rows = (flat: readonly number[], width: number): number[][] =>
  Array.from({ length: flat.length / width }, (_, i) =>
    flat.slice(i * width, (i + 1) * width),
  );

/** Gradient of the objective's value by the backend: of features, weights and bias, each flat. */
function gradients(
  setting: ObjectiveSetting,
  head: PlainHead,
): Promise<number[][]> {
  const { train } = trained(setting);
  return inScope(async () => {
    const { labels, mask, ...inputs } = tensorsOf(head);
    const value = (x: Tensor, W: Tensor, b: Tensor): Tensor => {
      const { loss, penalty } = train({
        features: x as Tensor2D,
        weights: W as Tensor2D,
        bias: b.as1D(),
        labels,
        ...(mask && { mask }),
      });
      const mean = loss.mean();
      // A bias without use has gradient 0 here; the library would call that an error.
      return (penalty ? mean.add(penalty) : mean).add(b.sum().mul(0));
    };
    const slopes = tf.grads(value)([
      inputs.features,
      inputs.weights,
      inputs.bias,
    ]);
    return Promise.all(
      slopes.map(async (gradient) => [...(await gradient.data())]),
    );
  });
}

/**
 * The first two proofs of an objective: its numbers are those of the loops, its gradient is the one that central differences
 * of the loops find, and each wrong formula gives other numbers.
 */
export async function proveObjective(options: {
  readonly setting: ObjectiveSetting;
  readonly head: PlainHead;
  readonly loops: PlainObjective;
  /** What is wrong -> the formula with that mistake. */
  readonly wrong: Readonly<Record<string, PlainObjective>>;
}): Promise<void> {
  const { setting, head, loops } = options;
  const expected = loops(head);
  const actual = await lossesOf(setting, head);
  const numbers = (of: {
    readonly loss: readonly number[];
    readonly penalty: number;
  }): number[] => [...of.loss, of.penalty];
  assert.ok(relativeDistance(numbers(actual), numbers(expected)) < FLOAT32);
  assert.ok(
    relativeDistance(actual.outputs, expected.outputs.flat()) < FLOAT32,
  );

  const [dx, dW, db] = (await gradients(setting, head)) as [
    number[],
    number[],
    number[],
  ];
  const slopes = (objective: PlainObjective): number[][] => [
    centralDifferences(
      (x) => valueOf(objective, { ...head, x: rows(x, head.x[0]!.length) }),
      head.x.flat(),
    ),
    centralDifferences(
      (W) => valueOf(objective, { ...head, W: rows(W, head.b.length) }),
      head.W.flat(),
    ),
    centralDifferences((b) => valueOf(objective, { ...head, b }), head.b),
  ];
  const [xSlopes, WSlopes, bSlopes] = slopes(loops) as [
    number[],
    number[],
    number[],
  ];
  assert.ok(
    relativeDistance(dx, xSlopes) < FLOAT32 * 3,
    'gradient of the features',
  );
  assert.ok(
    relativeDistance(dW, WSlopes) < FLOAT32 * 3,
    'gradient of the weights',
  );
  if (bSlopes.every((slope) => slope === 0)) {
    assert.ok(db.every((slope) => slope === 0));
  } else {
    assert.ok(
      relativeDistance(db, bSlopes) < FLOAT32 * 3,
      'gradient of the bias',
    );
  }

  for (const [mistake, formula] of Object.entries(options.wrong)) {
    const other = numbers(formula(head));
    assert.ok(relativeDistance(numbers(actual), other) > APART, mistake);
  }
}
