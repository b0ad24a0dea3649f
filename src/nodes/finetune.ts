import { alike } from '../util/alike.ts';
import { Type } from '../util/type.ts';
import { defineKind, one } from '../kind/kind.ts';
import { buildNetwork } from '../model/build-network.ts';
import { fineTune, type FineTuningState } from '../model/fine-tune.ts';
import {
  checkBatch,
  checkImageShape,
  dataSplit,
  readImages,
} from './images.ts';
import { awaitAsNodeError, restoreModel } from './model-artifact.ts';
import { checkSplitRoles } from './split-roles.ts';
import { AUGMENTATION, MOMENTUM, SEED } from './training-params.ts';

const params = Type.Object(
  {
    seed: SEED,
    rates: Type.Array(Type.Number({ exclusiveMinimum: 0 }), {
      minItems: 1,
      uniqueItems: true,
      default: [0.05, 0.1, 0.2],
      description:
        'Learning rates to choose from, each above 0; a rate falls to 0 along half a cosine.',
    }),
    'weight-decays': Type.Array(Type.Number({ minimum: 0 }), {
      minItems: 1,
      uniqueItems: true,
      default: [1e-4],
      description:
        'Weight decays to choose from, each tried with each rate: coefficients of half the squared norm of convolution and linear weights, 0 or more.',
    }),
    epochs: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 15,
      ...alike('budget'),
      description: 'Passes over the examples, for each point of the grid.',
    }),
    batch: Type.Integer({
      minimum: 1,
      maximum: 65_536,
      default: 64,
      ...alike('budget'),
      description: 'Examples a step.',
    }),
    momentum: MOMENTUM,
    augmentation: AUGMENTATION,
    fit: Type.String({
      default: 'train',
      description: 'Split that each point of the grid is trained on.',
    }),
    tune: Type.String({
      default: 'tune',
      description:
        'Split on which the point is chosen; trained on as well, afterwards. Of equally good points the first is chosen, rate by rate.',
    }),
    test: Type.String({
      default: 'test',
      description: 'Split that is scored on, once.',
    }),
  },
  { additionalProperties: false },
);

/** Trains the whole network on a new task. */
export const finetune = defineKind({
  name: 'finetune',
  version: 1,
  summary:
    'Fine-tuned accuracy: the whole network trained on a new task, learning rate and weight decay chosen on held-out examples.',
  params,
  inputs: {
    model: one('model', 'The network to start from.'),
    data: one(
      'dataset',
      'The new task, with images of the shape that the network was trained on.',
    ),
  },
  output: 'score',
  facts: {
    examples: 'data',
    splitRoles: ['fit', 'tune', 'test'],
    measuredOn: ({ test, tune }, number) =>
      number === 'accuracy' ? test : number === 'tuneAccuracy' ? tune : null,
  },
  resources: { gpus: 1 },
  async run(context) {
    const { inputs, checkpoints } = context;
    const { rates, 'weight-decays': decays, ...settings } = context.params;
    const { data } = inputs;
    checkImageShape(inputs.model, data);
    const fit = dataSplit(data, settings.fit);
    const tune = dataSplit(data, settings.tune);
    const test = dataSplit(data, settings.test);
    checkSplitRoles(settings);
    checkBatch(settings.batch, fit.end - fit.start, settings.fit);
    const model = await restoreModel(inputs.model);
    const grid = rates.flatMap((rate) =>
      decays.map((weightDecay) => ({ rate, weightDecay })),
    );
    const total = (grid.length + 1) * settings.epochs;
    const { layers } = await context.backend();
    const { accuracy, chosen, tried } = await awaitAsNodeError(
      fineTune(
        {
          ...settings,
          network: buildNetwork(model.architecture, {
            channels: data.value.imageShape[2],
            classes: data.value.classNames.length,
          }),
          weights: model.weights,
          source: readImages(data),
          fit,
          tune,
          test,
          grid,
        },
        {
          layers,
          signal: context.signal,
          checkpoints,
          // The key it was saved under is that of these parameters and of this kind's version.
          resume: (await checkpoints.load()) as FineTuningState | null,
          progress: ({ epochs, metrics, imagesPerSecond }) => {
            context.progress({
              done: epochs,
              total,
              unit: 'epoch',
              ...(metrics && { metrics: { ...metrics } }),
              imagesPerSecond,
            });
          },
        },
      ),
    );

    const rateAtEdge = isAtEdge(chosen.rate, rates);
    const weightDecayAtEdge = isAtEdge(chosen.weightDecay, decays);
    for (const { rate, weightDecay, tuneAccuracy } of tried) {
      const outcome =
        tuneAccuracy === null
          ? 'diverged'
          : `accuracy ${tuneAccuracy.toFixed(4)} on ${settings.tune}`;
      context.log(`rate ${rate}, weight decay ${weightDecay}: ${outcome}`);
    }
    if (rateAtEdge) {
      context.log(
        `The chosen rate ${chosen.rate} is at the edge of the grid: a wider grid may find a better one.`,
      );
    }
    if (weightDecayAtEdge) {
      context.log(
        `The chosen weight decay ${chosen.weightDecay} is at the edge of the grid: a wider grid may find a better one.`,
      );
    }
    return {
      type: 'score',
      value: {
        accuracy,
        tuneAccuracy: chosen.tuneAccuracy,
        rate: chosen.rate,
        rateAtEdge,
        weightDecay: chosen.weightDecay,
        weightDecayAtEdge,
        grid: tried.map((point) => ({ ...point })),
        classes: data.value.classNames.length,
        examples: {
          fit: fit.end - fit.start,
          tune: tune.end - tune.start,
          test: test.end - test.start,
        },
      },
      arrays: {},
    };
  },
});

/** Whether the best may lie outside of what was tried; where one value alone was tried, nothing was chosen. */
const isAtEdge = (chosen: number, values: readonly number[]): boolean =>
  values.length > 1 &&
  (chosen === Math.min(...values) || chosen === Math.max(...values));
