import { pictureLike, type Picture } from './picture.ts';

/**
 * Between a picture and a poorer one, or beyond: `poor + factor · (picture − poor)`, cut to 0 … 255, fractions dropped.
 * In single precision, as Pillow's `Image.blend`, or values on the edge would fall to the other side.
 *
 * @param poorAt value of the poorer picture at a place among the pixels.
 */
function enhance(
  picture: Picture,
  factor: number,
  poorAt: (at: number) => number,
): Picture {
  const { fround } = Math;
  const single = fround(factor);
  const changed = picture.pixels.map((value, at) => {
    const poor = poorAt(at);
    const mixed = fround(poor + fround(single * (value - poor)));
    return Math.trunc(Math.max(0, Math.min(255, mixed)));
  });
  return pictureLike(picture, changed);
}

/** How bright a pixel is: of three channels (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶, else their mean, rounded. */
function brightnessOf(picture: Picture): Uint8Array {
  const { pixels, channels } = picture;
  return Uint8Array.from({ length: pixels.length / channels }, (_, pixel) => {
    const values = pixels.subarray(pixel * channels, (pixel + 1) * channels);
    const [red = 0, green = 0, blue = 0] = values;
    return channels === 3
      ? (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
      : Math.round(values.reduce((sum, value) => sum + value, 0) / channels);
  });
}

/**
 * More or less light: the poorer picture is black.
 *
 * @param factor 0 is black, 1 the picture, above 1 brighter.
 *
 * Source: Pillow's `ImageEnhance.Brightness`, as used by Cubuk et al. 2019, arXiv:1805.09501.
 */
export const brighten = (picture: Picture, factor: number): Picture =>
  enhance(picture, factor, () => 0);

/**
 * More or less contrast: the poorer picture is the mean brightness everywhere, rounded.
 *
 * @param factor 0 is grey, 1 the picture, above 1 more contrast.
 *
 * Source: Pillow's `ImageEnhance.Contrast`, as used by Cubuk et al. 2019, arXiv:1805.09501.
 */
export function contrast(picture: Picture, factor: number): Picture {
  const grey = brightnessOf(picture);
  const sum = grey.reduce((total, value) => total + value, 0);
  const mean = Math.trunc(sum / grey.length + 0.5);
  return enhance(picture, factor, () => mean);
}

/**
 * More or less colour: the poorer picture is that of the brightness of each pixel. A picture of one channel stays.
 *
 * @param factor 0 is black and white, 1 the picture, above 1 more colour.
 *
 * Source: Pillow's `ImageEnhance.Color`, as used by Cubuk et al. 2019, arXiv:1805.09501.
 */
export function colour(picture: Picture, factor: number): Picture {
  const grey = brightnessOf(picture);
  const { channels } = picture;
  return enhance(picture, factor, (at) => grey[Math.floor(at / channels)] ?? 0);
}

/**
 * Sharper or smoother: in the poorer picture each pixel is the mean of 3 × 3, itself counted five times, rounded. Pixels at
 * the edge stay.
 *
 * @param factor 0 is smooth, 1 the picture, above 1 sharper.
 *
 * Source: Pillow's `ImageEnhance.Sharpness`, as used by Cubuk et al. 2019, arXiv:1805.09501.
 */
export function sharpen(picture: Picture, factor: number): Picture {
  const { pixels, rows, columns, channels } = picture;
  const smooth = pixels.slice();
  const line = columns * channels;
  for (let row = 1; row < rows - 1; row++) {
    for (
      let at = row * line + channels;
      at < (row + 1) * line - channels;
      at++
    ) {
      let sum = 4 * (pixels[at] ?? 0);
      for (let down = -line; down <= line; down += line) {
        for (let right = -channels; right <= channels; right += channels) {
          sum += pixels[at + down + right] ?? 0;
        }
      }
      smooth[at] = Math.floor(sum / 13 + 0.5);
    }
  }
  return enhance(picture, factor, (at) => smooth[at] ?? 0);
}
