/** An operation of a policy, by its name in the paper. */
export type OperationName =
  | 'shear-x'
  | 'shear-y'
  | 'translate-x'
  | 'translate-y'
  | 'rotate'
  | 'auto-contrast'
  | 'invert'
  | 'equalize'
  | 'solarize'
  | 'posterize'
  | 'contrast'
  | 'colour'
  | 'brightness'
  | 'sharpness';

/** An operation, the probability with which it is applied, and its magnitude, 0 to 9, where it has one. */
export type PolicyStep = readonly [
  operation: OperationName,
  probability: number,
  magnitude?: number,
];

/** Pairs of operations, one of which is drawn for each picture. */
export type Policy = readonly (readonly [PolicyStep, PolicyStep])[];

/**
 * Policies that were found by search. A pair that stands twice is drawn twice as often, as published.
 *
 * Source: Cubuk et al. 2019, arXiv:1805.09501, appendix, tables 7 (CIFAR-10) and 9 (ImageNet).
 */
export const POLICIES = {
  'cifar-10': [
    [
      ['invert', 0.1],
      ['contrast', 0.2, 6],
    ],
    [
      ['rotate', 0.7, 2],
      ['translate-x', 0.3, 9],
    ],
    [
      ['sharpness', 0.8, 1],
      ['sharpness', 0.9, 3],
    ],
    [
      ['shear-y', 0.5, 8],
      ['translate-y', 0.7, 9],
    ],
    [
      ['auto-contrast', 0.5],
      ['equalize', 0.9],
    ],
    [
      ['shear-y', 0.2, 7],
      ['posterize', 0.3, 7],
    ],
    [
      ['colour', 0.4, 3],
      ['brightness', 0.6, 7],
    ],
    [
      ['sharpness', 0.3, 9],
      ['brightness', 0.7, 9],
    ],
    [
      ['equalize', 0.6],
      ['equalize', 0.5],
    ],
    [
      ['contrast', 0.6, 7],
      ['sharpness', 0.6, 5],
    ],
    [
      ['colour', 0.7, 7],
      ['translate-x', 0.5, 8],
    ],
    [
      ['equalize', 0.3],
      ['auto-contrast', 0.4],
    ],
    [
      ['translate-y', 0.4, 3],
      ['sharpness', 0.2, 6],
    ],
    [
      ['brightness', 0.9, 6],
      ['colour', 0.2, 8],
    ],
    [
      ['solarize', 0.5, 2],
      ['invert', 0],
    ],
    [
      ['equalize', 0.2],
      ['auto-contrast', 0.6],
    ],
    [
      ['equalize', 0.2],
      ['equalize', 0.6],
    ],
    [
      ['colour', 0.9, 9],
      ['equalize', 0.6],
    ],
    [
      ['auto-contrast', 0.8],
      ['solarize', 0.2, 8],
    ],
    [
      ['brightness', 0.1, 3],
      ['colour', 0.7, 0],
    ],
    [
      ['solarize', 0.4, 5],
      ['auto-contrast', 0.9],
    ],
    [
      ['translate-y', 0.9, 9],
      ['translate-y', 0.7, 9],
    ],
    [
      ['auto-contrast', 0.9],
      ['solarize', 0.8, 3],
    ],
    [
      ['equalize', 0.8],
      ['invert', 0.1],
    ],
    [
      ['translate-y', 0.7, 9],
      ['auto-contrast', 0.9],
    ],
  ],
  imagenet: [
    [
      ['posterize', 0.4, 8],
      ['rotate', 0.6, 9],
    ],
    [
      ['solarize', 0.6, 5],
      ['auto-contrast', 0.6],
    ],
    [
      ['equalize', 0.8],
      ['equalize', 0.6],
    ],
    [
      ['posterize', 0.6, 7],
      ['posterize', 0.6, 6],
    ],
    [
      ['equalize', 0.4],
      ['solarize', 0.2, 4],
    ],
    [
      ['equalize', 0.4],
      ['rotate', 0.8, 8],
    ],
    [
      ['solarize', 0.6, 3],
      ['equalize', 0.6],
    ],
    [
      ['posterize', 0.8, 5],
      ['equalize', 1],
    ],
    [
      ['rotate', 0.2, 3],
      ['solarize', 0.6, 8],
    ],
    [
      ['equalize', 0.6],
      ['posterize', 0.4, 6],
    ],
    [
      ['rotate', 0.8, 8],
      ['colour', 0.4, 0],
    ],
    [
      ['rotate', 0.4, 9],
      ['equalize', 0.6],
    ],
    [
      ['equalize', 0],
      ['equalize', 0.8],
    ],
    [
      ['invert', 0.6],
      ['equalize', 1],
    ],
    [
      ['colour', 0.6, 4],
      ['contrast', 1, 8],
    ],
    [
      ['rotate', 0.8, 8],
      ['colour', 1, 2],
    ],
    [
      ['colour', 0.8, 8],
      ['solarize', 0.8, 7],
    ],
    [
      ['sharpness', 0.4, 7],
      ['invert', 0.6],
    ],
    [
      ['shear-x', 0.6, 5],
      ['equalize', 1],
    ],
    [
      ['colour', 0.4, 0],
      ['equalize', 0.6],
    ],
    [
      ['equalize', 0.4],
      ['solarize', 0.2, 4],
    ],
    [
      ['solarize', 0.6, 5],
      ['auto-contrast', 0.6],
    ],
    [
      ['invert', 0.6],
      ['equalize', 1],
    ],
    [
      ['colour', 0.6, 4],
      ['contrast', 1, 8],
    ],
    [
      ['equalize', 0.8],
      ['equalize', 0.6],
    ],
  ],
} as const satisfies Readonly<Record<string, Policy>>;

/** Name of a policy in pipeline files. */
export type PolicyName = keyof typeof POLICIES;
export const POLICY_NAMES = Object.keys(POLICIES) as readonly PolicyName[];
