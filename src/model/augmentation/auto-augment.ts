import type { Rng } from '../../tensor/rng.ts';
import { brighten, colour, contrast, sharpen } from './enhance.ts';
import { rotate, shearX, shearY, translateX, translateY } from './move.ts';
import type { Picture } from './picture.ts';
import {
  POLICIES,
  type OperationName,
  type Policy,
  type PolicyName,
} from './policies.ts';
import {
  autoContrast,
  equalize,
  invert,
  posterize,
  solarize,
} from './tones.ts';

/** Magnitudes go from 0 to this. */
const MOST = 9;

interface Operation {
  /** Values at magnitude 0 and at the largest; equally spaced between them. */
  readonly range: readonly [number, number];
  /** Whether half of the time the value is taken with a minus. */
  readonly isSigned?: boolean;
  readonly apply: (
    picture: Picture,
    value: number,
    fill: readonly number[],
  ) => Picture;
}

/** By what share of its side a picture is moved at most: 150 of the 331 pixels that the policy was found with. */
const FARTHEST = 150 / 331;
const PLAIN = { range: [0, 0] } as const;
const MOVED = { range: [0, FARTHEST], isSigned: true } as const;
const SHEARED = { range: [0, 0.3], isSigned: true } as const;
const ENHANCED = { range: [0.1, 1.9] } as const;

const OPERATIONS: Readonly<Record<OperationName, Operation>> = {
  'shear-x': { ...SHEARED, apply: shearX },
  'shear-y': { ...SHEARED, apply: shearY },
  'translate-x': {
    ...MOVED,
    apply: (picture, share, fill) =>
      translateX(picture, Math.trunc(share * picture.columns), fill),
  },
  'translate-y': {
    ...MOVED,
    apply: (picture, share, fill) =>
      translateY(picture, Math.trunc(share * picture.rows), fill),
  },
  rotate: { range: [0, 30], isSigned: true, apply: rotate },
  'auto-contrast': { ...PLAIN, apply: autoContrast },
  invert: { ...PLAIN, apply: invert },
  equalize: { ...PLAIN, apply: equalize },
  solarize: { range: [256, 0], apply: solarize },
  posterize: {
    range: [8, 4],
    apply: (picture, bits) => posterize(picture, Math.round(bits)),
  },
  contrast: { ...ENHANCED, apply: contrast },
  colour: { ...ENHANCED, apply: colour },
  brightness: { ...ENHANCED, apply: brighten },
  sharpness: { ...ENHANCED, apply: sharpen },
};

/**
 * Applies one operation of a policy.
 *
 *     value = low + (high − low) · magnitude / 9
 *
 * Ranges are those of the paper: shear 0 to 0.3, moves 0 to 150/331 of the side in whole pixels, turns 0 to 30 degrees, each
 * to either side; threshold 256 to 0; bits 8 to 4; factors 0.1 to 1.9.
 *
 * @param isOtherSide whether a value that has a side is taken with a minus.
 * @param fill value of each channel for what comes from outside of the picture.
 *
 * Source: Cubuk et al. 2019, arXiv:1805.09501, table 6. The released code for CIFAR-10 moves by up to 10 pixels of 32 and
 * keeps 4 to 0 bits instead; later implementations take factors of 1 ± 0.9 to either side.
 */
export function applyOperation(
  picture: Picture,
  name: OperationName,
  magnitude: number,
  isOtherSide: boolean,
  fill: readonly number[],
): Picture {
  const { range, apply } = OPERATIONS[name];
  const [low, high] = range;
  const value = low + ((high - low) * magnitude) / MOST;
  return apply(picture, isOtherSide ? -value : value, fill);
}

/**
 * Changes a picture by a pair of operations that is drawn from a policy; each is applied with its own probability, the
 * second to what the first has left.
 *
 * @param fill value of each channel for what comes from outside of the picture.
 * @param rng draws the pair, then a number an operation, then a side where one is applied that has sides.
 *
 * Source: Cubuk et al. 2019, arXiv:1805.09501.
 */
export function autoAugment(
  picture: Picture,
  policy: PolicyName,
  fill: readonly number[],
  rng: Rng,
): Picture {
  const pairs: Policy = POLICIES[policy];
  const steps = pairs[rng.below(pairs.length)] ?? [];
  return steps.reduce((current, [name, probability, magnitude = 0]) => {
    if (rng.uniform() >= probability) return current;
    const isOtherSide =
      OPERATIONS[name].isSigned === true && rng.below(2) === 1;
    return applyOperation(current, name, magnitude, isOtherSide, fill);
  }, picture);
}
