import { setImmediate } from 'node:timers/promises';
import type { PredictionScores } from '../artifact/predictions.ts';
import { defineKind, NodeError, one } from '../kind/kind.ts';
import { activationBatches } from '../model/activations.ts';
import { examplesOf } from '../model/batches.ts';
import { Inference } from '../model/inference.ts';
import { OUTPUTS } from '../model/network.ts';
import { fitTemperature } from '../ops/calibration/fit-temperature.ts';
import {
  PROBABILITY_RULES,
  type Outputs,
} from '../ops/calibration/probabilities.ts';
import {
  reliability,
  scoreExamples,
  summariseScores,
  type ExampleScores,
} from '../ops/calibration/score-outputs.ts';
import { ndArray } from '../tensor/nd-array.ts';
import { Type } from '../util/type.ts';
import { checkImageShape, dataSplit, readImages } from './images.ts';
import { restoreModel } from './model-artifact.ts';

/** What a network predicts, how right it is and how sure. */
export const evaluate = defineKind({
  name: 'evaluate',
  version: 2,
  summary:
    'Predictions of a network with their scores: top-1, top-5, likelihood and calibration, before and after temperature scaling, by class.',
  params: Type.Object(
    {
      test: Type.String({
        default: 'test',
        description: 'Split that is predicted and scored.',
      }),
      tune: Type.String({
        default: 'tune',
        description: 'Split on which the temperature is fitted.',
      }),
      probabilities: Type.Enum(['by-objective', ...PROBABILITY_RULES], {
        default: 'by-objective',
        description:
          'How outputs become probabilities: "softmax", or sigmoids divided by their sum. By objective: the latter for "sigmoid", softmax for all others, squared error among them.',
      }),
      bins: Type.Integer({
        minimum: 1,
        maximum: 1000,
        default: 15,
        description:
          'Equally wide bins of the calibration error; a bin has its upper edge and not its lower.',
      }),
      batch: Type.Integer({
        minimum: 1,
        maximum: 65_536,
        default: 250,
        description:
          'Images at a time; changes the memory it takes, and no number.',
      }),
    },
    { additionalProperties: false },
  ),
  inputs: {
    model: one('model', 'The network.'),
    data: one(
      'dataset',
      'Images of the classes that the network was trained on, and of the same shape.',
    ),
  },
  output: 'predictions',
  facts: { examples: 'data', measuredOn: ({ test }) => test },
  resources: { gpus: 1 },
  async run(context) {
    const { params, inputs, signal } = context;
    const { data } = inputs;
    const { classNames } = inputs.model.value;
    checkImageShape(inputs.model, data);
    checkClasses(classNames, data.value.classNames);
    if (params.test === params.tune) {
      throw new NodeError(
        `"test" and "tune" must be two splits, but both are "${params.test}": what is scored on must not be fitted to.`,
      );
    }
    const tuneRange = dataSplit(data, params.tune);
    const testRange = dataSplit(data, params.test);
    const model = await restoreModel(inputs.model);
    const source = readImages(data);
    const rule =
      params.probabilities === 'by-objective'
        ? model.objective.probabilities
        : params.probabilities;

    const { layers } = await context.backend();
    const inference = new Inference({ ...model, layers });
    const examples = examplesOf(tuneRange, testRange);
    const values = new Float32Array(examples.length * classNames.length);
    try {
      let at = 0;
      for await (const pass of activationBatches(inference, source, examples, {
        ...{ wanted: new Set([OUTPUTS]), pooling: 'none', signal },
        batch: params.batch,
      })) {
        const outputs = pass.layers[OUTPUTS] ?? new Float32Array(0);
        values.set(outputs, at);
        at += outputs.length;
        context.progress({
          ...{ done: pass.done, total: examples.length, unit: 'image' },
          imagesPerSecond: pass.imagesPerSecond,
        });
      }
    } finally {
      inference.dispose();
    }
    const tuneSize = tuneRange.end - tuneRange.start;
    const part = (from: number, to: number): Outputs => ({
      values: values.subarray(from * classNames.length, to * classNames.length),
      classes: classNames.length,
      labels: examples
        .subarray(from, to)
        .map((example) => source.labels[example] ?? 0),
    });
    const tune = part(0, tuneSize);
    const test = part(tuneSize, examples.length);

    const turns = fitTemperature(tune, rule);
    let turn = turns.next();
    while (turn.done !== true) {
      await setImmediate();
      signal.throwIfAborted();
      turn = turns.next();
    }
    const { temperature, isAtEdge } = turn.value;
    if (isAtEdge) {
      context.log(
        `The temperature ${temperature.toPrecision(3)} is at the edge of what is searched: ${temperature < 1 ? `on split "${params.tune}" nearly all predictions are right` : `on split "${params.tune}" the outputs say next to nothing`}.`,
      );
    }
    const probabilities = new Float32Array(test.values.length);
    const scores = scoreExamples(test, rule, 1, probabilities);
    const scaled = scoreExamples(test, rule, temperature);
    const { bins } = params;
    const all = scoresOf(scores, scaled, bins);
    const perClass = Object.fromEntries(
      classNames.map((name, label) => [
        name,
        scoresOf(scores, scaled, bins, label),
      ]),
    );
    return {
      type: 'predictions',
      value: {
        ...all,
        meanPerClass: meanAccuracy(Object.values(perClass)),
        temperature,
        temperatureAtEdge: isAtEdge,
        probabilities: rule,
        bins,
        reliability: {
          before: reliability(scores, bins),
          after: reliability(scaled, bins),
        },
        perClass,
        classNames,
        split: params.test,
        tuneExamples: tuneSize,
      },
      arrays: {
        probabilities: ndArray(
          'float32',
          [test.labels.length, classNames.length],
          probabilities,
        ),
        predictions: ndArray('int32', [test.labels.length], scores.predictions),
        labels: ndArray('int32', [test.labels.length], test.labels),
      },
    };
  },
});

/** @throws {NodeError} if the classes of the data are not those that the network was trained on. */
function checkClasses(
  trained: readonly string[],
  given: readonly string[],
): void {
  const place = Array.from(
    { length: Math.max(trained.length, given.length) },
    (_, k) => k,
  ).find((k) => trained[k] !== given[k]);
  if (place === undefined) return;
  const name = (names: readonly string[]): string =>
    place < names.length ? `"${String(names[place])}"` : 'nothing';
  throw new NodeError(
    `Input "data" has other classes than input "model" was trained on: class ${place} is ${name(given)} and not ${name(trained)}. The features of such data are what "extract" is for.`,
  );
}

/** Scores before and after temperature scaling; nulls for a class without examples. */
function scoresOf(
  scores: ExampleScores,
  scaled: ExampleScores,
  bins: number,
  label?: number,
): PredictionScores {
  const before = summariseScores(scores, bins, label);
  const after = summariseScores(scaled, bins, label);
  return {
    examples: before?.examples ?? 0,
    accuracy: before?.accuracy ?? null,
    top5: before?.top5 ?? null,
    nll: before?.nll ?? null,
    ece: before?.ece ?? null,
    scaled: { nll: after?.nll ?? null, ece: after?.ece ?? null },
  };
}

/** Mean over the classes that have examples. */
function meanAccuracy(
  classes: readonly { readonly accuracy: number | null }[],
): number {
  const present = classes.flatMap(({ accuracy }) =>
    accuracy === null ? [] : [accuracy],
  );
  return present.reduce((sum, one) => sum + one, 0) / present.length;
}
