import type { Rng } from '../tensor/rng.ts';
import { autoAugment } from './augmentation/auto-augment.ts';
import { drawShare, mixRows } from './augmentation/mixup.ts';
import type { PolicyName } from './augmentation/policies.ts';

/** Labelled images in host memory. */
export interface LabelledImages {
  /** uint8 `[examples, rows, columns, channels]`. */
  readonly images: Uint8Array;
  /** int32 `[examples]` in `0 … classes − 1`. */
  readonly labels: Int32Array;
  readonly classes: number;
  /** Rows, columns, channels. */
  readonly imageShape: readonly [number, number, number];
  /** A network sees `(value / 255 - mean) / deviation`, one number for all channels or one a channel. */
  readonly normalization: {
    readonly mean: readonly number[];
    readonly deviation: readonly number[];
  };
}

/** Examples `start … end − 1`. */
export interface ExampleRange {
  readonly start: number;
  readonly end: number;
}

/** Indices of examples, range after range. */
export const examplesOf = (...ranges: readonly ExampleRange[]): Int32Array =>
  Int32Array.from(
    ranges.flatMap(({ start, end }) =>
      Array.from({ length: end - start }, (_, index) => start + index),
    ),
  );

/** The same examples, some at a time. */
export function* batchesOf(
  examples: Int32Array,
  batch: number,
): Generator<Int32Array> {
  for (let from = 0; from < examples.length; from += batch) {
    yield examples.subarray(from, from + batch);
  }
}

/** How training images are changed at random. */
export interface Augmentation {
  /** Largest shift in each direction, in pixels; what comes in repeats the edge. */
  readonly shift: number;
  /** Whether half of the images are mirrored left to right. */
  readonly flip: boolean;
  /** Policy by which images are changed first, as they are in memory. */
  readonly 'auto-augment'?: PolicyName | 'none';
  /** Side of a square that is covered with the mean last, in pixels; 0 or nothing: none. */
  readonly cutout?: number;
  /** Examples are mixed in pairs by shares of Beta(α, α); 0 or nothing: they are not. */
  readonly mixup?: number;
}

/**
 * Where augmentation draws its random numbers. Each use has a generator of its own: with the same seed images are shifted
 * alike whatever else is done to them.
 */
export interface AugmentationStreams {
  readonly augmentation: Rng;
  readonly policy: Rng;
  readonly cutout: Rng;
  readonly mixup: Rng;
}

/** A batch to train on. */
export interface TrainingBatch {
  /** float32 `[examples, rows, columns, channels]`. */
  readonly images: Float32Array;
  /** float32 `[examples, classes]`: rows that add up to 1. */
  readonly targets: Float32Array;
  /** The class with the largest share of each target, int32 `[examples]`. */
  readonly labels: Int32Array;
}

/** Fills batches with images as a network sees them. Built in JavaScript: gathering rows on a backend is far slower. */
export class BatchBuilder {
  readonly #source: LabelledImages;
  /** `[channel][value]` -> what the network sees. */
  readonly #seen: Float32Array;
  /** The value of each channel that a network sees as 0, or the nearest one. */
  readonly #fill: readonly number[];

