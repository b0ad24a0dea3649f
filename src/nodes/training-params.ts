import { Type } from '../util/type.ts';
import { alike } from '../util/alike.ts';
import { neutral } from '../util/neutral.ts';

/** Random changes of training images. */
export const AUGMENTATION = Type.Object(
  {
    shift: Type.Integer({
      minimum: 0,
      maximum: 64,
      default: 1,
      ...neutral(0),
      description:
        'Largest random shift of a training image up, down, left or right, in pixels; the edge is repeated. 0 shifts nothing.',
    }),
    flip: Type.Boolean({
      default: false,
      ...neutral(false),
      description:
        'Whether half of the training images are mirrored left to right, at random.',
    }),
  },
  {
    additionalProperties: false,
    default: {},
    ...neutral({ shift: 0 }),
    ...alike('preprocessing'),
    description: 'How training images are changed at random, each time anew.',
  },
);

/** The seed of everything that a training draws. */
export const SEED = Type.Integer({
  minimum: 0,
  maximum: 0xffffffff,
  default: 0,
  description:
    'Seed of initial weights, order, augmentation and dropout, 0 to 4294967295.',
});

/** Momentum of the optimizer. */
export const MOMENTUM = Type.Number({
  minimum: 0,
  exclusiveMaximum: 1,
  default: 0.9,
  ...neutral(0),
  description: 'Nesterov momentum, 0 to below 1.',
});
