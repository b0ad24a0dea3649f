import { alike } from '../util/alike.ts';
import { Type, type Static } from '../util/type.ts';
import { composeImages } from '../data/composite/composite.ts';
import { compositeSettings } from '../data/composite/settings.ts';
import { DataError } from '../data/data-error.ts';
import type { ImageSet, LoadContext } from '../data/image-set.ts';
import {
  filesOf,
  loadImages,
  paintedSources,
  settingsOf,
  sideOf,
  storedSources,
} from '../data/sources.ts';
import { defineKind, NodeError } from '../kind/kind.ts';
import { Path, Tagged } from '../kind/schema.ts';
import { ndArray } from '../tensor/nd-array.ts';

const stored = storedSources(Path);
const sources = { ...paintedSources, ...stored };

const params = Type.Object(
  {
    source: Tagged(
      {
        ...settingsOf(sources),
        composite: Type.Object(
          {
            of: Tagged(settingsOf(stored), {
              description:
                'The base: images that are put together two by two. Its splits are the pools that the splits of the composite draw from.',
            }),
            ...compositeSettings.properties,
          },
          { additionalProperties: false },
        ),
      },
      {
        description:
          'Where images and labels come from: "shapes" paints them; "fashion-mnist" and "mnist" are fetched, or read from a folder; "digits" comes with the program; "idx" reads any files of that form; "composite" puts images of another source side by side.',
      },
    ),
    normalization: Type.Optional(
      Type.Object(
        {
          mean: Type.Number({
            minimum: 0,
            maximum: 1,
            description: 'Subtracted from pixel values scaled to 0 … 1.',
          }),
          deviation: Type.Number({
            exclusiveMinimum: 0,
            description: 'What the difference is then divided by.',
          }),
        },
        {
          additionalProperties: false,
          ...alike('preprocessing', 'source'),
          description:
            "What a network sees of a pixel; the source's own numbers where it is left out. A target may want those of the data that the network was trained on.",
        },
      ),
    ),
  },
  { additionalProperties: false },
);

type Source = Static<typeof params>['source'];

const load = async (source: Source, context: LoadContext): Promise<ImageSet> =>
  source.type === 'composite'
    ? composeImages(
        source,
        await loadImages(stored, source.of, context),
        context,
      )
    : loadImages(sources, source, context);

/** Labelled images in disjoint splits. */
export const dataset = defineKind({
  name: 'dataset',
  version: 1,
  summary:
    'Labelled images in disjoint splits: painted, fetched, read from files, or put together from others.',
  params,
  inputs: {},
  output: 'dataset',
  facts: {
    examples: null,
    imageSide: ({ source }) => sideOf(sources, source),
  },
  files: ({ source }) =>
    source.type === 'composite'
      ? filesOf(stored, source.of)
      : filesOf(sources, source),
  async run(context) {
    const { source, normalization } = context.params;
    let set: ImageSet;
    try {
      set = await load(source, context);
    } catch (error) {
      throw error instanceof DataError ? new NodeError(error.message) : error;
    }
    const { images, labels, ...described } = set;
    const value =
      normalization === undefined
        ? described
        : {
            ...described,
            normalization: {
              mean: [normalization.mean],
              deviation: [normalization.deviation],
            },
          };
    const [rows, columns, channels] = value.imageShape;
    const splits = Object.entries(value.splits).map(
      ([name, { start, end }]) => `${end - start} ${name}`,
    );
    context.log(
      `${splits.join(', ')} images of [${rows}, ${columns}, ${channels}] in ${value.classNames.length} classes`,
    );
    const examples = labels.length;
    return {
      type: 'dataset',
      value,
      arrays: {
        images: ndArray('uint8', [examples, ...value.imageShape], images),
        labels: ndArray('int32', [examples], labels),
      },
    };
  },
});
