import { mix32 } from '../../tensor/rng.ts';

/** Step of the image hash from one image of a seed to the next. Odd, so that it has an inverse modulo 2³². */
const IMAGE_STEP = 0x85ebca6b;

const seedHash = (seed: number): number =>
  mix32(Math.imul(seed, 0x9e3779b9) + 1);

/** The hash that all random numbers of image `index` of `seed` come from. */
export const imageHash = (seed: number, index: number): number =>
  mix32(seedHash(seed) + Math.imul(index, IMAGE_STEP));

/** Number `index` of an image: uniform in [0, 1), 32 bits. Numbers are addressed, not drawn in order. */
export const uniform = (hash: number, index: number): number =>
  mix32(hash + Math.imul(index, 0xc2b2ae35)) / 4294967296;

/** Images `start … end - 1` of a seed. */
export interface StreamRange {
  readonly seed: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Whether two ranges share an image. All seeds walk the same circle of 2³² hashes, each from a place of its own, so that
 * ranges of different seeds can meet too, if very rarely.
 */
export function streamsOverlap(a: StreamRange, b: StreamRange): boolean {
  const placeOf = (range: StreamRange): number =>
    (Math.imul(seedHash(range.seed), INVERSE_STEP) + range.start) >>> 0;
  const ahead = (placeOf(b) - placeOf(a)) >>> 0;
  return ahead < a.end - a.start || 4294967296 - ahead < b.end - b.start;
}

/** Newton's iteration doubles the correct low bits each time: 3, 6, 12, 24, 48. */
const INVERSE_STEP = ((): number => {
  let inverse = IMAGE_STEP | 0;
  for (let i = 0; i < 4; i++) {
    inverse = Math.imul(inverse, 2 - Math.imul(IMAGE_STEP, inverse));
  }
  return inverse;
})();
