import type { Rng } from '../../tensor/rng.ts';
import { DataError } from '../data-error.ts';
import type { ImageSet } from '../image-set.ts';

/** Number of rows that an image may lie lower than the top: 0 … 4. */
export const OFFSETS = 5;
/** Brightness: what all values of an image are multiplied by. */
export const GAIN = { least: 0.4, range: 0.6 };
const NOISE_DEVIATION = 0.03;

/** Classes of the base, by number. */
export interface Pair {
  readonly left: number;
  readonly right: number;
}

/** What was drawn for one composite. */
export interface Drawn {
  /** Place among the content's pairs. */
  readonly place: number;
  readonly pair: Pair;
  readonly gains: readonly [number, number];
  readonly offsets: readonly [number, number];
}

/** Images at half size as sums of 2 × 2 values; a last odd row or column is left out. */
export interface HalfSize {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  /** `[examples, rows, columns, channels]`, 0 … 1020. */
  readonly sums: Uint16Array;
}

/**
 * All images of a set at half size.
 *
 * @throws {DataError} if nothing is left of them.
 */
export function halve({ images, labels, imageShape }: ImageSet): HalfSize {
  const [fullRows, fullColumns, channels] = imageShape;
  if (fullRows < 2 || fullColumns < 2) {
    throw new DataError(
      `Images of [${imageShape.join(', ')}] are too small to be put together at half size.`,
    );
  }
  const [rows, columns] = [fullRows >> 1, fullColumns >> 1];
  const rowBytes = fullColumns * channels;
  const sums = new Uint16Array(labels.length * rows * columns * channels);
  let position = 0;
  for (let example = 0; example < labels.length; example++) {
    for (let row = 0; row < rows; row++) {
      const line = (example * fullRows + 2 * row) * rowBytes;
      for (let column = 0; column < columns; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const at = line + 2 * column * channels + channel;
          sums[position++] =
            images[at]! +
            images[at + channels]! +
            images[at + rowBytes]! +
            images[at + rowBytes + channels]!;
        }
      }
    }
  }
  return { rows, columns, channels, sums };
}

/** Rows, columns and channels of a composite of two images. */
export const canvasShape = ({
  rows,
  columns,
  channels,
}: HalfSize): [number, number, number] => [
  rows + OFFSETS - 1,
  2 * columns,
  channels,
];

/** Draws what a composite shows, but not which images. */
export function draw(rng: Rng, pairs: readonly Pair[]): Drawn {
  const place = rng.below(pairs.length);
  const gain = (): number => GAIN.least + GAIN.range * rng.uniform();
  return {
    place,
    pair: pairs[place]!,
    gains: [gain(), gain()],
    offsets: [rng.below(OFFSETS), rng.below(OFFSETS)],
  };
}

/** Puts two images on a canvas of zeros, and noise over all of it. */
export function paint(
  canvas: Uint8Array,
  { rows, columns, channels, sums }: HalfSize,
  chosen: readonly [number, number],
  { gains, offsets }: Drawn,
  rng: Rng,
): void {
  const lineBytes = columns * channels;
  const values = new Float64Array(canvas.length);
  for (const side of [0, 1] as const) {
    const from = chosen[side] * rows * lineBytes;
    for (let row = 0; row < rows; row++) {
      const to = (2 * (row + offsets[side]) + side) * lineBytes;
      for (let i = 0; i < lineBytes; i++) {
        values[to + i] =
          (sums[from + row * lineBytes + i]! / 1020) * gains[side];
      }
    }
  }
  for (let i = 0; i < canvas.length; i++) {
    const value = values[i]! + NOISE_DEVIATION * rng.normal();
    canvas[i] = Math.floor(Math.max(0, Math.min(value, 1)) * 255 + 0.5);
  }
}
