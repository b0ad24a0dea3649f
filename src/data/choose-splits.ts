import { Type, type Static, type TObject } from 'typebox';
import { Rng } from '../tensor/rng.ts';
import { nearestName } from '../util/nearest-name.ts';
import { DataError } from './data-error.ts';
import {
  orderedSplits,
  quoted,
  SPLIT_NAME,
  splitRanges,
  type ImageSet,
  type Normalization,
} from './image-set.ts';

/** Labelled images as their makers gave them, in parts: `train` and `test`, or `all`. */
export interface LabelledParts {
  readonly classNames: readonly string[];
  /** Rows, columns, channels. */
  readonly imageShape: readonly [number, number, number];
  readonly parts: Readonly<Record<string, LabelledPart>>;
}

/** One part of a source. */
export interface LabelledPart {
  /** uint8 `[examples, rows, columns, channels]`. */
  readonly images: Uint8Array;
  /** uint8 `[examples]`, in `0 … classNames.length - 1`. */
  readonly labels: Uint8Array;
}

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
export const subsetSettings = (normalization: {
  readonly mean: number;
  readonly deviation: number;
}) => ({
  classes: classList(
    'Classes to keep, by name or number; all where it is left out. Labels are counted anew, in the order of the source.',
  ),
  except: classList(
    'Classes to leave out, by name or number: the same list as another data set\'s "classes" holds out exactly those.',
  ),
  seed: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 4294967295,
    description:
      'Chooses which images go into which split, 0 to 4294967295. Splits never share an image. The other splits stay as they are when "train" grows.',
  }),
  normalization: Type.Object(
    {
      mean: Type.Number({
        minimum: 0,
        maximum: 1,
        default: normalization.mean,
        description: 'Subtracted from pixel values scaled to 0 … 1.',
      }),
      deviation: Type.Number({
        exclusiveMinimum: 0,
        default: normalization.deviation,
        description: 'What the difference is then divided by.',
      }),
    },
    {
      additionalProperties: false,
      default: normalization,
      description:
        'What a network sees of a pixel. Data sets for one network want the same numbers.',
    },
  ),
});

type SubsetSettings = Static<
  ReturnType<typeof Type.Object<ReturnType<typeof subsetSettings>>>
>;

/** Settings of any source of stored images, as far as the choice of images goes. */
export type ChoiceSettings = SubsetSettings & {
  readonly splits: Readonly<
    Record<string, { readonly from?: string; readonly images?: number }>
  >;
};

/** One channel's numbers for all. */
export const sameForAll = ({
  mean,
  deviation,
}: SubsetSettings['normalization']): Normalization => ({
  mean: [mean],
  deviation: [deviation],
});

/** Index of a class given by name or number. A text that is a name is taken as that. */
function classIndex(
  given: string | number,
  classNames: readonly string[],
): number {
  const named = classNames.indexOf(String(given));
  const index = typeof given === 'number' && given < classNames.length;
  if (index) return given;
  if (named >= 0) return named;
  const near = nearestName(String(given), classNames);
  throw new DataError(
    `There is no class "${given}"${near === undefined ? '' : ` (did you mean "${near}"?)`}; the classes are ${quoted(classNames)}.`,
  );
}

/** Indices of the classes that are kept, ascending. */
function keptClasses(
  classNames: readonly string[],
  { classes, except }: SubsetSettings,
): readonly number[] {
  if (classes !== undefined && except !== undefined) {
    throw new DataError(
      '"classes" and "except" say the same thing from two sides; give one of them.',
    );
  }
  const indices = (list: readonly (string | number)[]): ReadonlySet<number> =>
    new Set(list.map((given) => classIndex(given, classNames)));
  const all = [...classNames.keys()];
  if (classes !== undefined) {
    const kept = indices(classes);
    return all.filter((index) => kept.has(index));
  }
  if (except === undefined) return all;
  const left = indices(except);
  const kept = all.filter((index) => !left.has(index));
  if (kept.length === 0) {
    throw new DataError('"except" leaves no class over.');
  }
  return kept;
}

interface Choice {
  readonly split: string;
  readonly part: string;
  /** Places in the part, in the order in which they lie in the split. */
  readonly chosen: Int32Array;
}

