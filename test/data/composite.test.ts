import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeImages } from '../../src/data/composite/composite.ts';
import { compositeSettings } from '../../src/data/composite/settings.ts';
import type { ImageSet } from '../../src/data/image-set.ts';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { assertDataError, contextWith } from './load-context.ts';

/** Flat images of 8 × 6 pixels: class c of a split with brightness `shade(c, index)`. */
function baseWith(
  options: {
    readonly classes?: number;
    readonly examples?: Readonly<Record<string, number>>;
    readonly shade?: (label: number, index: number) => number;
    readonly imageShape?: [number, number, number];
  } = {},
): ImageSet {
  const classes = options.classes ?? 10;
  const examples = options.examples ?? { train: 40, tune: 20, test: 30 };
  const imageShape = options.imageShape ?? [8, 6, 1];
  const size = imageShape[0] * imageShape[1] * imageShape[2];
  let start = 0;
  const splits = Object.fromEntries(
    Object.entries(examples).map(([name, count]) => {
      const range = { start, end: start + count };
      start += count;
      return [name, range];
    }),
  );
  const labels = Int32Array.from({ length: start }, (_, i) => i % classes);
  const images = new Uint8Array(start * size);
  labels.forEach((label, index) => {
    const shade = options.shade?.(label, index) ?? 255;
    images.fill(shade, index * size, (index + 1) * size);
  });
  return {
    classNames: Array.from({ length: classes }, (_, index) => `c${index}`),
    splits,
    imageShape,
    normalization: { mean: [0.1], deviation: [0.2] },
    source: 'flat images',
    license: 'CC0',
    images,
    labels,
  };
}

const compose = (settings: JsonObject, base = baseWith()) =>
  composeImages(
    fillDefaults(compositeSettings, settings) as never,
    base,
    contextWith(),
  );

/** Mean of a rectangle of one channel-free image, 0 to 1. */
function meanOf(
  set: ImageSet,
  index: number,
  rows: readonly [number, number],
  columns: readonly [number, number],
): number {
  const [height, width] = set.imageShape;
  let sum = 0;
  for (let row = rows[0]; row < rows[1]; row++) {
    for (let column = columns[0]; column < columns[1]; column++) {
      sum += set.images[(index * height + row) * width + column]!;
    }
  }
  return sum / 255 / ((rows[1] - rows[0]) * (columns[1] - columns[0]));
}

/** Rows of a side in which there is more than noise. */
const litRows = (
  set: ImageSet,
  index: number,
  columns: readonly [number, number],
): number[] =>
  Array.from({ length: set.imageShape[0] }, (_, row) => row).filter(
    (row) => meanOf(set, index, [row, row + 1], columns) > 0.2,
  );

const EVERY = Array.from({ length: 1000 }, (_, index) => index);

test('two images at half size lie side by side, each at its own height and brightness', async () => {
  const set = await compose({ images: { train: 1000 } });
  assert.deepEqual(set.imageShape, [8, 6, 1]);
  const seen = { offsets: new Set<string>(), low: 1, high: 0 };
  for (const index of EVERY) {
    const left = litRows(set, index, [0, 3]);
    const right = litRows(set, index, [3, 6]);
    assert.equal(left.length, 4);
    assert.equal(right.length, 4);
    assert.equal(left[3]! - left[0]!, 3);
    seen.offsets.add(`${left[0]!} ${right[0]!}`);
    const gain = meanOf(set, index, [left[0]!, left[0]! + 4], [0, 3]);
    seen.low = Math.min(seen.low, gain);
    seen.high = Math.max(seen.high, gain);
  }
  assert.equal(seen.offsets.size, 25);
  // Gains are uniform in 0.4 … 1; the mean of 12 pixels carries noise of 0.03 / sqrt(12) ≈ 0.009.
  assert.ok(seen.low > 0.36 && seen.low < 0.42, `${seen.low}`);
  assert.ok(seen.high > 0.97 && seen.high <= 1, `${seen.high}`);
});

