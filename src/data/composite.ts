import { Type, type Static } from 'typebox';
import { Rng } from '../tensor/rng.ts';
import { DataError } from './data-error.ts';
import {
  breathe,
  MAX_SPLIT_IMAGES,
  orderedSplits,
  quoted,
  SPLIT_NAME,
  splitRanges,
  type ImageSet,
  type LoadContext,
} from './image-set.ts';

/** Rows that an image may lie lower than the top: 0 … 4. */
const OFFSETS = 5;
const GAIN = { least: 0.4, range: 0.6 };
const GAIN_BINS = 4;
const NOISE_DEVIATION = 0.03;
const IMAGES_A_TURN = 256;

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

type Settings = Static<typeof compositeSettings>;

/** Classes of the base, by number. */
interface Pair {
  readonly left: number;
  readonly right: number;
}

/** What was drawn for one composite. */
interface Drawn {
  /** Place among the content's pairs. */
  readonly place: number;
  readonly pair: Pair;
  readonly gains: readonly [number, number];
  readonly offsets: readonly [number, number];
}

interface Labelling {
  readonly classNames: readonly string[];
  readonly labelOf: (drawn: Drawn) => number;
}

/** The pairs of the content, in the order that the pair seed gives all pairs. */
function contentPairs(
  settings: Settings,
  baseClasses: number,
): readonly Pair[] {
  const all = baseClasses * baseClasses;
  const source = settings.classes * settings['pairs-per-class'];
  if (source > all) {
    throw new DataError(
      `${settings.classes} classes of ${settings['pairs-per-class']} pairs need ${source} pairs, but ${baseClasses} classes of the base make ${all}.`,
    );
  }
  if (source === all && settings.content === 'held-out-pairs') {
    throw new DataError(
      `No pair is held out: ${settings.classes} classes of ${settings['pairs-per-class']} pairs take all ${all}.`,
    );
  }
  const order = [
    ...Rng.of(settings['pair-seed'], 'pairs of classes').permutation(all),
  ].map((code) => ({
    left: Math.floor(code / baseClasses),
    right: code % baseClasses,
  }));
  switch (settings.content) {
    case 'source-pairs':
      return order.slice(0, source);
    case 'held-out-pairs':
      return order.slice(source);
    case 'all-pairs':
      return order;
  }
}

function labelling(
  settings: Settings,
  pairs: readonly Pair[],
  base: readonly string[],
): Labelling {
  const { content, label, classes } = settings;
  const pairNames = pairs.map(
    ({ left, right }) => `${base[left]!} | ${base[right]!}`,
  );
  switch (label) {
    case 'class':
      if (content === 'all-pairs') {
        throw new DataError(
          'Composites of "all-pairs" have no label "class"; they have "pair", "left", "right", "gain", "offset".',
        );
      }
      if (content === 'held-out-pairs') break;
      return {
        classNames: Array.from({ length: classes }, (_, index) =>
          pairNames
            .filter((_name, place) => place % classes === index)
            .join(' + '),
        ),
        labelOf: ({ place }) => place % classes,
      };
    case 'pair':
      break;
    case 'left':
      return { classNames: base, labelOf: ({ pair }) => pair.left };
    case 'right':
      return { classNames: base, labelOf: ({ pair }) => pair.right };
    case 'gain':
      return {
        classNames: ['darkest', 'dark', 'bright', 'brightest'],
        labelOf: ({ gains: [left] }) =>
          Math.min(
            Math.floor(((left - GAIN.least) / GAIN.range) * GAIN_BINS),
            GAIN_BINS - 1,
          ),
      };
    case 'offset':
      return {
        classNames: Array.from(
          { length: OFFSETS },
          (_, rows) => `${rows} rows`,
        ),
        labelOf: ({ offsets: [left] }) => left,
      };
  }
  return { classNames: pairNames, labelOf: ({ place }) => place };
}

/** Images at half size as sums of 2 × 2 values; a last odd row or column is left out. */
interface HalfSize {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  /** `[examples, rows, columns, channels]`, 0 … 1020. */
  readonly sums: Uint16Array;
}

function halve({ images, labels, imageShape }: ImageSet): HalfSize {
  const [fullRows, fullColumns, channels] = imageShape;
  const [rows, columns] = [fullRows >> 1, fullColumns >> 1];
  const rowBytes = fullColumns * channels;
  const sums = new Uint16Array(labels.length * rows * columns * channels);
  let position = 0;
  for (let example = 0; example < labels.length; example++) {
    for (let row = 0; row < rows; row++) {
      const line = (example * fullRows + 2 * row) * rowBytes;
      for (let column = 0; column < columns; column++) {
        for (let channel = 0; channel < channels; channel++) {
          const at = line + 2 * column * channels + channel;
          sums[position++] =
            images[at]! +
            images[at + channels]! +
            images[at + rowBytes]! +
            images[at + rowBytes + channels]!;
        }
      }
    }
  }
  return { rows, columns, channels, sums };
}

