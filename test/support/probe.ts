import {
  linearProbe,
  type ProbeExamples,
  type ProbeOptions,
  type ProbeResult,
} from '../../src/ops/probe/linear-probe.ts';
import {
  LogisticModel,
  type Fit,
  type LabelledFeatures,
} from '../../src/ops/probe/logistic-model.ts';
import type { NdArrayOf } from '../../src/tensor/nd-array.ts';
import { matrix, rowsOf } from './features.ts';
import type { Examples, Linear } from './reference/logistic-regression.ts';

/** Runs a generator to its end. */
export function finish<T>(turns: Generator<unknown, T, undefined>): T {
  for (;;) {
    const turn = turns.next();
    if (turn.done === true) return turn.value;
  }
}

/** Examples `start … end - 1`. */
export const part = (
  features: NdArrayOf<'float32'>,
  labels: readonly number[],
  start = 0,
  end = labels.length,
): LabelledFeatures => ({
  features: matrix(rowsOf(features).slice(start, end)),
  labels: Int32Array.from(labels.slice(start, end)),
});

/** Examples as the loops of `reference/` take them, features scaled. */
export const asExamples = (
  { features, labels }: LabelledFeatures,
  scale: number,
): Examples => {
  const present = [...new Set(labels)].sort((a, b) => a - b);
  return {
    rows: rowsOf(features).map((row) => row.map((value) => value * scale)),
    targets: [...labels].map((label) => present.indexOf(label)),
    classes: present.length,
  };
};

/** Fits one penalty from zero weights. */
export function fitOne(
  examples: LabelledFeatures,
  options: {
    readonly penalty: number;
    readonly scale?: number;
    readonly tolerance?: number;
    readonly iterations?: number;
  },
): {
  readonly model: LogisticModel;
  readonly fit: Fit;
  readonly linear: Linear;
} {
  const model = new LogisticModel([examples], options.scale ?? 1);
  const fit = finish(
    model.fit(options.penalty, {
      tolerance: options.tolerance ?? 1e-11,
      iterations: options.iterations ?? 5000,
    }),
  );
  return { model, fit, linear: linearOf(model) };
}

/** A model's coefficients as the loops of `reference/` take them. */
export function linearOf(model: LogisticModel): Linear {
  const { weights, biases } = model.coefficients();
  const width = weights.length / biases.length;
  return {
    weights: Array.from(biases, (_, k) => [
      ...weights.subarray(k * width, (k + 1) * width),
    ]),
    biases: [...biases],
  };
}

/** Runs a whole probe. */
export const runProbe = (
  examples: ProbeExamples,
  options: Partial<ProbeOptions> & Pick<ProbeOptions, 'penalties'>,
): ProbeResult =>
  finish(
    linearProbe(examples, {
      metric: 'accuracy',
      scale: 1,
      tolerance: 1e-9,
      iterations: 5000,
      ...options,
    }),
  );
