import { setImmediate } from 'node:timers/promises';
import type { Static, TObject, TString } from '../util/type.ts';
import { DataError } from './data-error.ts';

/** Labelled images in memory, split by split: what every source yields. */
export interface ImageSet {
  readonly classNames: readonly string[];
  /** Split name -> its examples `[start, end)`; contiguous, disjoint, in the order of `orderedSplits`. */
  readonly splits: Readonly<
    Record<string, { readonly start: number; readonly end: number }>
  >;
  /** Rows, columns, channels. */
  readonly imageShape: readonly [number, number, number];
  /** A network sees `(value / 255 - mean) / deviation`. */
  readonly normalization: Normalization;
  /** Where the images are from, in words; the same on every machine. */
  readonly source: string;
  readonly license: string;
  /** uint8 `[examples, rows, columns, channels]`. */
  readonly images: Uint8Array;
  /** int32 `[examples]`, in `0 … classNames.length - 1`. */
  readonly labels: Int32Array;
}

/** One number for all channels, or one a channel. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** What a source may use while it loads. */
export interface LoadContext {
  /** Folder for files that are fetched once, each under its SHA-256; made when needed. */
  readonly downloads: string;
  readonly signal: AbortSignal;
  progress(progress: {
    readonly done: number;
    readonly total: number;
    readonly unit: string;
  }): void;
}

/** How a schema declares the path of a file or folder; handed in, since this folder knows nothing of kinds. */
export type PathSchema = (options: { description: string }) => TString;

/** A source of images: its settings, the files it will read, and the images. */
export interface ImageSource<S extends TObject = TObject> {
  /** Settings beside `type`; each with a description. */
  readonly settings: S;
  /** Rows of its images, where every one has as many whatever the settings. */
  readonly side?: number;
  /** Local files that `load` will read with these settings, absolute. */
  files(settings: Static<S>): readonly string[];
  /** @throws {DataError} if the images can't be had as the settings ask. */
  load(settings: Static<S>, context: LoadContext): Promise<ImageSet>;
}

/** Infers the type of a source's settings from its literal. */
export const defineSource = <S extends TObject>(
  source: ImageSource<S>,
): ImageSource<S> => source;

/** Names of splits as users write them. */
export const SPLIT_NAME = '^[a-z][a-z0-9-]*$';

/** The most images that one split may ask for. */
export const MAX_SPLIT_IMAGES = 1_000_000;

const FIRST_SPLITS: readonly string[] = ['train', 'tune', 'test'];

/**
 * The names in the order in which splits lie in a data set: `train`, `tune`, `test`, then others by code unit. Not the
 * order in the user's file: a mapping written in another order is the same data.
 */
export function orderedSplits(names: readonly string[]): readonly string[] {
  return [
    ...FIRST_SPLITS.filter((name) => names.includes(name)),
    ...names.filter((name) => !FIRST_SPLITS.includes(name)).sort(),
  ];
}

/** Lays splits of the given sizes end to end. */
export function splitRanges(
  sizes: readonly { readonly name: string; readonly images: number }[],
): ImageSet['splits'] {
  let start = 0;
  return Object.fromEntries(
    sizes.map(({ name, images }) => {
      const range = { start, end: start + images };
      start = range.end;
      return [name, range];
    }),
  );
}

/** The most bytes of images that one data set may have: what fits one array on every machine. */
const MAX_IMAGE_BYTES = 2 ** 31;

/**
 * Room for images and labels, all zero.
 *
 * @param imageBytes rows · columns · channels.
 * @throws {DataError} if the images are too many to hold in memory.
 */
export function roomFor(
  examples: number,
  imageBytes: number,
): Pick<ImageSet, 'images' | 'labels'> {
  const bytes = examples * imageBytes;
  if (bytes > MAX_IMAGE_BYTES) {
    throw new DataError(
      `${examples} images of ${imageBytes} bytes are ${bytes} bytes; a data set holds at most ${MAX_IMAGE_BYTES}.`,
    );
  }
  return { images: new Uint8Array(bytes), labels: new Int32Array(examples) };
}

/** Lets timers, messages and the abort signal have their turn; called between stretches of long loops. */
export async function breathe(signal: AbortSignal): Promise<void> {
  await setImmediate();
  signal.throwIfAborted();
}

/** Names in double quotes, for messages. */
export const quoted = (names: readonly string[]): string =>
  names.map((name) => `"${name}"`).join(', ');
