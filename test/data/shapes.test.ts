import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import type { Json, JsonObject } from '../../src/util/json.ts';
import { DataError } from '../../src/data/data-error.ts';
import type { ImageSet, LoadContext } from '../../src/data/image-set.ts';
import { PAIRS } from '../../src/data/shapes/scene.ts';
import { shapes } from '../../src/data/shapes/shapes.ts';
import {
  imageHash,
  streamsOverlap,
  uniform,
  type StreamRange,
} from '../../src/data/shapes/stream.ts';
import { mix32 } from '../../src/tensor/rng.ts';
import { assertDataError, contextWith } from './load-context.ts';
import { SHAPES_GOLDEN } from './shapes-golden.ts';

const load = (
  settings: JsonObject,
  context: LoadContext = contextWith(),
): Promise<ImageSet> =>
  shapes.load(fillDefaults(shapes.settings, settings) as never, context);

const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

/** `image` of a set, as bytes. */
const imageOf = ({ images, imageShape }: ImageSet, index: number) => {
  const size = imageShape[0] * imageShape[1] * imageShape[2];
  return images.subarray(index * size, (index + 1) * size);
};

// The numbers of the miniature study, section 1, "Port check".
test('the generator draws the numbers that the port check lists', async () => {
  assert.equal(mix32(1), 1753845952);
  const hashes = [0, 1, 2].map((index) => imageHash(11, index));
  assert.deepEqual(hashes, [3686244360, 164785244, 3912894399]);
  assert.deepEqual(
    [0, 1, 2].map((number) => uniform(hashes[0]!, number).toFixed(8)),
    ['0.67595054', '0.67428695', '0.74499190'],
  );
  assert.deepEqual(
    PAIRS.slice(0, 8).map(({ shape, band }) => [shape, band]),
    [
      [5, 1],
      [1, 7],
      [6, 1],
      [11, 1],
      [8, 11],
      [2, 10],
      [10, 9],
      [7, 5],
    ],
  );
  const set = await load({ images: { train: 3 } });
  assert.deepEqual([...set.labels], [1, 27, 32]);
  const middle = (12 * 24 + 12) * 3;
  assert.deepEqual([...set.images.subarray(middle, middle + 3)], [115, 70, 91]);
});

for (const [content, golden] of Object.entries(SHAPES_GOLDEN)) {
  test(`every byte of "${content}" is that of the reference script`, async () => {
    const { seed, imageSums } = golden;
    const images = { train: imageSums.length };
    const set = await load({ content, seed, images, label: 'shape' });
    assert.deepEqual(
      imageSums.map((_, index) =>
        imageOf(set, index).reduce((sum, byte) => sum + byte, 0),
      ),
      imageSums,
    );
    assert.equal(sha256(set.images), golden.sha256);
    const other = await load({
      content,
      seed: seed + 1,
      images,
      label: 'size',
    });
    assert.notEqual(sha256(other.images), golden.sha256);
  });

  test(`every label of "${content}" is that of the reference script`, async () => {
    const images = { train: golden.imageSums.length };
    for (const [label, expected] of Object.entries(golden.labels)) {
      const set = await load({ content, seed: golden.seed, images, label });
      assert.deepEqual([...set.labels], expected, label);
      assert.ok(Math.max(...set.labels) < set.classNames.length);
      assert.equal(new Set(set.classNames).size, set.classNames.length);
    }
  });
}

test('contents have as many classes of their own as the study says', async () => {
  const classes = async (content: string) =>
    (await load({ content, images: { train: 1 } })).classNames.length;
  assert.equal(await classes('source-pairs'), 36);
  assert.equal(await classes('held-out-pairs'), 36);
  assert.equal(await classes('held-out-shapes'), 8);
  assert.equal(await classes('held-out-fills'), 4);
});

test('a class of the source is named after the three pairs that lie 36 places apart', async () => {
  const set = await load({ images: { train: 1 } });
  // PAIRS[0] is shape 5 (plus) in hue band 1, whose middle is 45°.
  assert.match(set.classNames[0]!, /^plus 45° \+ .+ \+ .+$/);
});

test('no held-out pair is a source pair', async () => {
  const names = async (content: string) =>
    (await load({ content, label: 'pair', images: { train: 1 } })).classNames;
  const source = await names('source-pairs');
  const heldOut = await names('held-out-pairs');
  assert.equal(new Set([...source, ...heldOut]).size, 144);
});

test('a label that the content does not have is refused with those that it has', async () => {
  await assertDataError(
    load({ content: 'factors' }),
    /content "factors" have no label "class"/,
    /"shape", "fill", "hue", "position"/,
  );
  await assertDataError(
    load({ content: 'held-out-fills', label: 'pair' }),
    /no label "pair"; they have "class", "shape"/,
  );
});

