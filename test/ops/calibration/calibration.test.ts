import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitTemperature } from '../../../src/ops/calibration/fit-temperature.ts';
import {
  logProbabilities,
  meanNegativeLogLikelihood,
  type Outputs,
  type ProbabilityRule,
} from '../../../src/ops/calibration/probabilities.ts';
import {
  reliability,
  scoreExamples,
  summariseScores,
} from '../../../src/ops/calibration/score-outputs.ts';
import { Rng } from '../../../src/tensor/rng.ts';
import { assertClose, assertFar } from '../../support/assert-close.ts';
import { finish } from '../../support/probe.ts';
import {
  normalizedSigmoidLoops,
  scoreLoops,
  softmaxLoops,
  type Rule,
} from '../../support/reference/calibration.ts';
import { APART, FLOAT64 } from '../../support/tolerances.ts';

const RULES: Readonly<Record<ProbabilityRule, Rule>> = {
  softmax: softmaxLoops,
  'normalized-sigmoid': normalizedSigmoidLoops,
};
const NAMES: readonly ProbabilityRule[] = ['softmax', 'normalized-sigmoid'];

const outputsOf = (
  rows: readonly (readonly number[])[],
  labels: readonly number[],
): Outputs => ({
  values: Float32Array.from(rows.flat()),
  classes: rows[0]!.length,
  labels: Int32Array.from(labels),
});
/** Rows as float32 has them, so that the loops see what the code sees. */
function drawn(seed: number, examples: number, classes: number, scale: number) {
  const rng = Rng.of(seed, 'outputs');
  const rows = Array.from({ length: examples }, () =>
    Array.from({ length: classes }, () => Math.fround(scale * rng.normal())),
  );
  const labels = rows.map((row) =>
    rng.uniform() < 0.6 ? row.indexOf(Math.max(...row)) : rng.below(classes),
  );
  return { rows, labels };
}

for (const rule of NAMES) {
  const { rows, labels } = drawn(1, 200, 8, 2);
  const outputs = outputsOf(rows, labels);

  test(`scores with ${rule} are those of the loops, whole and by class, at any temperature`, () => {
    for (const temperature of [1, 0.4, 3]) {
      const scores = scoreExamples(outputs, rule, temperature);
      const expected = scoreLoops(rows, labels, {
        rule: RULES[rule],
        temperature,
      });
      const found = summariseScores(scores, 15)!;
      assertClose(Object.values(found), Object.values(expected), FLOAT64);
      const one = summariseScores(scores, 15, 3)!;
      assertClose(
        Object.values(one),
        Object.values(
          scoreLoops(rows, labels, {
            rule: RULES[rule],
            temperature,
            keep: (label) => label === 3,
          }),
        ),
        FLOAT64,
      );
      assert.ok(one.examples < found.examples);
    }
    const other = rule === 'softmax' ? normalizedSigmoidLoops : softmaxLoops;
    assertFar(
      [scoreLoops(rows, labels, { rule: other }).nll],
      [scoreLoops(rows, labels, { rule: RULES[rule] }).nll],
      APART,
    );
  });

  test(`the temperature of ${rule} is where the likelihood is best`, () => {
    const found = finish(fitTemperature(outputs, rule));
    assert.equal(found.isAtEdge, false);
    const at = (temperature: number): number =>
      scoreLoops(rows, labels, { rule: RULES[rule], temperature }).nll;
    assertClose([found.nll], [at(found.temperature)], FLOAT64);
    // The loops overflow at lower ones.
    for (let t = 0.03; t <= 1e3; t *= 1.07)
      assert.ok(at(t) >= found.nll - 1e-12);
    const slope =
      (at(found.temperature * 1.001) - at(found.temperature * 0.999)) / 0.002;
    assert.ok(Math.abs(slope) < 1e-5, String(slope));
    assert.ok(Math.abs(Math.log(found.temperature)) > 0.05);
  });
}

test('a known temperature is found: outputs that were multiplied by 2.5', () => {
  const rng = Rng.of(4, 'planted');
  const rows: number[][] = [];
  const labels: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const logits = [rng.normal(), rng.normal(), rng.normal()];
    let draw = rng.uniform();
    const p = softmaxLoops(logits);
    const label = p.findIndex((share) => (draw -= share) < 0);
    labels.push(label === -1 ? 2 : label);
    rows.push(logits.map((z) => 2.5 * z));
  }
  const { temperature } = finish(
    fitTemperature(outputsOf(rows, labels), 'softmax'),
  );
  // The error of an estimate from 20,000 examples; 0.4 is what multiplying instead of dividing would give.
  assert.ok(Math.abs(temperature - 2.5) < 0.1, String(temperature));
});