/** Places of each class among the examples of one split of the base. */
function placesByClass(base: ImageSet, split: string): readonly number[][] {
  const { start, end } = base.splits[split]!;
  const places = base.classNames.map((): number[] => []);
  for (let place = start; place < end; place++) {
    places[base.labels[place]!]!.push(place);
  }
  return places;
}

function checkSplits(settings: Settings, base: ImageSet): readonly string[] {
  const splits = orderedSplits(Object.keys(settings.images));
  const missing = splits.filter((split) => !Object.hasOwn(base.splits, split));
  if (missing.length > 0) {
    throw new DataError(
      `A composite's splits draw from the base's splits of the same name; the base has ${quoted(Object.keys(base.splits))}, not ${quoted(missing)}.`,
    );
  }
  return splits;
}

/**
 * Pairs of images side by side at half size, on a canvas four rows higher, each at a place and brightness of its own, under
 * noise. A class is a union of unrelated pairs, so that an objective can keep the pairs apart or merge them.
 *
 * @param base what is put together; its splits are the pools that the composite's splits draw from.
 * @throws {DataError} if the base can't make the pairs or splits that are asked for.
 */
export async function composeImages(
  settings: Settings,
  base: ImageSet,
  context: Pick<LoadContext, 'signal' | 'progress'>,
): Promise<ImageSet> {
  const splits = checkSplits(settings, base);
  const pairs = contentPairs(settings, base.classNames.length);
  const { classNames, labelOf } = labelling(settings, pairs, base.classNames);
  const half = halve(base);
  const canvas = {
    rows: half.rows + OFFSETS - 1,
    columns: 2 * half.columns,
  };
  const size = canvas.rows * canvas.columns * half.channels;
  const total = splits.reduce((sum, name) => sum + settings.images[name]!, 0);
  const images = new Uint8Array(total * size);
  const labels = new Int32Array(total);
  let done = 0;
  for (const split of splits) {
    const places = placesByClass(base, split);
    checkClasses(pairs, places, base.classNames, split);
    const rng = Rng.of(
      settings.seed,
      `composites ${settings.content} ${split}`,
    );
    for (let index = 0; index < settings.images[split]!; index++) {
      const drawn = draw(rng, pairs);
      labels[done] = labelOf(drawn);
      const pick = (of: number): number => {
        const pool = places[of]!;
        return pool[rng.below(pool.length)]!;
      };
      const chosen = [pick(drawn.pair.left), pick(drawn.pair.right)] as const;
      paint(
        images.subarray(done * size, (done + 1) * size),
        half,
        chosen,
        drawn,
        rng,
      );
      done++;
      if (done % IMAGES_A_TURN === 0) {
        context.progress({ done, total, unit: 'image' });
        await breathe(context.signal);
      }
    }
  }
  return {
    classNames,
    splits: splitRanges(
      splits.map((name) => ({ name, images: settings.images[name]! })),
    ),
    imageShape: [canvas.rows, canvas.columns, half.channels],
    // Not the base's: darker, and half of it in shade.
    normalization: { mean: [0.25], deviation: [0.3] },
    source: `Pairs of images, ${settings.content} labelled by ${settings.label}, of: ${base.source}`,
    license: base.license,
    images,
    labels,
  };
}

function checkClasses(
  pairs: readonly Pair[],
  places: readonly number[][],
  classNames: readonly string[],
  split: string,
): void {
  const absent = pairs
    .flatMap(({ left, right }) => [left, right])
    .find((index) => places[index]!.length === 0);
  if (absent !== undefined) {
    throw new DataError(
      `Split "${split}" of the base has no image of class "${classNames[absent]!}", which its composites show.`,
    );
  }
}

function draw(rng: Rng, pairs: readonly Pair[]): Drawn {
  const place = rng.below(pairs.length);
  const gain = (): number => GAIN.least + GAIN.range * rng.uniform();
  return {
    place,
    pair: pairs[place]!,
    gains: [gain(), gain()],
    offsets: [rng.below(OFFSETS), rng.below(OFFSETS)],
  };
}

/** Puts two images on a canvas of zeros, and noise over all of it. */
function paint(
  canvas: Uint8Array,
  { rows, columns, channels, sums }: HalfSize,
  chosen: readonly [number, number],
  { gains, offsets }: Drawn,
  rng: Rng,
): void {
  const lineBytes = columns * channels;
  const values = new Float64Array(canvas.length);
  for (const side of [0, 1] as const) {
    const from = chosen[side] * rows * lineBytes;
    for (let row = 0; row < rows; row++) {
      const to = (2 * (row + offsets[side]) + side) * lineBytes;
      for (let i = 0; i < lineBytes; i++) {
        values[to + i] =
          (sums[from + row * lineBytes + i]! / 1020) * gains[side];
      }
    }
  }
  for (let i = 0; i < canvas.length; i++) {
    const value = values[i]! + NOISE_DEVIATION * rng.normal();
    canvas[i] = Math.floor(Math.max(0, Math.min(value, 1)) * 255 + 0.5);
  }
}