/** Deals the images of one part to the splits that take from it. */
function deal(
  part: string,
  eligible: Int32Array,
  takers: readonly { readonly split: string; readonly images?: number }[],
  seed: number,
): readonly Choice[] {
  const counted = takers.flatMap(({ split, images }) =>
    images === undefined ? [] : [{ split, images }],
  );
  const rest = takers.filter(({ images }) => images === undefined);
  const asked = counted.reduce((sum, { images }) => sum + images, 0);
  const names = quoted(takers.map(({ split }) => split));
  if (rest.length > 1) {
    throw new DataError(
      `Splits ${quoted(rest.map(({ split }) => split))} all take the rest of part "${part}"; all but one need "images".`,
    );
  }
  if (asked + rest.length > eligible.length) {
    throw new DataError(
      `Part "${part}" has ${eligible.length} images of the classes asked for; its splits (${names}) take ${asked}${rest.length === 0 ? '' : ' and the rest'}.`,
    );
  }
  const order = Rng.of(seed, `splits of ${part}`).permutation(eligible.length);
  let next = 0;
  const take = (split: string, images: number): Choice => {
    const chosen = order
      .subarray(next, next + images)
      .map((place) => eligible[place]!);
    next += images;
    return { split, part, chosen };
  };
  // "train" after the others: whoever studies how results grow with it changes nothing else.
  return [
    ...counted.filter(({ split }) => split !== 'train'),
    ...counted.filter(({ split }) => split === 'train'),
    ...rest.map(({ split }) => ({ split, images: eligible.length - asked })),
  ].map(({ split, images }) => take(split, images));
}

/**
 * The images that a user asked for: some classes, dealt to disjoint splits by a seeded shuffle.
 *
 * @throws {DataError} if a class or part does not exist, or a split asks for more images than there are.
 */
export function chooseSplits(
  { classNames, imageShape, parts }: LabelledParts,
  settings: ChoiceSettings,
): Omit<ImageSet, 'source' | 'license'> {
  const kept = keptClasses(classNames, settings);
  const partNames = Object.keys(parts);
  const splits = orderedSplits(Object.keys(settings.splits));
  const partOf = (split: string): string => {
    const from = settings.splits[split]?.from ?? partNames[0]!;
    if (!partNames.includes(from)) {
      throw new DataError(
        `Split "${split}" takes from part "${from}", but there is only ${quoted(partNames)}.`,
      );
    }
    return from;
  };
  const takers = splits.map((split) => ({
    split,
    part: partOf(split),
    ...settings.splits[split],
  }));
  const choices = partNames.flatMap((part) => {
    const own = takers.filter((taker) => taker.part === part);
    if (own.length === 0) return [];
    const { labels } = parts[part]!;
    const eligible = Int32Array.from(labels.keys()).filter((place) =>
      kept.includes(labels[place]!),
    );
    return deal(part, eligible, own, settings.seed);
  });
  const ordered = splits.map((split) =>
    choices.find((choice) => choice.split === split)!,
  );
  return {
    classNames: kept.map((index) => classNames[index]!),
    splits: splitRanges(
      ordered.map(({ split, chosen }) => ({
        name: split,
        images: chosen.length,
      })),
    ),
    imageShape,
    normalization: sameForAll(settings.normalization),
    ...gather(ordered, parts, kept, imageShape),
  };
}

/** Copies the chosen images, and renumbers their labels. */
function gather(
  choices: readonly Choice[],
  parts: LabelledParts['parts'],
  kept: readonly number[],
  [rows, columns, channels]: LabelledParts['imageShape'],
): Pick<ImageSet, 'images' | 'labels'> {
  const size = rows * columns * channels;
  const total = choices.reduce((sum, { chosen }) => sum + chosen.length, 0);
  const images = new Uint8Array(total * size);
  const labels = new Int32Array(total);
  const renumbered = new Map(kept.map((index, label) => [index, label]));
  let position = 0;
  for (const { part, chosen } of choices) {
    const from = parts[part]!;
    for (const place of chosen) {
      images.set(
        from.images.subarray(place * size, (place + 1) * size),
        position * size,
      );
      labels[position] = renumbered.get(from.labels[place]!)!;
      position++;
    }
  }
  return { images, labels };
}