test('noise has deviation 0.03', async () => {
  // Images of level 128 stay away from both ends of the scale, where noise is cut off.
  const base = baseWith({ shade: () => 128, imageShape: [80, 60, 1] });
  const set = await compose({ images: { train: 50 } }, base);
  let squares = 0;
  for (let index = 0; index < 50; index++) {
    // Rows 4 … 40 of the canvas are inside the left image, whatever its offset.
    const mean = meanOf(set, index, [4, 40], [0, 30]);
    for (let row = 4; row < 40; row++) {
      const value = meanOf(set, index, [row, row + 1], [7, 8]);
      squares += (value - mean) ** 2;
    }
  }
  const deviation = Math.sqrt(squares / (50 * 36));
  assert.ok(Math.abs(deviation - 0.03) < 0.002, `${deviation}`);
});

test('half size is the mean of 2 × 2 pixels', async () => {
  // Columns 0 and 255 in turn: their mean is half of full brightness; every second pixel would be 0 or all of it.
  const base = baseWith({ classes: 2, examples: { train: 2 } });
  for (let i = 0; i < base.images.length; i += 2) base.images[i] = 0;
  const set = await compose(
    { classes: 2, 'pairs-per-class': 1, label: 'gain', images: { train: 200 } },
    base,
  );
  for (let index = 0; index < 200; index++) {
    const gain = 2 * meanOf(set, index, [0, 8], [0, 6]) * 2;
    assert.ok(gain > 0.3 && gain < 1.1, `${gain}`);
  }
});

test('labels say what is shown', async () => {
  const settings = { content: 'all-pairs', seed: 3, images: { train: 1000 } };
  const [pair, left, right, gain, offset] = await Promise.all(
    ['pair', 'left', 'right', 'gain', 'offset'].map((label) =>
      compose({ ...settings, label }),
    ),
  );
  assert.equal(pair!.classNames.length, 100);
  for (const index of EVERY) {
    assert.equal(
      pair!.classNames[pair!.labels[index]!],
      `c${left!.labels[index]!} | c${right!.labels[index]!}`,
    );
    const rows = litRows(offset!, index, [0, 3]);
    assert.equal(rows[0], offset!.labels[index]);
    const brightness = meanOf(gain!, index, [rows[0]!, rows[0]! + 4], [0, 3]);
    const bin = Math.min(3, Math.floor((brightness - 0.4) / 0.15));
    // Noise moves brightness across the border of a bin at times, but never by a bin.
    assert.ok(Math.abs(bin - gain!.labels[index]!) <= 1);
  }
  assert.deepEqual([...new Set(gain!.labels)].sort(), [0, 1, 2, 3]);
  assert.deepEqual(pair!.images, offset!.images);
});

test('the class on the left is the one that is shown on the left', async () => {
  // Class 0 is dark, class 1 is white.
  const base = baseWith({ classes: 2, shade: (label) => 255 * label });
  const settings = {
    content: 'all-pairs',
    classes: 2,
    'pairs-per-class': 1,
    images: { train: 1000 },
  };
  const left = await compose({ ...settings, label: 'left' }, base);
  const right = await compose({ ...settings, label: 'right' }, base);
  for (const index of EVERY) {
    assert.equal(
      litRows(left, index, [0, 3]).length > 0,
      left.labels[index] === 1,
    );
    assert.equal(
      litRows(right, index, [3, 6]).length > 0,
      right.labels[index] === 1,
    );
  }
});

test('72 pairs make 24 classes of three, and the other 28 are held out', async () => {
  const source = await compose({ label: 'pair' });
  const heldOut = await compose({ content: 'held-out-pairs' });
  const classes = await compose({});
  assert.equal(source.classNames.length, 72);
  assert.equal(heldOut.classNames.length, 28);
  assert.equal(
    new Set([...source.classNames, ...heldOut.classNames]).size,
    100,
  );
  assert.equal(classes.classNames.length, 24);
  assert.equal(
    classes.classNames[5],
    [5, 29, 53].map((place) => source.classNames[place]!).join(' + '),
  );
  assert.deepEqual(
    [...classes.labels],
    [...source.labels].map((place) => place % 24),
  );
});

