import { Type, type Static } from '../util/type.ts';
import { defineKind, NodeError, one, type Course } from '../kind/kind.ts';
import { Tagged } from '../kind/schema.ts';
import { architectureSettings, buildNetwork } from '../model/build-network.ts';
import { examplesOf } from '../model/batches.ts';
import { accuracyOf, Inference } from '../model/inference.ts';
import { betweenBatches, runTraining } from '../model/run-training.ts';
import type { TrainingState } from '../model/training-state.ts';
import { drawWeights } from '../model/weights.ts';
import {
  bindObjective,
  objectiveSettings,
} from '../ops/loss/bind-objective.ts';
import { scheduleSettings } from '../ops/optimizer/schedule.ts';
import { checkBatch, chosenSplits, dataSplit, readImages } from './images.ts';
import { alike } from '../util/alike.ts';
import { neutral } from '../util/neutral.ts';
import {
  asNodeError,
  awaitAsNodeError,
  modelArtifact,
} from './model-artifact.ts';
import { modelLayers, stemReduction } from './model-facts.ts';
import { AUGMENTATION, MOMENTUM, SEED } from './training-params.ts';

/** Names the random streams of this kind. */
const PURPOSE = 'train';

const params = Type.Object(
  {
    loss: Tagged(objectiveSettings, {
      description: 'The training objective and its settings.',
    }),
    seed: SEED,
    model: Tagged(architectureSettings, {
      default: { type: 'resnet' },
      description: 'The network.',
    }),
    epochs: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 12,
      ...alike('budget'),
      description: 'Passes over the training split.',
    }),
    'stop-after': Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description:
          'Epochs after which the training is stopped, at most "epochs"; the rate falls as if it went on. What the reference "train@epoch=10" stands for.',
      }),
    ),
    batch: Type.Integer({
      minimum: 1,
      maximum: 65_536,
      default: 128,
      ...alike('budget'),
      description:
        'Examples a step. What remains of the training split after whole batches is left out of each epoch.',
    }),
    rate: Type.Number({
      exclusiveMinimum: 0,
      default: 0.2,
      description: 'Learning rate after the warm-up, above 0.',
    }),
    'warm-up': Type.Number({
      minimum: 0,
      default: 1,
      ...neutral(0),
      description:
        'Epochs in which the rate rises from 0 in a straight line, 0 or more; parts of an epoch are allowed.',
    }),
    schedule: Tagged(scheduleSettings, {
      default: { type: 'cosine' },
      description:
        'How the rate falls after the warm-up: "cosine" to 0 at the end, "exponential" by a factor after every epoch, or "constant".',
    }),
    momentum: MOMENTUM,
    'weight-decay': Type.Number({
      minimum: 0,
      default: 1e-4,
      ...neutral(0),
      description:
        'Coefficient of half the squared norm of convolution and linear weights in the objective, 0 or more. Biases and batch norm are left out.',
    }),
    augmentation: AUGMENTATION,
    split: Type.String({
      default: 'train',
      description: 'Split that is trained on.',
    }),
    evaluate: Type.Optional(
      Type.Array(Type.String(), {
        uniqueItems: true,
        description:
          'Splits on which the trained network is scored; all where it is left out.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Params = Static<typeof params>;

/** Whether the rate of a step depends on how many come after it. */
const endsInZero = ({ schedule }: Params): boolean =>
  schedule.type === 'cosine';

const lastEpoch = (settings: Params): number =>
  settings['stop-after'] ?? settings.epochs;

/** Trainings that differ in where they end, or in what is scored there. */
const course: Course<Params> = {
  epochs: lastEpoch,
  endingAt(settings, epoch) {
    if (epoch === lastEpoch(settings)) return settings;
    if (endsInZero(settings)) return { ...settings, 'stop-after': epoch };
    // A whole training of so many epochs, whose result may be there already.
    const { 'stop-after': stopped, ...rest } = settings;
    return { ...rest, epochs: Math.min(epoch, stopped ?? epoch) };
  },
  way(settings) {
    const ends = ['stop-after', 'evaluate'];
    if (!endsInZero(settings)) ends.push('epochs');
    return Object.fromEntries(
      Object.entries(settings).filter(([name]) => !ends.includes(name)),
    );
  },
};

/** Trains a network with an objective. */
export const train = defineKind({
  name: 'train',
  version: 2,
  summary:
    'Trains a network with one of nine objectives: SGD with Nesterov momentum, warm-up, then decay.',
  params,
  inputs: { data: one('dataset', 'Labelled images to train on.') },
  output: 'model',
  resources: { gpus: 1 },
  course,
  facts: {
    examples: 'data',
    layers: ({ model }) => modelLayers(model),
    measuredOn: (_, number) =>
      /^accuracy\.(?<split>.+)$/.exec(number)?.[1] ?? null,
    stemReduction: ({ model }) => stemReduction(model),
  },
  async run(context) {
    const { inputs, signal, checkpoints } = context;
    const { loss, model, split, seed, ...settings } = context.params;
    const last = lastEpoch(context.params);
    if (last > settings.epochs) {
      throw new NodeError(
        `"stop-after" is ${last}, and there are only ${settings.epochs} "epochs".`,
      );
    }
    const { data } = inputs;
    const range = dataSplit(data, split);
    const scored = chosenSplits(data, settings.evaluate);
    const objective = bindObjective(loss);
    if (objective.train !== null) {
      checkBatch(settings.batch, range.end - range.start, split);
    }
    const { imageShape, classNames } = data.value;
    const network = asNodeError(() =>
      buildNetwork(model, {
        channels: imageShape[2],
        classes: classNames.length,
      }),
    );
    const source = readImages(data);
    const { layers } = await context.backend();

    const trained = await awaitAsNodeError(
      runTraining(
        {
          ...settings,
          network,
          objective,
          source,
          examples: examplesOf(range),
          seed,
          purpose: PURPOSE,
          stopAfter: last,
          warmUp: settings['warm-up'],
          weightDecay: settings['weight-decay'],
        },
        drawWeights(network.weights, seed, PURPOSE),
        {
          layers,
          signal,
          checkpoints,
          // The key it was saved under is that of these parameters and of this kind's version.
          resume: (await checkpoints.load()) as TrainingState | null,
          progress: ({ epochs: done, metrics, imagesPerSecond }) => {
            context.progress({
              done,
              total: last,
              unit: 'epoch',
              ...(metrics && { metrics: { ...metrics } }),
              imagesPerSecond,
            });
          },
          epoch: ({ epoch, loss: mean, accuracy }) => {
            context.log(
              `epoch ${epoch}: loss ${mean.toPrecision(4)}, accuracy ${accuracy.toFixed(4)}`,
            );
          },
        },
      ),
    );
    const { weights, epochs } = trained;
    if (
      objective.train !== null &&
      (last < settings.epochs || !endsInZero(context.params))
    ) {
      checkpoints.leave(trained);
    }
    const inference = new Inference({ network, objective, layers, weights });
    const accuracy: Record<string, number> = {};
    try {
      for (const name of scored) {
        accuracy[name] = await accuracyOf(
          inference,
          source,
          dataSplit(data, name),
          betweenBatches(trained, { signal, checkpoints }),
        );
      }
    } finally {
      inference.dispose();
    }
    // After the last save: what is logged before one is there again when a state is loaded.
    for (const [name, share] of Object.entries(accuracy)) {
      context.log(`accuracy on ${name}: ${share.toFixed(4)}`);
    }
    return modelArtifact(
      { architecture: model, network, objective, weights },
      { classNames, imageShape, epochs, accuracy },
    );
  },
});
