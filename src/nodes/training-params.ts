import { Type } from '../util/type.ts';
import { POLICY_NAMES } from '../model/augmentation/policies.ts';
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
    'auto-augment': Type.Enum(['none', ...POLICY_NAMES], {
      default: 'none',
      ...neutral('none'),
      description:
        'Policy by which training images are changed before anything else: two operations each, drawn from those that a search has found on that data set. What comes from outside of an image has the mean that images are normalised with.',
    }),
    cutout: Type.Integer({
      minimum: 0,
      maximum: 1024,
      default: 0,
      ...neutral(0),
      description:
        'Side of a square at a random place of each training image that is covered with the mean, in pixels; it may reach over the edge. 0 covers nothing.',
    }),
    mixup: Type.Number({
      minimum: 0,
      maximum: 100,
      default: 0,
      ...neutral(0),
      description:
        'α of mixup: the images of a batch are mixed in pairs, by a share from Beta(α, α) that is drawn for each batch, and their losses too. 0 mixes nothing; published values are 0.1 to 1.',
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