test('the pair seed decides the pairs, the seed all else', async () => {
  const names = async (settings: JsonObject) =>
    (await compose({ ...settings, content: 'held-out-pairs' })).classNames;
  assert.deepEqual(await names({ seed: 1 }), await names({ seed: 2 }));
  assert.notDeepEqual(await names({ 'pair-seed': 1 }), await names({}));
  const [one, same, other] = await Promise.all([
    compose({ seed: 1 }),
    compose({ seed: 1 }),
    compose({ seed: 2 }),
  ]);
  assert.deepEqual(one, same);
  assert.notDeepEqual(one.images, other.images);
});

test('splits draw from the splits of the base of the same name alone', async () => {
  // Brightness tells the splits of the base apart even at the lowest gain: 255 · 0.4 > 60.
  const base = baseWith({ shade: (_label, index) => (index < 40 ? 255 : 60) });
  const set = await compose(
    { images: { train: 300, tune: 300, test: 300 } },
    base,
  );
  const brightest = (index: number): number =>
    set.images
      .subarray(index * 48, (index + 1) * 48)
      .reduce((most, value) => Math.max(most, value), 0);
  const { train, tune, test: tested } = set.splits;
  assert.deepEqual(
    [train, tune, tested],
    [
      { start: 0, end: 300 },
      { start: 300, end: 600 },
      { start: 600, end: 900 },
    ],
  );
  for (let index = 0; index < 900; index++) {
    assert.equal(brightest(index) > 95, index < 300, `${index}`);
  }
});

test('a larger split begins with the smaller one and leaves the others alone', async () => {
  const small = await compose({ images: { train: 10, test: 20 } });
  const large = await compose({ images: { test: 20, train: 40 } });
  assert.deepEqual(
    small.images.subarray(0, 10 * 48),
    large.images.subarray(0, 10 * 48),
  );
  assert.deepEqual(
    small.images.subarray(10 * 48),
    large.images.subarray(40 * 48),
  );
});

test('channels and odd sides are kept in order', async () => {
  const base = baseWith({ imageShape: [5, 7, 3] });
  for (let i = 0; i < base.images.length; i++) {
    base.images[i] = i % 3 === 2 ? 255 : 0;
  }
  const set = await compose({ images: { train: 20 } }, base);
  assert.deepEqual(set.imageShape, [6, 6, 3]);
  for (let i = 0; i < set.images.length; i++) {
    if (i % 3 !== 2) assert.ok(set.images[i]! < 50);
  }
  assert.ok(set.images.some((value) => value > 90));
});

test('what a base cannot make is refused', async () => {
  await assertDataError(
    compose({}, baseWith({ classes: 8 })),
    /24 classes of 3 pairs need 72 pairs, but 8 classes of the base make 64/,
  );
  await assertDataError(
    compose({ classes: 25, 'pairs-per-class': 4, content: 'held-out-pairs' }),
    /No pair is held out: 25 classes of 4 pairs take all 100/,
  );
  await assertDataError(
    compose({ content: 'all-pairs' }),
    /"all-pairs" have no label "class"; they have "pair", "left"/,
  );
  await assertDataError(
    compose({ images: { train: 1, dev: 1 } }),
    /the base has "train", "tune", "test", not "dev"/,
  );
  await assertDataError(
    compose({}, baseWith({ examples: { train: 9, tune: 10, test: 10 } })),
    /Split "train" of the base has no image of class "c9"/,
  );
  await assertDataError(
    compose({}, baseWith({ imageShape: [1, 28, 1] })),
    /Images of \[1, 28, 1\] are too small/,
  );
});

test('the abort signal stops the painting', async () => {
  const controller = new AbortController();
  const heard: number[] = [];
  const context = contextWith({
    signal: controller.signal,
    progress: ({ done }) => {
      heard.push(done);
      controller.abort();
    },
  });
  const settings = fillDefaults(compositeSettings, { images: { train: 2000 } });
  await assert.rejects(composeImages(settings as never, baseWith(), context), {
    name: 'AbortError',
  });
  assert.deepEqual(heard, [256]);
});

test('a composite says what it is made of', async () => {
  const set = await compose({});
  assert.equal(
    set.source,
    'Pairs of images, source-pairs labelled by class, of: flat images',
  );
  assert.equal(set.license, 'CC0');
  assert.deepEqual(set.normalization, { mean: [0.25], deviation: [0.3] });
});
