import { setImmediate } from 'node:timers/promises';
import type { Artifact } from '../artifact/artifact.ts';
import { defineKind, one } from '../kind/kind.ts';
import { classSeparation } from '../ops/separation/class-separation.ts';
import { distanceDensities } from '../ops/separation/distance-densities.ts';
import { euclideanSeparation } from '../ops/separation/euclidean-separation.ts';
import { neuralCollapse } from '../ops/separation/neural-collapse.ts';
import { NotFiniteError } from '../ops/separation/row-stream.ts';
import { neutral } from '../util/neutral.ts';
import { Type, type Static } from '../util/type.ts';
import {
  notFinite,
  splitFeatures,
  splitLabels,
  streamFeatures,
} from './feature-matrix.ts';

/** Examples between two looks at the abort signal, where every pair is compared. */
const EXAMPLES_A_TURN = 256;

const params = Type.Object(
  {
    layer: Type.String({
      default: 'pool',
      description: 'Layer of the features that is measured.',
    }),
    layers: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        uniqueItems: true,
        description:
          'Layers that are measured as well, each on its own; a column of a table finds them as "layers.NAME.r2".',
      }),
    ),
    split: Type.String({
      default: 'train',
      description: 'Split whose examples are measured.',
    }),
    distance: Type.Enum(['cosine', 'squared-euclidean', 'euclidean'], {
      default: 'cosine',
      description:
        'Distance between two examples; cosine is 1 - cosine of the angle. "euclidean" compares every pair: its time grows with the square of the number of examples.',
    }),
    center: Type.Boolean({
      default: false,
      ...neutral(false),
      description:
        'Whether the mean over examples is subtracted first, before vectors are normalised. Changes nothing for Euclidean distances.',
    }),
    collapse: Type.Boolean({
      default: false,
      ...neutral(false),
      description:
        'Whether variability collapse, NC1 = tr(Σ_W Σ_B⁺) / classes, is measured too; two more passes over the features, and a product with as many directions as there are classes.',
    }),
    bins: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 1000,
      ...neutral(0),
      description:
        'Bins of the densities of distances within classes and between them, over all pairs of at most 1000 examples; 0: no densities.',
    }),
  },
  { additionalProperties: false },
);

/** Class separation R² of one layer or more. */
export const separation = defineKind({
  name: 'separation',
  version: 2,
  summary:
    'Class separation R²: the share of the distance between examples that lies between classes.',
  params,
  inputs: { features: one('features', 'The features to measure.') },
  output: 'score',
  facts: {
    examples: 'features',
    layersFrom: ['features'],
    asks: ({ layer, layers }) => ({ layer: [layer], layers }),
  },
  async run(context) {
    const { inputs, signal } = context;
    const { layer, layers, split, distance, center } = context.params;
    const labels = splitLabels(inputs.features, split, 'features');
    const wait = async (done: number): Promise<void> => {
      context.progress({ done, total: labels.length, unit: 'example' });
      await setImmediate();
      signal.throwIfAborted();
    };
    const measured = new Map<string, LayerMeasures>();
    for (const name of new Set([layer, ...(layers ?? [])])) {
      const input = { features: inputs.features, labels, layer: name };
      const found = await measureLayer(input, context.params, wait);
      if (found.r2 === null) {
        context.log(
          `All ${labels.length} examples of split "${split}" are equal in layer "${name}": the total distance is 0 and there is no R².`,
        );
      }
      measured.set(name, found);
    }
    const { zeroVectors = 0, ...main } = measured.get(layer) ?? {};
    const classes = new Set(labels).size;
    return {
      type: 'score',
      value: {
        ...main,
        layer,
        split,
        distance,
        centered: center,
        examples: labels.length,
        classes,
        absentClasses: inputs.features.value.classNames.length - classes,
        zeroVectors,
        ...(layers && {
          layers: Object.fromEntries(
            layers.map((name) => [name, { ...measured.get(name) }]),
          ),
        }),
      },
      arrays: {},
    };
  },
});

/** What is measured of one layer; a type, so that it can stand in a score. */
type LayerMeasures = Awaited<ReturnType<typeof measureLayer>>;

interface LayerInput {
  readonly features: Artifact<'features'>;
  readonly labels: Int32Array;
  readonly layer: string;
}

async function measureLayer(
  { features, labels, layer }: LayerInput,
  settings: Static<typeof params>,
  wait: (done: number) => Promise<void>,
) {
  const { split, distance, center, collapse, bins } = settings;
  const stream = streamFeatures(features, layer, split, 'features');
  const { r2, within, total, zeroVectors } =
    distance === 'euclidean'
      ? await finish(
          euclideanSeparation(
            splitFeatures(features, layer, split, 'features'),
            labels,
          ),
          (done) => (done % EXAMPLES_A_TURN === 0 ? wait(done) : undefined),
        )
      : await finish(
          classSeparation(stream, labels, { distance, center }),
          wait,
        ).catch((error: unknown) => {
          if (!(error instanceof NotFiniteError)) throw error;
          throw notFinite(layer, split, 'features', error.example, error.value);
        });
  return {
    r2,
    within,
    total,
    outcome: r2 === null ? 'all-examples-equal' : 'measured',
    ...(collapse && {
      nc1: await finish(neuralCollapse(stream, labels), wait),
    }),
    ...(bins > 0 && {
      densities: {
        ...distanceDensities(stream, labels, { distance, center, bins }),
      },
    }),
    zeroVectors,
  };
}

/** Runs a measure to its end, with pauses. */
async function finish<T>(
  turns: Generator<number, T, undefined>,
  pause: (done: number) => Promise<void> | undefined,
): Promise<T> {
  for (;;) {
    const turn = turns.next();
    if (turn.done === true) return turn.value;
    await pause(turn.value);
  }
}
