import { pictureLike, type Picture } from './picture.ts';

/** What becomes of each of 256 values, of one channel. */
type Tones = (value: number) => number;

/** Gives every value of a channel another one; `of` is asked once a channel. */
function retone(picture: Picture, of: (counts: Uint32Array) => Tones): Picture {
  const { pixels, channels } = picture;
  const changed = new Uint8Array(pixels.length);
  for (let channel = 0; channel < channels; channel++) {
    const counts = new Uint32Array(256);
    for (let at = channel; at < pixels.length; at += channels) {
      const value = pixels[at] ?? 0;
      counts[value] = (counts[value] ?? 0) + 1;
    }
    const tones = Uint8Array.from({ length: 256 }, (_, value) => value).map(
      of(counts),
    );
    for (let at = channel; at < pixels.length; at += channels) {
      changed[at] = tones[pixels[at] ?? 0] ?? 0;
    }
  }
  return pictureLike(picture, changed);
}

const unchanged: Tones = (value) => value;

/**
 * Every value from the other end: 255 − v.
 *
 * Source: Pillow's `ImageOps.invert`, as used by Cubuk et al. 2019, arXiv:1805.09501.
 */
export const invert = (picture: Picture): Picture =>
  retone(picture, () => (value) => 255 - value);

/**
 * Inverts the bright values.
 *
 *     v < threshold: v,   else 255 − v
 *
 * @param threshold 256 inverts none, 0 all.
 *
 * Source: Pillow's `ImageOps.solarize`, as used by Cubuk et al. 2019, arXiv:1805.09501.
 */
export const solarize = (picture: Picture, threshold: number): Picture =>
  retone(picture, () => (value) => (value < threshold ? value : 255 - value));

/**
 * Keeps the highest bits of each value; the others become 0.
 *
 * @param bits 0 to 8; 8 changes nothing.
 *
 * Source: Pillow's `ImageOps.posterize`, as used by Cubuk et al. 2019, arXiv:1805.09501.
 */
export const posterize = (picture: Picture, bits: number): Picture =>
  retone(picture, () => (value) => value & ~(2 ** (8 - bits) - 1));

/**
 * Stretches each channel so that its least value is 0 and its greatest 255.
 *
 *     v' = ⌊(v − least) · 255 / (greatest − least)⌋
 *
 * A channel of one value stays.
 *
 * Source: Pillow's `ImageOps.autocontrast` without a cutoff, as used by Cubuk et al. 2019, arXiv:1805.09501.
 */
export const autoContrast = (picture: Picture): Picture =>
  retone(picture, (counts) => {
    const least = counts.findIndex((count) => count > 0);
    const greatest = counts.findLastIndex((count) => count > 0);
    if (greatest <= least) return unchanged;
    // In this order of sums, or some values come out one lower than where the policy was found.
    const scale = 255 / (greatest - least);
    const offset = -least * scale;
    return (value) =>
      Math.max(0, Math.min(255, Math.trunc(value * scale + offset)));
  });

/**
 * Spreads the values of each channel so that all are about equally frequent.
 *
 *     v' = ⌊(⌊step/2⌋ + pixels with a value below v) / step⌋, at most 255
 *     step = ⌊(pixels − those with the greatest value) / 255⌋
 *
 * A channel of one value stays, and so does one with a step of 0: a picture of fewer than 255 pixels, say.
 *
 * Source: Pillow's `ImageOps.equalize`, as used by Cubuk et al. 2019, arXiv:1805.09501.
 */
export const equalize = (picture: Picture): Picture =>
  retone(picture, (counts) => {
    const present = counts.filter((count) => count > 0);
    const last = present.at(-1) ?? 0;
    const pixels = picture.rows * picture.columns;
    const step = Math.floor((pixels - last) / 255);
    if (present.length <= 1 || step === 0) return unchanged;
    const below = new Float64Array(256);
    let sum = Math.floor(step / 2);
    counts.forEach((count, value) => {
      below[value] = sum;
      sum += count;
    });
    return (value) => Math.min(255, Math.floor((below[value] ?? 0) / step));
  });
