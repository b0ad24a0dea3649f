import type { Rng } from '../tensor/rng.ts';

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

/** How training images are moved about. */
export interface Augmentation {
  /** Largest shift in each direction, in pixels; what comes in repeats the edge. */
  readonly shift: number;
  /** Whether half of the images are mirrored left to right. */
  readonly flip: boolean;
}

/** Fills batches with images as a network sees them. Built in JavaScript: gathering rows on a backend is far slower. */
export class BatchBuilder {
  readonly #source: LabelledImages;
  /** `[channel][value]` -> what the network sees. */
  readonly #seen: Float32Array;

  constructor(source: LabelledImages) {
    const { mean, deviation } = source.normalization;
    const channels = source.imageShape[2];
    this.#source = source;
    this.#seen = new Float32Array(channels * 256);
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
    return this.#fill(examples, () => ({ down: 0, right: 0, mirrored: false }));
  }

  /**
   * Images shifted and mirrored at random, each on its own.
   *
   * @param rng draws two numbers an image where there is a shift, and one where there is a flip.
   * @returns float32 `[examples, rows, columns, channels]`.
   */
  augmented(
    examples: Int32Array,
    { shift, flip }: Augmentation,
    rng: Rng,
  ): Float32Array {
    const offset = (): number =>
      shift === 0 ? 0 : rng.below(2 * shift + 1) - shift;
    return this.#fill(examples, () => ({
      down: offset(),
      right: offset(),
      mirrored: flip && rng.below(2) === 1,
    }));
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

  #fill(
    examples: Int32Array,
    move: () => {
      readonly down: number;
      readonly right: number;
      readonly mirrored: boolean;
    },
  ): Float32Array {
    const { images, imageShape } = this.#source;
    const [rows, columns, channels] = imageShape;
    const size = rows * columns * channels;
    const seen = this.#seen;
    const batch = new Float32Array(examples.length * size);
    const from = new Int32Array(columns);
    let at = 0;
    for (const example of examples) {
      const { down, right, mirrored } = move();
      for (let column = 0; column < columns; column++) {
        const shown = mirrored ? columns - 1 - column : column;
        from[column] = clamp(shown + right, columns) * channels;
      }
      for (let row = 0; row < rows; row++) {
        const rowAt =
          example * size + clamp(row + down, rows) * columns * channels;
        for (let column = 0; column < columns; column++) {
          const pixel = rowAt + (from[column] ?? 0);
          for (let channel = 0; channel < channels; channel++) {
            batch[at++] =
              seen[channel * 256 + (images[pixel + channel] ?? 0)] ?? 0;
          }
        }
      }
    }
    return batch;
  }
}

const clamp = (index: number, length: number): number =>
  index < 0 ? 0 : index >= length ? length - 1 : index;
