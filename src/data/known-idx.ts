import { Type } from '../util/type.ts';
import { chooseSplits } from './choose-splits.ts';
import { subsetSettings } from './split-settings.ts';
import type { IdxContent } from './idx-file.ts';
import {
  folderPlaces,
  localPaths,
  readIdxParts,
  STANDARD_NAMES,
  type IdxPartPlaces,
  type IdxPlaces,
} from './idx-parts.ts';
import { trainTestSplits } from './idx.ts';
import {
  defineSource,
  type Normalization,
  type PathSchema,
} from './image-set.ts';

/** What is known of one file of a published data set. */
export interface KnownFile {
  /** SHA-256 of the packed file at the addresses. */
  readonly packed: string;
  /** SHA-256 of the unpacked file: the same for every copy, however it was packed. */
  readonly unpacked: string;
}

/** A published data set in four IDX files. */
export interface KnownIdx {
  readonly title: string;
  readonly license: string;
  /** Folders on the network, tried in turn; they end in a slash. */
  readonly addresses: readonly string[];
  readonly files: Readonly<
    Record<'train' | 'test', Readonly<Record<IdxContent, KnownFile>>>
  >;
  readonly classNames: readonly string[];
  readonly normalization: Normalization;
  /** Where else the files can be had from, for the description of `folder`. */
  readonly folderHint: string;
}

/** A source of one published data set: fetched from its official address, or read from a folder. */
export const knownIdxSource = (known: KnownIdx, path: PathSchema) => {
  const pinned = (part: 'train' | 'test'): IdxPlaces => {
    const place = (content: IdxContent): IdxPlaces[IdxContent] => ({
      type: 'pinned',
      file: {
        addresses: known.addresses.map(
          (address) => `${address}${STANDARD_NAMES[part][content]}.gz`,
        ),
        sha256: known.files[part][content].packed,
      },
    });
    return { images: place('images'), labels: place('labels') };
  };
  const unpacked = (part: 'train' | 'test') => ({
    images: known.files[part].images.unpacked,
    labels: known.files[part].labels.unpacked,
  });
  const placesOf = (folder: string | undefined): IdxPartPlaces =>
    folder === undefined
      ? { train: pinned('train'), test: pinned('test') }
      : folderPlaces(folder);
  return defineSource({
    // Fashion-MNIST has the form of MNIST.
    side: 28,
    settings: Type.Object(
      {
        folder: Type.Optional(
          path({
            description: `Folder with the four IDX files, plain or packed as .gz, ${known.folderHint}. Without, they are fetched once into the cache.`,
          }),
        ),
        splits: trainTestSplits(),
        ...subsetSettings,
      },
      { additionalProperties: false },
    ),
    files: ({ folder }) =>
      folder === undefined ? [] : localPaths(placesOf(folder)),
    async load(settings, context) {
      const { parts } = await readIdxParts(
        placesOf(settings.folder),
        {
          classNames: known.classNames,
          only: {
            title: known.title,
            digests: { train: unpacked('train'), test: unpacked('test') },
          },
          wayOut: ', or name a "folder" that holds the four files',
        },
        context,
      );
      return {
        ...chooseSplits(parts, settings),
        normalization: known.normalization,
        source: known.title,
        license: known.license,
      };
    },
  });
};
