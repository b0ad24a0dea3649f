import { Type, type Static } from '../../util/type.ts';
import { DataError } from '../data-error.ts';
import {
  breathe,
  defineSource,
  MAX_SPLIT_IMAGES,
  orderedSplits,
  quoted,
  roomFor,
  SPLIT_NAME,
  splitRanges,
  type ImageSet,
} from '../image-set.ts';
import { CONTENTS, labelling, LABELS, PALETTES } from './labels.ts';
import { IMAGE_BYTES, renderScene, SIDE } from './render.ts';
import { drawScene } from './scene.ts';
import { streamsOverlap, type StreamRange } from './stream.ts';

const SEED = { minimum: 0, maximum: 4294967295 };
const IMAGES_A_TURN = 256;

const settings = Type.Object(
  {
    content: Type.Enum([...CONTENTS], {
      default: 'source-pairs',
      description:
        'What the images show. A pair is one of 12 shapes in one of 12 bands of hue: 108 pairs are "source-pairs", the other 36 "held-out-pairs". "held-out-shapes" and "held-out-fills" show 8 shapes and 4 fills that no other content has. "factors" draws shape, fill and hue each for itself. All else (place, size, tilt, light, background) varies freely in every content.',
    }),
    label: Type.Enum([...LABELS], {
      default: 'class',
      description:
        'What the network is to tell. "class" is what the content is sorted by: 36 classes of three unrelated pairs for "source-pairs", the 36 pairs, 8 shapes or 4 fills for those held out; "factors" has none. "pair" goes with pairs only, all others with every content: "hue" has 12 bins, "position" 3 × 3, "size" 4, "light" 8 directions, "background" 6 textures, "background-hue" 6 bins.',
    }),
    seed: Type.Union(
      [
        Type.Integer(SEED),
        Type.Record(Type.String({ pattern: SPLIT_NAME }), Type.Integer(SEED), {
          additionalProperties: false,
          minProperties: 1,
        }),
      ],
      {
        default: 11,
        description:
          'Stream of images, 0 to 4294967295. One number: splits are consecutive parts of its stream (train, tune, test, then others by name). A number for each split, "{ train: 11, test: 13 }": each split starts its own stream, so that one can grow and the others stay.',
      },
    ),
    images: Type.Record(
      Type.String({ pattern: SPLIT_NAME }),
      Type.Integer({ minimum: 1, maximum: MAX_SPLIT_IMAGES }),
      {
        default: { train: 750, tune: 250, test: 1000 },
        additionalProperties: false,
        minProperties: 1,
        description: 'Images by split, 1 to 1,000,000 each.',
      },
    ),
  },
  { additionalProperties: false },
);

type Settings = Static<typeof settings>;
type SplitStream = StreamRange & { readonly name: string };

/** Which images of which stream each split has. */
function splitStreams({ seed, images }: Settings): readonly SplitStream[] {
  const names = orderedSplits(Object.keys(images));
  if (typeof seed === 'number') {
    let start = 0;
    return names.map((name) => {
      const range = { name, seed, start, end: start + images[name]! };
      start = range.end;
      return range;
    });
  }
  const unknown = Object.keys(seed).filter((name) => !names.includes(name));
  const missing = names.filter((name) => !Object.hasOwn(seed, name));
  if (unknown.length > 0 || missing.length > 0) {
    throw new DataError(
      `"seed" has numbers for ${quoted(orderedSplits(Object.keys(seed)))}, but "images" names the splits ${quoted(names)}.`,
    );
  }
  const streams = names.map((name) => ({
    name,
    seed: seed[name]!,
    start: 0,
    end: images[name]!,
  }));
  checkDisjoint(streams);
  return streams;
}

function checkDisjoint(streams: readonly SplitStream[]): void {
  streams.forEach((stream, index) => {
    const other = streams
      .slice(0, index)
      .find((earlier) => streamsOverlap(earlier, stream));
    if (other !== undefined) {
      throw new DataError(
        `Splits "${other.name}" (seed ${other.seed}) and "${stream.name}" (seed ${stream.seed}) would share images. Another seed for one of them keeps them apart.`,
      );
    }
  });
}

/**
 * Coloured shapes on textured grounds, 24 × 24 pixels, painted when asked for. The setting of the miniature study: classes
 * are unions of unrelated looks, and every other factor is a nuisance or a target of transfer.
 */
export const shapes = defineSource({
  settings,
  side: SIDE,
  files: () => [],
  async load(params, context): Promise<ImageSet> {
    const { classNames, labelOf } = labelling(params.content, params.label);
    const palette = PALETTES[params.content];
    const streams = splitStreams(params);
    const sizes = streams.map(({ name, start, end }) => ({
      name,
      images: end - start,
    }));
    const total = sizes.reduce((sum, split) => sum + split.images, 0);
    const { images, labels } = roomFor(total, IMAGE_BYTES);
    let done = 0;
    for (const { seed, start, end } of streams) {
      for (let index = start; index < end; index++) {
        const scene = drawScene(palette, seed, index);
        labels[done] = labelOf(scene);
        renderScene(scene, images, done * IMAGE_BYTES);
        done++;
        if (done % IMAGES_A_TURN === 0) {
          context.progress({ done, total, unit: 'image' });
          await breathe(context.signal);
        }
      }
    }
    return {
      classNames,
      splits: splitRanges(sizes),
      imageShape: [SIDE, SIDE, 3],
      normalization: { mean: [0.5], deviation: [0.25] },
      source: `Penultimate shapes, ${params.content} labelled by ${params.label}`,
      license: 'Apache-2.0, as the generator',
      images,
      labels,
    };
  },
});
