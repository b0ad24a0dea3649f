import { Type, type Static } from '../util/type.ts';
import { chooseSplits } from './choose-splits.ts';
import { splitCount, splitsSchema, subsetSettings } from './split-settings.ts';
import { DataError } from './data-error.ts';
import {
  folderPlaces,
  localPaths,
  readIdxParts,
  type IdxPartPlaces,
  type IdxPlace,
  type IdxPlaces,
} from './idx-parts.ts';
import { defineSource, type PathSchema } from './image-set.ts';

/** The `splits` of sources that come in a training and a test part. */
export const trainTestSplits = () =>
  splitsSchema(
    Type.Object(
      {
        from: Type.Enum(['train', 'test'], {
          description: 'Part of the source that the images are taken from.',
        }),
        images: splitCount,
      },
      { additionalProperties: false },
    ),
    {
      default: {
        train: { from: 'train' },
        tune: { from: 'train', images: 5000 },
        test: { from: 'test' },
      },
      description:
        'Splits by name, "{ train: { from: train, images: 40000 } }": the part that images are taken from, "train" or "test", and their number. A split without "images" gets what the others leave.',
    },
  );

const settingsWith = (path: PathSchema) => {
  const place = (content: string) =>
    Type.Object(
      {
        path: Type.Optional(
          path({
            description: `IDX file with the ${content}, on this machine.`,
          }),
        ),
        address: Type.Optional(
          Type.String({
            pattern: '^https?://.',
            description: `Where the ${content} are fetched from, instead of "path".`,
          }),
        ),
        sha256: Type.Optional(
          Type.String({
            pattern: '^[0-9a-f]{64}$',
            description:
              'SHA-256 of the file at "address", 64 lower-case hexadecimal digits.',
          }),
        ),
      },
      {
        additionalProperties: false,
        description: `The ${content}: "path", or "address" and "sha256".`,
      },
    );
  const part = (description: string) =>
    Type.Optional(
      Type.Object(
        { images: place('images'), labels: place('labels') },
        { additionalProperties: false, description },
      ),
    );
  return Type.Object(
    {
      folder: Type.Optional(
        path({
          description:
            'Folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each plain or packed as .gz.',
        }),
      ),
      files: Type.Optional(
        Type.Object(
          {
            train: part('The part that splits call "train".'),
            test: part('The part that splits call "test".'),
          },
          {
            additionalProperties: false,
            minProperties: 1,
            description:
              'The files one by one, instead of "folder"; plain or packed by gzip, whatever their names.',
          },
        ),
      ),
      'class-names': Type.Optional(
        Type.Array(Type.String({ minLength: 1 }), {
          minItems: 1,
          maxItems: 256,
          uniqueItems: true,
          description:
            'Names of labels 0, 1, …; the numbers themselves where it is left out.',
        }),
      ),
      license: Type.String({
        default: 'not stated',
        description: 'Licence of the images, as it is to be recorded.',
      }),
      splits: trainTestSplits(),
      ...subsetSettings,
    },
    { additionalProperties: false },
  );
};

type Settings = Static<ReturnType<typeof settingsWith>>;
type Files = NonNullable<Settings['files']>;
type FilePlace = NonNullable<Files['train']>['images'];

function placeOf({ path, address, sha256 }: FilePlace, key: string): IdxPlace {
  if (path !== undefined && address === undefined && sha256 === undefined) {
    return { type: 'path', path };
  }
  if (path === undefined && address !== undefined && sha256 !== undefined) {
    return { type: 'pinned', file: { addresses: [address], sha256 } };
  }
  throw new DataError(
    `"${key}" needs either "path" alone, or "address" and "sha256".`,
  );
}

function placesOf({ folder, files }: Settings): IdxPartPlaces {
  if (folder !== undefined && files === undefined) return folderPlaces(folder);
  if (folder !== undefined || files === undefined) {
    throw new DataError(
      'An "idx" source needs either "folder" or "files": where its files are.',
    );
  }
  const part = (
    name: 'train' | 'test',
  ): Readonly<Record<string, IdxPlaces>> => {
    const given = files[name];
    if (given === undefined) return {};
    return {
      [name]: {
        images: placeOf(given.images, `files.${name}.images`),
        labels: placeOf(given.labels, `files.${name}.labels`),
      },
    };
  };
  return { ...part('train'), ...part('test') };
}

/** Grey or colour images in IDX files, the form of MNIST. */
export const idxSource = (path: PathSchema) =>
  defineSource({
    settings: settingsWith(path),
    files(settings) {
      try {
        return localPaths(placesOf(settings));
      } catch (error) {
        // `load` says what is wrong with the settings; that there are no files to digest is true until then.
        if (error instanceof DataError) return [];
        throw error;
      }
    },
    async load(settings, context) {
      const classNames = settings['class-names'];
      const { parts, digest } = await readIdxParts(
        placesOf(settings),
        {
          ...(classNames === undefined ? {} : { classNames }),
          wayOut: ', or give a "path" instead of "address"',
        },
        context,
      );
      return {
        ...chooseSplits(parts, settings),
        normalization: { mean: [0.5], deviation: [0.25] },
        source: `IDX files; the first with images has SHA-256 ${digest} unpacked`,
        license: settings.license,
      };
    },
  });