  constructor(source: LabelledImages) {
    const { mean, deviation } = source.normalization;
    const channels = source.imageShape[2];
    this.#source = source;
    this.#seen = new Float32Array(channels * 256);
    this.#fill = Array.from({ length: channels }, (_, channel) =>
      Math.round(255 * (mean[channel] ?? mean[0] ?? 0)),
    );
    for (let channel = 0; channel < channels; channel++) {
      const center = mean[channel] ?? mean[0] ?? 0;
      const scale = deviation[channel] ?? deviation[0] ?? 1;
      for (let value = 0; value < 256; value++) {
        this.#seen[channel * 256 + value] = (value / 255 - center) / scale;
      }
    }
  }

  /**
   * Images as they are.
   *
   * @returns float32 `[examples, rows, columns, channels]`.
   */
  images(examples: Int32Array): Float32Array {
    return this.#write(examples, (example) => ({
      ...UNMOVED,
      pixels: this.#pixels(example),
    }));
  }

  /**
   * A batch of images changed at random, each on its own and then in pairs: by the policy, shifted and mirrored, a square
   * covered, mixed. An example is mixed with one that is drawn from the batch, itself perhaps; one share counts for all.
   *
   * @param streams draw, where it is asked for: the policy's numbers, two an image for the shift and one for the flip, two
   *   for the square, and those of one share and one order a batch.
   */
  augmented(
    examples: Int32Array,
    augmentation: Augmentation,
    streams: AugmentationStreams,
  ): TrainingBatch {
    const images = this.#write(examples, this.#changes(augmentation, streams));
    const targets = this.oneHot(examples);
    const labels = this.labels(examples);
    const { mixup = 0 } = augmentation;
    if (mixup === 0) return { images, targets, labels };
    const share = drawShare(mixup, streams.mixup);
    const partners = streams.mixup.permutation(examples.length);
    return {
      images: mixRows(images, partners, share),
      targets: mixRows(targets, partners, share),
      labels,
    };
  }

  /** Labels as rows of one 1 among 0, float32 `[examples, classes]`. */
  oneHot(examples: Int32Array): Float32Array {
    const { classes, labels } = this.#source;
    const rows = new Float32Array(examples.length * classes);
    examples.forEach((example, row) => {
      rows[row * classes + (labels[example] ?? 0)] = 1;
    });
    return rows;
  }

  /** Labels, int32 `[examples]`. */
  labels(examples: Int32Array): Int32Array {
    return examples.map((example) => this.#source.labels[example] ?? 0);
  }

  /** How the next image is changed. */
  #changes(
    { shift, flip, cutout = 0, ...augmentation }: Augmentation,
    streams: AugmentationStreams,
  ): (example: number) => Change {
    const [rows, columns, channels] = this.#source.imageShape;
    const policy = augmentation['auto-augment'] ?? 'none';
    const offset = (): number =>
      shift === 0 ? 0 : streams.augmentation.below(2 * shift + 1) - shift;
    return (example) => {
      const pixels = this.#pixels(example);
      return {
        pixels:
          policy === 'none'
            ? pixels
            : autoAugment(
                { pixels, rows, columns, channels },
                policy,
                this.#fill,
                streams.policy,
              ).pixels,
        down: offset(),
        right: offset(),
        mirrored: flip && streams.augmentation.below(2) === 1,
        covered:
          cutout === 0
            ? null
            : {
                size: cutout,
                top: streams.cutout.below(rows) - Math.floor(cutout / 2),
                left: streams.cutout.below(columns) - Math.floor(cutout / 2),
              },
      };
    };
  }

  #pixels(example: number): Uint8Array {
    const { images, imageShape } = this.#source;
    const [rows, columns, channels] = imageShape;
    const size = rows * columns * channels;
    return images.subarray(example * size, (example + 1) * size);
  }

  #write(
    examples: Int32Array,
    change: (example: number) => Change,
  ): Float32Array {
    const [rows, columns, channels] = this.#source.imageShape;
    const size = rows * columns * channels;
    const seen = this.#seen;
    const batch = new Float32Array(examples.length * size);
    const from = new Int32Array(columns);
    let at = 0;
    for (const example of examples) {
      const { pixels, down, right, mirrored, covered } = change(example);
      for (let column = 0; column < columns; column++) {
        const shown = mirrored ? columns - 1 - column : column;
        from[column] = clamp(shown + right, columns) * channels;
      }
      const start = at;
      for (let row = 0; row < rows; row++) {
        const rowAt = clamp(row + down, rows) * columns * channels;
        for (let column = 0; column < columns; column++) {
          const pixel = rowAt + (from[column] ?? 0);
          for (let channel = 0; channel < channels; channel++) {
            batch[at++] =
              seen[channel * 256 + (pixels[pixel + channel] ?? 0)] ?? 0;
          }
        }
      }
      if (covered === null) continue;
      const { top, left, size: side } = covered;
      const [first, last] = [left, left + side].map(
        (column) => start + Math.max(0, Math.min(columns, column)) * channels,
      );
      const end = Math.min(rows, top + side);
      for (let row = Math.max(0, top); row < end; row++) {
        const line = row * columns * channels;
        // What a network sees of the mean.
        batch.fill(0, line + (first ?? start), line + (last ?? start));
      }
    }
    return batch;
  }
}

/** What is done to one image. */
interface Change {
  /** The image before it is moved, uint8 `[rows, columns, channels]`. */
  readonly pixels: Uint8Array;
  readonly down: number;
  readonly right: number;
  readonly mirrored: boolean;
  /** The square that is covered, which may reach beyond the image. */
  readonly covered: {
    readonly size: number;
    readonly top: number;
    readonly left: number;
  } | null;
}

const UNMOVED = { down: 0, right: 0, mirrored: false, covered: null } as const;

const clamp = (index: number, length: number): number =>
  index < 0 ? 0 : index >= length ? length - 1 : index;
