import { pictureLike, type Picture } from './picture.ts';

/** Where in a picture a pixel comes from, in pixels from the upper left corner: middles are at halves. */
type Origin = (x: number, y: number) => readonly [x: number, y: number];

/** Takes each pixel from the one that its middle comes from; from outside comes the fill. */
function move(
  picture: Picture,
  fill: readonly number[],
  originOf: Origin,
): Picture {
  const { pixels, rows, columns, channels } = picture;
  const moved = new Uint8Array(pixels.length);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [x, y] = originOf(column + 0.5, row + 0.5);
      const [fromColumn, fromRow] = [Math.floor(x), Math.floor(y)];
      const isInside =
        fromColumn >= 0 &&
        fromColumn < columns &&
        fromRow >= 0 &&
        fromRow < rows;
      const from = (fromRow * columns + fromColumn) * channels;
      for (let channel = 0; channel < channels; channel++) {
        moved[at++] = isInside
          ? (pixels[from + channel] ?? 0)
          : (fill[channel] ?? 0);
      }
    }
  }
  return pictureLike(picture, moved);
}

/**
 * Shears sideways about the upper edge: what is at (x, y) comes from (x + amount · y, y). Nearest pixel.
 *
 * @param fill value of each channel for what comes from outside.
 *
 * Source: Pillow's affine transform, as used by Cubuk et al. 2019, arXiv:1805.09501.
 */
export const shearX = (
  picture: Picture,
  amount: number,
  fill: readonly number[],
): Picture => move(picture, fill, (x, y) => [x + amount * y, y]);

/** The same downwards about the left edge: from (x, y + amount · x). */
export const shearY = (
  picture: Picture,
  amount: number,
  fill: readonly number[],
): Picture => move(picture, fill, (x, y) => [x, y + amount * x]);

/** Moves left by whole pixels: what is at (x, y) comes from (x + pixels, y); to the right where they are below 0. */
export const translateX = (
  picture: Picture,
  pixels: number,
  fill: readonly number[],
): Picture => move(picture, fill, (x, y) => [x + pixels, y]);

/** Moves up by whole pixels: what is at (x, y) comes from (x, y + pixels). */
export const translateY = (
  picture: Picture,
  pixels: number,
  fill: readonly number[],
): Picture => move(picture, fill, (x, y) => [x, y + pixels]);

/** Sines and cosines to 30 bits: the last ones, which an engine may choose, must not decide where a pixel comes from. */
const rounded = (value: number): number =>
  Math.round(value * 2 ** 30) / 2 ** 30;

/**
 * Turns about the middle, counter-clockwise as one sees it. Nearest pixel.
 *
 * @param fill value of each channel for what comes from outside.
 *
 * Source: Pillow's `Image.rotate`, as used by Cubuk et al. 2019, arXiv:1805.09501.
 */
export function rotate(
  picture: Picture,
  degrees: number,
  fill: readonly number[],
): Picture {
  const angle = (degrees * Math.PI) / 180;
  const [cosine, sine] = [rounded(Math.cos(angle)), rounded(Math.sin(angle))];
  const [middleX, middleY] = [picture.columns / 2, picture.rows / 2];
  return move(picture, fill, (x, y) => {
    const [right, down] = [x - middleX, y - middleY];
    return [
      middleX + cosine * right - sine * down,
      middleY + sine * right + cosine * down,
    ];
  });
}
