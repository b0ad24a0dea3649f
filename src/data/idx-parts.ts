import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LabelledPart, LabelledParts } from './choose-splits.ts';
import { DataError } from './data-error.ts';
import { fetchPinned, sha256Of, type PinnedFile } from './download.ts';
import { readIdx, type IdxContent } from './idx-file.ts';
import type { LoadContext } from './image-set.ts';
import { readRegularFile } from './read-file.ts';

/** Where an IDX file is: on this machine, or on the network with known bytes. */
export type IdxPlace =
  | { readonly type: 'path'; readonly path: string }
  | { readonly type: 'pinned'; readonly file: PinnedFile };

/** The two files of one part. */
export interface IdxPlaces {
  readonly images: IdxPlace;
  readonly labels: IdxPlace;
}

/** Part -> its files. */
export type IdxPartPlaces = Readonly<Record<string, IdxPlaces>>;

/** Part -> content -> the standard name of the file. */
export const STANDARD_NAMES = {
  train: {
    images: 'train-images-idx3-ubyte',
    labels: 'train-labels-idx1-ubyte',
  },
  test: { images: 't10k-images-idx3-ubyte', labels: 't10k-labels-idx1-ubyte' },
} as const;

/** The file in a folder under its standard name, plain or packed; the packed name where there is neither. */
function inFolder(folder: string, name: string): IdxPlace {
  const plain = join(folder, name);
  return {
    type: 'path',
    path: existsSync(plain) ? plain : `${plain}.gz`,
  };
}

/** The four standard files of a folder. */
export const folderPlaces = (
  folder: string,
): Readonly<Record<'train' | 'test', IdxPlaces>> => ({
  train: {
    images: inFolder(folder, STANDARD_NAMES.train.images),
    labels: inFolder(folder, STANDARD_NAMES.train.labels),
  },
  test: {
    images: inFolder(folder, STANDARD_NAMES.test.images),
    labels: inFolder(folder, STANDARD_NAMES.test.labels),
  },
});

/** The places that are local files. */
export const localPaths = (places: IdxPartPlaces): readonly string[] =>
  Object.values(places)
    .flatMap(({ images, labels }) => [images, labels])
    .flatMap((place) => (place.type === 'path' ? [place.path] : []));

const nameOf = (place: IdxPlace): string =>
  place.type === 'path' ? place.path : place.file.addresses[0]!;

interface ReadPart extends LabelledPart {
  readonly shape: readonly number[];
  /** SHA-256 of the unpacked files. */
  readonly digests: Readonly<Record<IdxContent, string>>;
  readonly names: Readonly<Record<IdxContent, string>>;
}

async function readPart(
  places: IdxPlaces,
  context: LoadContext,
  wayOut: string,
): Promise<ReadPart> {
  const read = async (content: IdxContent) => {
    const place = places[content];
    const bytes =
      place.type === 'path'
        ? await readRegularFile(place.path, context.signal)
        : await fetchPinned(place.file, context, wayOut);
    return readIdx(bytes, nameOf(place), content);
  };
  const images = await read('images');
  const labels = await read('labels');
  const names = {
    images: nameOf(places.images),
    labels: nameOf(places.labels),
  };
  if (images.shape[0] !== labels.shape[0]) {
    throw new DataError(
      `"${names.images}" holds ${images.shape[0]!} images, but "${names.labels}" holds ${labels.shape[0]!} labels.`,
    );
  }
  return {
    images: images.data,
    labels: labels.data,
    shape: images.shape.slice(1),
    digests: { images: sha256Of(images.file), labels: sha256Of(labels.file) },
    names,
  };
}

/** What else is known of the files, or asked of them. */
export interface IdxExpectations {
  /** Names of the classes; without, `0` to the largest label. */
  readonly classNames?: readonly string[];
  /** Where only certain data will do: what they are called, and part -> content -> SHA-256 of the unpacked file. */
  readonly only?: {
    readonly title: string;
    readonly digests: Readonly<
      Record<string, Readonly<Record<IdxContent, string>>>
    >;
  };
  /** How a user without a connection helps himself, after "Without a connection, put the file at …". */
  readonly wayOut: string;
}

/** What was read, and the SHA-256 of the first part's images, unpacked. */
export interface IdxRead {
  readonly parts: LabelledParts;
  readonly digest: string;
}

/**
 * Reads all parts and holds them against each other: sizes of images, numbers of labels, range of labels.
 *
 * @throws {DataError} with the path or address of the file that does not fit.
 */
export async function readIdxParts(
  places: IdxPartPlaces,
  expected: IdxExpectations,
  context: LoadContext,
): Promise<IdxRead> {
  const parts: [string, ReadPart][] = [];
  for (const [name, place] of Object.entries(places)) {
    parts.push([name, await readPart(place, context, expected.wayOut)]);
  }
  const [first] = parts;
  if (first === undefined) throw new Error('Internal error: no IDX files');
  for (const [name, part] of parts) {
    checkSameShape(first[1], part);
    if (expected.only !== undefined) {
      const { title, digests } = expected.only;
      checkDigests(part, digests[name], title);
    }
  }
  const classNames =
    expected.classNames ??
    Array.from({ length: 1 + largestLabel(parts) }, (_, label) => `${label}`);
  for (const [, part] of parts) checkLabels(part, classNames);
  return {
    parts: {
      classNames,
      imageShape: imageShape(first[1]),
      parts: Object.fromEntries(parts),
    },
    digest: first[1].digests.images,
  };
}

const largestLabel = (parts: readonly [string, ReadPart][]): number =>
  parts.reduce(
    (largest, [, { labels }]) =>
      labels.reduce((one, other) => Math.max(one, other), largest),
    0,
  );

function imageShape({ shape, names }: ReadPart): [number, number, number] {
  const [rows, columns, channels = 1] = shape;
  if (rows === undefined || columns === undefined) {
    throw new Error('Internal error: images without rows');
  }
  if (channels !== 1 && channels !== 3) {
    throw new DataError(
      `"${names.images}" holds images with ${channels} channels; 1 (grey) or 3 (red, green, blue) are what is read.`,
    );
  }
  return [rows, columns, channels];
}

function checkSameShape(one: ReadPart, other: ReadPart): void {
  if (String(one.shape) !== String(other.shape)) {
    throw new DataError(
      `"${one.names.images}" holds images of [${one.shape.join(', ')}], but "${other.names.images}" holds [${other.shape.join(', ')}].`,
    );
  }
}

function checkDigests(
  { digests, names }: ReadPart,
  expected: Readonly<Record<IdxContent, string>> | undefined,
  title: string,
): void {
  if (expected === undefined) return;
  for (const content of ['images', 'labels'] as const) {
    if (digests[content] !== expected[content]) {
      throw new DataError(
        `"${names[content]}" does not hold the ${content} of ${title}: their SHA-256, unpacked, is ${digests[content]}, not ${expected[content]}. Other files of this form are read by "type: idx".`,
      );
    }
  }
}

function checkLabels(
  { labels, names }: ReadPart,
  classNames: readonly string[],
): void {
  const place = labels.findIndex((label) => label >= classNames.length);
  if (place >= 0) {
    throw new DataError(
      `"${names.labels}" holds label ${labels[place]!} at place ${place}, but there are ${classNames.length} classes, so that labels end at ${classNames.length - 1}.`,
    );
  }
}
