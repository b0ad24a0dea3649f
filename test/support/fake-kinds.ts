import { Type } from 'typebox';
import {
  defineKind,
  many,
  one,
  type AnyKind,
  type InputCoordinates,
} from '../../src/kind/kind.ts';
import { Registry } from '../../src/kind/registry.ts';
import { err, ok } from '../../src/util/result.ts';
import { Path, Tagged } from '../../src/kind/schema.ts';

/** Kinds that declare much and do nothing: the language is tested against their schemas and slots. */
const strict = { additionalProperties: false } as const;

const run = (): Promise<never> =>
  Promise.reject(new Error('A fake kind does not run'));

const source = defineKind({
  name: 'source',
  version: 1,
  summary: 'Examples from nowhere.',
  params: Type.Object(
    {
      size: Type.Integer({
        minimum: 1,
        default: 100,
        description: 'Number of examples.',
      }),
      folder: Type.Optional(Path({ description: 'Folder of the files.' })),
      files: Type.Array(Path({ description: 'A file.' }), {
        default: [],
        description: 'Files to read.',
      }),
    },
    strict,
  ),
  inputs: {},
  output: 'dataset',
  run,
});

const train = defineKind({
  name: 'train',
  version: 1,
  summary: 'A network.',
  course: {
    epochs: ({ epochs }) => epochs,
    endingAt: (params, epochs) => ({ ...params, epochs }),
    way: ({ loss, seed, rate }) => ({ loss, seed, rate }),
  },
  params: Type.Object(
    {
      loss: Tagged(
        {
          softmax: Type.Object({}),
          smoothing: Type.Object({
            alpha: Type.Number({
              minimum: 0,
              exclusiveMaximum: 1,
              default: 0.1,
              description: 'Share of the other classes.',
            }),
          }),
          cosine: Type.Object({
            temperature: Type.Number({
              exclusiveMinimum: 0,
              description: 'Divides the similarities.',
            }),
          }),
        },
        { description: 'The objective.', default: { type: 'softmax' } },
      ),
      seed: Type.Integer({
        minimum: 0,
        default: 0,
        description: 'Of everything random.',
      }),
      epochs: Type.Integer({ minimum: 1, description: 'Passes.' }),
      rate: Type.Number({
        exclusiveMinimum: 0,
        default: 0.1,
        description: 'Learning rate.',
      }),
      'weight-decay': Type.Number({
        minimum: 0,
        maximum: 1,
        default: 0,
        description: 'L2 penalty.',
      }),
      flip: Type.Boolean({ default: false, description: 'Mirror images.' }),
      label: Type.String({ default: 'a', description: 'A text.' }),
      limit: Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], {
        default: null,
        description: 'Examples at most.',
      }),
      widths: Type.Array(Type.Integer({ minimum: 1 }), {
        minItems: 1,
        default: [16],
        description: 'Channels by stage.',
      }),
    },
    strict,
  ),
  inputs: { data: one('dataset', 'What it learns from.') },
  output: 'model',
  run,
});

const extract = defineKind({
  name: 'extract',
  version: 1,
  summary: 'Features.',
  params: Type.Object(
    {
      layers: Type.Array(Type.String(), {
        default: ['pool'],
        description: 'Layers.',
      }),
      pooling: Type.Enum(['average', 'none'], {
        default: 'average',
        description: 'What happens to maps.',
      }),
    },
    strict,
  ),
  inputs: {
    model: one('model', 'The network.'),
    data: one('dataset', 'The examples.'),
  },
  output: 'features',
  run,
});

const compare = defineKind({
  name: 'compare',
  version: 1,
  summary: 'Similarity.',
  params: Type.Object({}, strict),
  inputs: {
    left: one(['features', 'score'], 'One side.'),
    right: one(['features', 'score'], 'The other side.'),
  },
  output: 'score',
  run,
});

const best = defineKind({
  name: 'best',
  version: 1,
  summary: 'The best of many.',
  params: Type.Object({}, strict),
  inputs: { candidates: many('score', 'Scores.') },
  output: 'score',
  run,
});

const tune = defineKind({
  name: 'tune',
  version: 1,
  summary: 'Picks one of many.',
  params: Type.Object(
    {
      over: Type.Array(Type.String(), {
        minItems: 1,
        description: 'Axes along which it picks.',
      }),
    },
    strict,
  ),
  inputs: { candidates: many('model', 'Networks.') },
  output: 'score',
  picks: {
    among: ({ over }, { candidates = [] }) => {
      const picks = candidates.map((coordinates) =>
        over.map((axis) => [axis, coordinates[axis]] as const),
      );
      const missing = over.find((axis) =>
        candidates.some((one) => !Object.hasOwn(one, axis)),
      );
      return missing === undefined
        ? ok(picks.map((one) => Object.fromEntries(one) as InputCoordinates))
        : err(`Candidates have no "${missing}".`);
    },
    picked: () => ({}),
  },
  run,
});

const table = defineKind({
  name: 'table',
  version: 1,
  summary: 'Rows and columns.',
  params: Type.Object(
    {
      title: Type.String({ default: '', description: 'Heading.' }),
      // An axis name, a list of them, or settings: a union whose alternatives differ by type.
      rows: Type.Optional(
        Type.Union(
          [
            Type.String({ minLength: 1 }),
            Type.Array(Type.String(), { minItems: 1 }),
            Type.Object(
              {
                axis: Type.String(),
                digits: Type.Integer({ minimum: 0, default: 2 }),
              },
              strict,
            ),
          ],
          { description: 'What the rows are.' },
        ),
      ),
      notes: Type.Optional(
        Type.Record(Type.String(), Type.Number(), {
          description: 'Numbers by name.',
        }),
      ),
    },
    strict,
  ),
  inputs: {},
  openInputs: many(['score', 'model'], 'Results.'),
  output: 'table',
  // A column an input, and one of a group.
  outline: ({ rows: axis }, inputs) =>
    typeof axis === 'string'
      ? {
          rows: [
            ...new Set(
              Object.values(inputs)
                .flat()
                .flatMap((coordinates) => coordinates[axis] ?? []),
            ),
          ],
          columns: Object.keys(inputs).flatMap((title) => [
            { group: null, title },
            { group: title, title: 'n' },
          ]),
        }
      : null,
  run,
});

const note = defineKind({
  name: 'note',
  version: 1,
  summary: 'Takes anything, or nothing.',
  params: Type.Object({}, strict),
  inputs: {},
  openInputs: { ...many(['score', 'model'], 'Results.'), mayBeNone: true },
  output: 'score',
  run,
});

/** All fake kinds. */
export const fakeKinds: readonly AnyKind[] = [
  source,
  train,
  extract,
  compare,
  best,
  tune,
  table,
  note,
];

/** A registry of them. */
export const fakeRegistry = (): Registry => new Registry(fakeKinds);
