import { alike } from '../util/alike.ts';
import { Type } from '../util/type.ts';
import { defineKind, one } from '../kind/kind.ts';
import { Tagged } from '../kind/schema.ts';
import { buildNetwork } from '../model/build-network.ts';
import {
  fineTune,
  fineTuningMomentum,
  type FineTuningResult,
} from '../model/fine-tune.ts';
import { DivergedError } from '../model/model-error.ts';
import type { TrainingState } from '../model/training-state.ts';
import {
  checkBatch,
  checkImageShape,
  dataSplit,
  readImages,
} from './images.ts';
import { awaitAsNodeError, restoreModel } from './model-artifact.ts';
import { checkSplitRoles } from './split-roles.ts';
import { AUGMENTATION, MOMENTUM, SEED } from './training-params.ts';

const lengthSettings = {
  /** Passes over the examples. */
  epochs: Type.Object(
    {
      count: Type.Integer({
        minimum: 1,
        maximum: 100_000,
        default: 15,
        description: 'Passes over the examples.',
      }),
    },
    { additionalProperties: false },
  ),
  /** Steps, however many examples there are. */
  steps: Type.Object(
    {
      count: Type.Integer({
        minimum: 1,
        maximum: 100_000_000,
        default: 20_000,
        description: 'Steps, which may end within an epoch.',
      }),
    },
    { additionalProperties: false },
  ),
};

const params = Type.Object(
  {
    seed: SEED,
    rate: Type.Number({
      exclusiveMinimum: 0,
      default: 0.1,
      description:
        'Learning rate at the start, above 0; it falls to 0 along half a cosine.',
    }),
    'weight-decay': Type.Number({
      minimum: 0,
      default: 1e-5,
      description:
        'Share of itself that a convolution or linear weight loses in a step at the full rate, 0 or more: half the squared norm is in the objective with this, divided by "rate", as its coefficient.',
    }),
    length: Tagged(lengthSettings, {
      default: { type: 'epochs' },
      ...alike('budget'),
      description:
        'How long is trained: so many "epochs", or so many "steps", whatever the number of examples.',
    }),
    batch: Type.Integer({
      minimum: 1,
      maximum: 65_536,
      default: 64,
      ...alike('budget'),
      description:
        'Examples a step. What remains after whole batches is left out of each epoch.',
    }),
    momentum: MOMENTUM,
    augmentation: AUGMENTATION,
    refit: Type.Boolean({
      default: false,
      description:
        'false, to choose settings by: trained on "fit", scored on "tune" (tuneAccuracy). true, once they are chosen: trained on "fit" and "tune", scored on "test" (accuracy).',
    }),
    fit: Type.String({
      default: 'train',
      description: 'Split that is trained on.',
    }),
    tune: Type.String({
      default: 'tune',
      description:
        'Split by which settings are chosen; trained on as well in a refit.',
    }),
    test: Type.String({
      default: 'test',
      description: 'Split that a refit is scored on; else it is not looked at.',
    }),
  },
  { additionalProperties: false },
);

/** Trains the whole network on a new task. */
export const finetune = defineKind({
  name: 'finetune',
  version: 3,
  summary:
    'Fine-tuned accuracy: the whole network trained on a new task with one learning rate and one weight decay, for "tune" to choose from, or chosen.',
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
    const { refit, batch, length, ...settings } = context.params;
    const { data } = inputs;
    checkImageShape(inputs.model, data);
    checkSplitRoles(settings);
    const fitted = refit ? [settings.fit, settings.tune] : [settings.fit];
    const fit = fitted.map((split) => dataSplit(data, split));
    const scored = dataSplit(data, refit ? settings.test : settings.tune);
    const examples = fit.reduce((sum, { start, end }) => sum + end - start, 0);
    checkBatch(batch, examples, ...fitted);
    const stepsPerEpoch = Math.floor(examples / batch);
    const isSteps = length.type === 'steps';
    const steps = isSteps ? length.count : length.count * stepsPerEpoch;
    const model = await restoreModel(inputs.model);
    const { layers } = await context.backend();
    const result = await outcomeOf(
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
          scored,
          batch,
          steps,
          stepsPerEpoch,
          weightDecay: settings['weight-decay'],
        },
        {
          layers,
          signal: context.signal,
          checkpoints,
          // The key it was saved under is that of these parameters and of this kind's version.
          resume: (await checkpoints.load()) as TrainingState | null,
          progress: ({ epochs, metrics, imagesPerSecond }) => {
            context.progress({
              done: isSteps ? Math.round(epochs * stepsPerEpoch) : epochs,
              total: length.count,
              unit: isSteps ? 'step' : 'epoch',
              ...(metrics && { metrics: { ...metrics } }),
              imagesPerSecond,
            });
          },
        },
      ),
      refit ? null : context,
    );
    return {
      type: 'score',
      value: {
        [refit ? 'accuracy' : 'tuneAccuracy']: result?.accuracy ?? null,
        fitAccuracy: result?.lastEpoch?.accuracy ?? null,
        fitLoss: result?.lastEpoch?.loss ?? null,
        rate: settings.rate,
        weightDecay: settings['weight-decay'],
        steps,
        stepsPerEpoch,
        batchNormMomentum: fineTuningMomentum(stepsPerEpoch),
        classes: data.value.classNames.length,
        examples: { fit: examples, scored: scored.end - scored.start },
      },
      arrays: {},
    };
  },
});

/**
 * What a fine-tuning came to. One that diverges ends a node, unless it is there to be chosen from: then it is none to choose,
 * and the others go on.
 *
 * @param log of a node to choose from, else null.
 */
async function outcomeOf(
  result: Promise<FineTuningResult>,
  log: { log(line: string): void } | null,
): Promise<FineTuningResult | null> {
  return awaitAsNodeError(
    result.catch((error: unknown) => {
      if (log === null || !(error instanceof DivergedError)) throw error;
      log.log(`diverged: ${error.message}`);
      return null;
    }),
  );
}
