import { Rng } from '../../tensor/rng.ts';
import { DataError } from '../data-error.ts';
import {
  breathe,
  orderedSplits,
  quoted,
  roomFor,
  splitRanges,
  type ImageSet,
  type LoadContext,
} from '../image-set.ts';
import { canvasShape, draw, halve, paint, type Pair } from './paint.ts';
import { contentPairs, labelling } from './pairs.ts';
import type { CompositeSettings } from './settings.ts';

const IMAGES_A_TURN = 256;

/** Places of each class among the examples of one split of the base. */
function placesByClass(base: ImageSet, split: string): readonly number[][] {
  const { start, end } = base.splits[split]!;
  const places = base.classNames.map((): number[] => []);
  for (let place = start; place < end; place++) {
    places[base.labels[place]!]!.push(place);
  }
  return places;
}

function checkSplits(
  settings: CompositeSettings,
  base: ImageSet,
): readonly string[] {
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
  settings: CompositeSettings,
  base: ImageSet,
  context: Pick<LoadContext, 'signal' | 'progress'>,
): Promise<ImageSet> {
  const splits = checkSplits(settings, base);
  const pairs = contentPairs(settings, base.classNames.length);
  const { classNames, labelOf } = labelling(settings, pairs, base.classNames);
  const half = halve(base);
  const imageShape = canvasShape(half);
  const size = imageShape[0] * imageShape[1] * imageShape[2];
  const total = splits.reduce((sum, name) => sum + settings.images[name]!, 0);
  const { images, labels } = roomFor(total, size);
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
    imageShape,
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
