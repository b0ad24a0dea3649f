import { Rng } from '../tensor/rng.ts';
import { nearestName } from '../util/nearest-name.ts';
import { DataError } from './data-error.ts';
import {
  orderedSplits,
  quoted,
  roomFor,
  splitRanges,
  type ImageSet,
} from './image-set.ts';
import type { ChoiceSettings, SubsetSettings } from './split-settings.ts';

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

/** Index of a class: a number is that index, a text is the name. */
function classIndex(
  given: string | number,
  classNames: readonly string[],
): number {
  const index = typeof given === 'number' ? given : classNames.indexOf(given);
  if (index >= 0 && index < classNames.length) return index;
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
): Omit<ImageSet, 'normalization' | 'source' | 'license'> {
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
  const { images, labels } = roomFor(total, size);
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
