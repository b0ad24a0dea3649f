import { mix32 } from '../../tensor/rng.ts';
import { BACKGROUNDS, SOURCE_SHAPES } from './forms.ts';
import { imageHash, uniform } from './stream.ts';

/** Hue bands that pairs are made with, each 30° wide. */
export const HUE_BANDS = 12;

/** A shape in a hue band: what the classes of the source are made of. */
export interface Pair {
  /** Index into `SHAPES`. */
  readonly shape: number;
  /** 0 … 11. */
  readonly band: number;
}

/**
 * All 144 pairs in an order that has nothing to do with shape or hue. The first `SOURCE_PAIRS` make up the source, the
 * others are held out.
 */
export const PAIRS: readonly Pair[] = Array.from(
  { length: SOURCE_SHAPES * HUE_BANDS },
  (_, code) => ({ code, rank: mix32(code + 777) }),
)
  .sort((one, other) => one.rank - other.rank)
  .map(({ code }) => ({
    shape: code % SOURCE_SHAPES,
    band: Math.floor(code / SOURCE_SHAPES),
  }));
export const SOURCE_PAIRS = 108;

/** What a content draws from. With `pairs`, shape and hue come from a pair; without, each is drawn for itself. */
export interface Palette {
  readonly pairs: readonly Pair[] | null;
  /** Indices into `SHAPES`; unused with `pairs`. */
  readonly shapes: readonly number[];
  /** Indices into `FILLS`. */
  readonly fills: readonly number[];
}

/** All that determines an image but its noise. Shares are uniform in [0, 1). */
export interface Scene {
  readonly hash: number;
  /** Index into the palette's `pairs`, or -1. */
  readonly pair: number;
  /** Index into `SHAPES`. */
  readonly shape: number;
  /** Index into `FILLS`. */
  readonly fill: number;
  /** In turns, [0, 1). */
  readonly hue: number;
  readonly lightShare: number;
  /** Index into `BACKGROUNDS`. */
  readonly background: number;
  readonly xShare: number;
  readonly yShare: number;
  readonly sizeShare: number;
  readonly backgroundHue: number;
}

/** The bin of a share among `bins` equal ones. */
export const binOf = (share: number, bins: number): number =>
  Math.min(Math.floor(share * bins), bins - 1);

/** Half the width of a hue band, as the share of it that hues of a pair fill: triangular around the middle. */
const HUE_SPREAD = 0.5;

/** The scene of image `index` of `seed`. Which number serves what is fixed for good: it is what the seed means. */
export function drawScene(
  palette: Palette,
  seed: number,
  index: number,
): Scene {
  const hash = imageHash(seed, index);
  const u = (number: number): number => uniform(hash, number);
  const { pairs, shapes, fills } = palette;
  const pair = pairs === null ? -1 : binOf(u(0), pairs.length);
  const drawn = pairs?.[pair];
  return {
    hash,
    pair,
    shape: drawn?.shape ?? shapes[binOf(u(0), shapes.length)]!,
    fill: fills[binOf(u(1), fills.length)]!,
    hue:
      drawn === undefined
        ? u(2)
        : ((drawn.band + 0.5 + HUE_SPREAD * (u(2) + u(17) - 1)) / HUE_BANDS) %
          1,
    lightShare: u(3),
    background: binOf(u(4), BACKGROUNDS.length),
    xShare: u(5),
    yShare: u(6),
    sizeShare: u(7),
    backgroundHue: u(11),
  };
}
