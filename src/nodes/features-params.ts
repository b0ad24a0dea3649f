import { Type, type Static } from '../util/type.ts';
import { Path, Tagged } from '../kind/schema.ts';

const NAME = { minLength: 1 };
const archive = () =>
  Path({
    description:
      'A .npz or .safetensors file with a matrix for each layer and a vector of labels.',
  });
const arrays = () =>
  Type.Record(Type.String(NAME), Path({ description: 'A .npy file.' }), {
    minProperties: 1,
    description:
      'Name of an array -> its .npy file: { pool: pool.npy, labels: labels.npy }.',
  });

/** Parameters of `features`. */
export const featuresParams = Type.Object(
  {
    source: Tagged(
      {
        archive: Type.Object({ file: archive() }),
        archives: Type.Object({
          files: Type.Record(Type.String(NAME), archive(), {
            minProperties: 1,
            description:
              'Split -> its file: { train: train.npz, tune: tune.npz, test: test.npz }.',
          }),
        }),
        arrays: Type.Object({ files: arrays() }),
        'split-arrays': Type.Object({
          files: Type.Record(Type.String(NAME), arrays(), {
            minProperties: 1,
            description:
              'Split -> its arrays: { train: { pool: train-pool.npy, labels: train-labels.npy } }.',
          }),
        }),
      },
      {
        description:
          'Where the arrays are: "archive" has all of them in one .npz or .safetensors file, "archives" one such file for each split, "arrays" a .npy file for each array, "split-arrays" one for each array of each split.',
      },
    ),
    layers: Type.Optional(
      Type.Array(Type.String(NAME), {
        minItems: 1,
        uniqueItems: true,
        description:
          'Arrays that are layers, from the first of the network to the last. Each is [examples, features]; further axes are flattened. Default: all but labels and splits, in the order of the file.',
      }),
    ),
    labels: Type.String({
      ...NAME,
      default: 'labels',
      description:
        'Name of the array of labels, [examples]: whole numbers from 0, or texts.',
    }),
    'class-names': Type.Optional(
      Type.Array(Type.String(NAME), {
        minItems: 1,
        uniqueItems: true,
        description:
          'Names of labels 0, 1, …, or the texts in the order that they are to have. Default: the numbers themselves, or the texts sorted.',
      }),
    ),
    split: Type.String({
      ...NAME,
      default: 'split',
      description:
        'Name of the array that says the split of each example, [examples]: names, or places in "split-names". Only where "source" has not a file for each split; where there is no such array, all examples are one split, "all".',
    }),
    'split-names': Type.Array(Type.String(NAME), {
      minItems: 1,
      uniqueItems: true,
      default: ['train', 'tune', 'test'],
      description: 'Splits that 0, 1, … stand for in the array of splits.',
    }),
    splits: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ ...NAME, description: 'Name of the split.' }),
            examples: Type.Integer({
              minimum: 1,
              description: 'Its number of rows.',
            }),
          },
          { additionalProperties: false },
        ),
        {
          minItems: 1,
          description:
            'Splits in the order of the rows, where no array says them: [{ name: train, examples: 4000 }, { name: test, examples: 1000 }]. Together they have all rows.',
        },
      ),
    ),
  },
  { additionalProperties: false },
);

/** The same as a node sees them. */
export type FeaturesParams = Static<typeof featuresParams>;
