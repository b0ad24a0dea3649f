import { Type, type Static } from '../../util/type.ts';
import { MAX_SPLIT_IMAGES, SPLIT_NAME } from '../image-set.ts';

/** Settings of a composite beside the images that it is made `of`. */
export const compositeSettings = Type.Object(
  {
    content: Type.Enum(['source-pairs', 'held-out-pairs', 'all-pairs'], {
      default: 'source-pairs',
      description:
        "Which pairs of classes (left, right) are shown: those that make up the source's classes, the others, or all.",
    }),
    label: Type.Enum(['class', 'pair', 'left', 'right', 'gain', 'offset'], {
      default: 'class',
      description:
        'What the network is to tell. "class" is the source\'s class for "source-pairs" and the pair for "held-out-pairs"; "all-pairs" has none. "left" and "right" are classes of the base; "gain" (brightness in 4 bins) and "offset" (0 to 4 rows) are those of the left image.',
    }),
    classes: Type.Integer({
      default: 24,
      minimum: 2,
      description: 'Classes of the source.',
    }),
    'pairs-per-class': Type.Integer({
      default: 3,
      minimum: 1,
      description:
        'Unrelated pairs that make up one class of the source. All other pairs are held out.',
    }),
    'pair-seed': Type.Integer({
      default: 5,
      minimum: 0,
      maximum: 4294967295,
      description:
        'Deals pairs to classes and holds some out, 0 to 4294967295. A source and its targets want the same number.',
    }),
    seed: Type.Integer({
      default: 0,
      minimum: 0,
      maximum: 4294967295,
      description: 'Draws images, places, gains and noise, 0 to 4294967295.',
    }),
    images: Type.Record(
      Type.String({ pattern: SPLIT_NAME }),
      Type.Integer({ minimum: 1, maximum: MAX_SPLIT_IMAGES }),
      {
        default: { train: 750, tune: 250, test: 1000 },
        additionalProperties: false,
        minProperties: 1,
        description:
          "Composites by split, 1 to 1,000,000 each. A split draws from the images of the base's split of the same name alone, so that no image is in two splits.",
      },
    ),
  },
  { additionalProperties: false },
);

/** A composite beside its base. */
export type CompositeSettings = Static<typeof compositeSettings>;