test('with one seed the splits are consecutive parts of its stream', async () => {
  const set = await load({
    seed: 15,
    images: { train: 3, tune: 2, test: 4 },
  });
  const stream = await load({ seed: 15, images: { train: 9 } });
  assert.deepEqual(set.splits, {
    train: { start: 0, end: 3 },
    tune: { start: 3, end: 5 },
    test: { start: 5, end: 9 },
  });
  assert.equal(sha256(set.images), sha256(stream.images));
});

test('with a seed for each split, each starts its own stream', async () => {
  const set = await load({
    seed: { test: 13, train: 11 },
    images: { train: 3, test: 2 },
  });
  const test13 = await load({ seed: 13, images: { train: 2 } });
  assert.deepEqual(set.splits, {
    train: { start: 0, end: 3 },
    test: { start: 3, end: 5 },
  });
  assert.deepEqual(imageOf(set, 3), imageOf(test13, 0));
  assert.deepEqual(imageOf(set, 4), imageOf(test13, 1));
});

test('the order in which splits are written changes nothing', async () => {
  const one = await load({ images: { train: 2, tune: 1, test: 3, extra: 1 } });
  const other = await load({
    images: { extra: 1, test: 3, tune: 1, train: 2 },
  });
  assert.deepEqual(one.splits, other.splits);
  assert.deepEqual(Object.keys(one.splits), ['train', 'tune', 'test', 'extra']);
  assert.equal(sha256(one.images), sha256(other.images));
});

test('splits whose streams meet are refused', async () => {
  await assertDataError(
    load({ seed: { train: 4, test: 4 }, images: { train: 2, test: 2 } }),
    /"train" \(seed 4\) and "test" \(seed 4\) would share images/,
  );
});

// Found by search: the first image of seed 1918637 is image 418 of seed 11.
test('streams of different seeds overlap exactly where an image is in both', async () => {
  assert.equal(imageHash(1918637, 0), imageHash(11, 418));
  const early = { seed: 11, start: 0, end: 418 };
  const late = { seed: 11, start: 419, end: 1000 };
  const met = { seed: 11, start: 418, end: 419 };
  const first = { seed: 1918637, start: 0, end: 1 };
  const second = { seed: 1918637, start: 1, end: 2 };
  const overlap = (one: StreamRange, other: StreamRange): boolean => {
    const answer = streamsOverlap(one, other);
    assert.equal(streamsOverlap(other, one), answer);
    return answer;
  };
  assert.equal(overlap(met, first), true);
  assert.equal(overlap(early, first), false);
  assert.equal(overlap(late, first), false);
  assert.equal(overlap(late, second), true);
  assert.equal(overlap(met, second), false);
  const images = { train: 418, test: 1 };
  const seed = { train: 11, test: 1918637 };
  await load({ seed, images });
  await assertDataError(
    load({ seed, images: { ...images, train: 419 } }),
    /would share images/,
  );
});

test('seeds that do not go with the splits are refused', async () => {
  await assertDataError(
    load({ seed: { train: 1 }, images: { train: 2, test: 2 } }),
    /"seed" has numbers for "train", but "images" names the splits "train", "test"/,
  );
  await assertDataError(
    load({ seed: { train: 1, dev: 2 }, images: { train: 2 } }),
    /"seed" has numbers for "train", "dev"/,
  );
});

test('more images than fit in memory are refused before anything is painted', async () => {
  await assertDataError(
    load({ images: { train: 1_000_000, tune: 1_000_000 } }),
    /2000000 images of 1728 bytes are 3456000000 bytes; a data set holds at most 2147483648/,
  );
});

test('the abort signal stops the painting', async () => {
  const controller = new AbortController();
  const seen: number[] = [];
  const progress = ({ done }: { done: number }): void => {
    seen.push(done);
    controller.abort();
  };
  await assert.rejects(
    load(
      { images: { train: 2000 } },
      contextWith({ signal: controller.signal, progress }),
    ),
    (error) => !(error instanceof DataError) && controller.signal.aborted,
  );
  assert.deepEqual(seen, [256]);
});

test('defaults are those of a target: 750 + 250 + 1000 images', async () => {
  const filled = fillDefaults(shapes.settings, {}) as Record<string, Json>;
  assert.deepEqual(filled, {
    content: 'source-pairs',
    label: 'class',
    seed: 11,
    images: { train: 750, tune: 250, test: 1000 },
  });
  const set = await load({});
  assert.equal(set.labels.length, 2000);
  assert.equal(set.images.length, 2000 * 24 * 24 * 3);
  assert.deepEqual(set.imageShape, [24, 24, 3]);
  assert.deepEqual(set.normalization, { mean: [0.5], deviation: [0.25] });
});