test('outputs that say nothing or everything are reported as the edge, equal ones give 1', () => {
  const labels = [0, 1, 0, 1];
  const right = outputsOf(
    labels.map((label) => (label === 0 ? [1, 0] : [0, 1])),
    labels,
  );
  const sure = finish(fitTemperature(right, 'softmax'));
  assert.ok(sure.isAtEdge && sure.temperature < 0.1, String(sure.temperature));
  assert.equal(sure.nll, 0);
  const wrong = outputsOf(
    labels.map((label) => (label === 1 ? [1, 0] : [0, 1])),
    labels,
  );
  const lost = finish(fitTemperature(wrong, 'softmax'));
  assert.ok(lost.isAtEdge && lost.temperature > 900, String(lost.temperature));
  const equal = outputsOf(
    labels.map(() => [2, 2]),
    labels,
  );
  for (const rule of NAMES) {
    assert.deepEqual(finish(fitTemperature(equal, rule)), {
      temperature: 1,
      nll: Math.log(2),
      isAtEdge: false,
    });
  }
});

test('outputs of any size give finite logarithms, and the right shares', () => {
  const out = new Float64Array(3);
  const logs = (row: readonly number[], rule: ProbabilityRule): number[] => {
    logProbabilities(Float32Array.from(row), 0, rule, 1, out);
    return [...out];
  };
  assert.deepEqual(logs([1000, 0, 0], 'softmax'), [0, -1000, -1000]);
  // Where every sigmoid vanishes they are exponentials: the shares of a softmax.
  assertClose(
    logs([-1000, -1001, -1002], 'normalized-sigmoid'),
    softmaxLoops([0, -1, -2]).map(Math.log),
    FLOAT64,
  );
  // Where every sigmoid is 1 the shares are equal, whatever the outputs.
  assertClose(
    logs([1000, 2000, 3000], 'normalized-sigmoid'),
    [1, 1, 1].map(() => Math.log(1 / 3)),
    FLOAT64,
  );
  assert.ok(
    Number.isFinite(
      meanNegativeLogLikelihood(outputsOf([[1e30, -1e30]], [1]), 'softmax', 1),
    ),
  );
});

test("predictions and ranks come from the outputs: probabilities that round to the same don't tie", () => {
  const outputs = outputsOf([[30, 40, 35, 41, 38, 39, 20]], [6]);
  const scores = scoreExamples(outputs, 'normalized-sigmoid', 1);
  assert.equal(scores.predictions[0], 3);
  assert.equal(scores.ranks[0], 6);
  assert.equal(summariseScores(scores, 15)?.top5, 0);
});

test('of equal outputs the first class is predicted, and ranks follow the same order', () => {
  const rows = [
    [1, 2, 2],
    [1, 2, 2],
    [0, 0, 0],
  ];
  const scores = scoreExamples(outputsOf(rows, [1, 2, 2]), 'softmax', 1);
  assert.deepEqual([...scores.predictions], [1, 1, 0]);
  assert.deepEqual([...scores.ranks], [0, 1, 2]);
  assert.equal(summariseScores(scores, 15)?.top5, 1);
});

test('a bin has its upper edge and not its lower', () => {
  // Two classes with equal outputs are sure to 0.5, which is the upper edge of the second of four bins.
  const scores = scoreExamples(
    outputsOf(
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      [0, 0, 1],
    ),
    'softmax',
    1,
  );
  assert.deepEqual(
    reliability(scores, 4).map(({ count }) => count),
    [0, 3, 0, 0],
  );
  const found = summariseScores(scores, 4)!;
  assertClose([found.ece], [Math.abs(2 / 3 - 0.5)], FLOAT64);
  assert.deepEqual(reliability(scores, 4)[0], {
    ...{ count: 0, confidence: null, accuracy: null },
  });
});

test('a class without examples has no scores', () => {
  const scores = scoreExamples(outputsOf([[1, 0, 0]], [0]), 'softmax', 1);
  assert.equal(summariseScores(scores, 15, 2), null);
});
