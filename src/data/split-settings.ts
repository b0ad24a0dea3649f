import { Type, type Static, type TObject } from '../util/type.ts';
import { SPLIT_NAME } from './image-set.ts';

/** How many images of a part a split takes; without, what the other splits of that part leave. */
export const splitCount = Type.Optional(
  Type.Integer({
    minimum: 1,
    description:
      'Number of images. One split of each part may leave it out: it gets what the others leave.',
  }),
);

/** The `splits` of a source: name -> what the split takes. */
export const splitsSchema = <T extends TObject>(
  split: T,
  options: { description: string; default: Readonly<Record<string, object>> },
) =>
  Type.Record(Type.String({ pattern: SPLIT_NAME }), split, {
    additionalProperties: false,
    minProperties: 1,
    ...options,
  });

const classList = (description: string) =>
  Type.Optional(
    Type.Array(Type.Union([Type.String(), Type.Integer({ minimum: 0 })]), {
      minItems: 1,
      description,
    }),
  );

/** Settings that all sources of stored images share, beside `splits`. */
export const subsetSettings = {
  classes: classList(
    'Classes to keep, by name (a text) or index from 0 (a number); all where it is left out. Labels are counted anew, in the order of the source.',
  ),
  except: classList(
    'Classes to leave out, by name or index: the same list as another data set\'s "classes" holds out exactly those.',
  ),
  seed: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 4294967295,
    description:
      'Chooses which images go into which split, 0 to 4294967295. Splits never share an image. The other splits stay as they are when "train" grows.',
  }),
};

/** Which classes are kept, and the seed of the shuffle. */
export type SubsetSettings = Static<
  ReturnType<typeof Type.Object<typeof subsetSettings>>
>;

/** Settings of any source of stored images, as far as the choice of images goes. */
export type ChoiceSettings = SubsetSettings & {
  readonly splits: Readonly<
    Record<string, { readonly from?: string; readonly images?: number }>
  >;
};
