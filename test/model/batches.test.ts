import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchBuilder,
  batchesOf,
  examplesOf,
  type AugmentationStreams,
  type LabelledImages,
} from '../../src/model/batches.ts';
import { Rng } from '../../src/tensor/rng.ts';

const [ROWS, COLUMNS, CHANNELS] = [4, 5, 2];
const SIZE = ROWS * COLUMNS * CHANNELS;

/** Three images in which every number is another one. */
const source: LabelledImages = {
  images: Uint8Array.from({ length: 3 * SIZE }, (_, i) => (i * 37 + 11) % 256),
  labels: Int32Array.of(2, 0, 1),
  classes: 4,
  imageShape: [ROWS, COLUMNS, CHANNELS],
  normalization: { mean: [0.5, 0.25], deviation: [0.25, 0.5] },
};

/** What a network sees of a pixel, from the definition. */
function seen(
  example: number,
  row: number,
  column: number,
  channel: number,
): number {
  const value =
    source.images[
      ((example * ROWS + row) * COLUMNS + column) * CHANNELS + channel
    ]!;
  return Math.fround(
    (value / 255 - [0.5, 0.25][channel]!) / [0.25, 0.5][channel]!,
  );
}

/** An image moved by whole pixels and then mirrored, the edge repeated. */
function moved(
  example: number,
  down: number,
  right: number,
  mirrored: boolean,
): number[] {
  const values: number[] = [];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      for (let channel = 0; channel < CHANNELS; channel++) {
        const shown = mirrored ? COLUMNS - 1 - column : column;
        values.push(
          seen(
            example,
            Math.min(Math.max(row + down, 0), ROWS - 1),
            Math.min(Math.max(shown + right, 0), COLUMNS - 1),
            channel,
          ),
        );
      }
    }
  }
  return values;
}

/** Generators of one seed, for augmentation. */
const streamsOf = (seed: number): AugmentationStreams => ({
  augmentation: Rng.of(seed, 'augmentation'),
  policy: Rng.of(seed, 'policy'),
  cutout: Rng.of(seed, 'cutout'),
  mixup: Rng.of(seed, 'mixup'),
});

/** Where generators stand. */
const statesOf = (streams: AugmentationStreams): unknown =>
  Object.entries(streams).map(([name, rng]) => [name, (rng as Rng).state]);

/** Which of all moves within a shift an image shows, and how often over many draws. */
function countMoves(shift: number, flip: boolean): Map<string, number> {
  const builder = new BatchBuilder(source);
  const streams = streamsOf(3);
  const known = new Map<string, string>();
  for (let down = -2; down <= 2; down++) {
    for (let right = -2; right <= 2; right++) {
      for (const mirrored of [false, true]) {
        const key = Float32Array.from(moved(1, down, right, mirrored)).join();
        known.set(key, `${down} ${right} ${mirrored}`);
      }
    }
  }
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 4000; draw++) {
    const { images } = builder.augmented(
      Int32Array.of(1),
      { shift, flip },
      streams,
    );
    const name = known.get(images.join()) ?? 'unknown';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

test('a network sees pixels scaled channel by channel, in the order asked for', () => {
  const builder = new BatchBuilder(source);
  assert.deepEqual(
    [...builder.images(Int32Array.of(2, 0))],
    [...moved(2, 0, 0, false), ...moved(0, 0, 0, false)],
  );
});

test('one mean and deviation serve all channels', () => {
  const grey = { ...source, normalization: { mean: [0.5], deviation: [0.25] } };
  const [first, second] = new BatchBuilder(grey).images(Int32Array.of(0));
  assert.equal(first, Math.fround((source.images[0]! / 255 - 0.5) / 0.25));
  assert.equal(second, Math.fround((source.images[1]! / 255 - 0.5) / 0.25));
});

test('shifts by up to a pixel repeat the edge, and all nine are equally frequent', () => {
  const counts = countMoves(1, false);
  assert.equal(counts.size, 9);
  assert.ok(!counts.has('unknown'));
  assert.ok(counts.has('-1 1 false'));
  // 444 expected, deviation 20.
  assert.ok([...counts.values()].every((count) => Math.abs(count - 444) < 110));
});

test('a flip mirrors half of the images left to right', () => {
  const counts = countMoves(0, true);
  assert.deepEqual([...counts.keys()].sort(), ['0 0 false', '0 0 true']);
  assert.ok(Math.abs(counts.get('0 0 true')! - 2000) < 200);
});

test('shift and flip together give every combination', () => {
  assert.equal(countMoves(1, true).size, 18);
});

test('without augmentation images stay, and no random number is drawn', () => {
  const streams = streamsOf(3);
  const before = statesOf(streams);
  const builder = new BatchBuilder(source);
  const examples = Int32Array.of(1, 2);
  const none = { shift: 0, flip: false };
  const nothing = { 'auto-augment': 'none', cutout: 0, mixup: 0 } as const;
  for (const augmentation of [none, { ...none, ...nothing }]) {
    assert.deepEqual(builder.augmented(examples, augmentation, streams), {
      images: builder.images(examples),
      targets: builder.oneHot(examples),
      labels: builder.labels(examples),
    });
  }
  assert.deepEqual(statesOf(streams), before);
});

test('a shift larger than the image shows its edge', () => {
  const builder = new BatchBuilder(source);
  const streams = streamsOf(1);
  // From four rows or five columns on, a larger shift shows no more of the image.
  const shown = new Set<string>();
  for (let down = -4; down <= 4; down++) {
    for (let right = -5; right <= 5; right++) {
      shown.add(Float32Array.from(moved(0, down, right, false)).join());
    }
  }
  for (let draw = 0; draw < 50; draw++) {
    const augmentation = { shift: 60, flip: false };
    const { images } = builder.augmented(
      Int32Array.of(0),
      augmentation,
      streams,
    );
    assert.ok(shown.has(images.join()));
  }
});

test('cutout covers a square with what a network sees of the mean, cut off at the edges', () => {
  const builder = new BatchBuilder(source);
  const streams = streamsOf(2);
  const plain = builder.images(Int32Array.of(0));
  const whole = new Set<string>();
  const reached = new Set<number>();
  for (let draw = 0; draw < 400; draw++) {
    const { images } = builder.augmented(
      Int32Array.of(0),
      { shift: 0, flip: false, cutout: 2 },
      streams,
    );
    const pixels = Array.from({ length: ROWS * COLUMNS }, (_, pixel) => pixel);
    const covered = pixels.filter((pixel) => {
      const values = [0, 1].map((channel) => images[2 * pixel + channel]);
      const isCovered = values.every((value) => value === 0);
      if (!isCovered) {
        assert.deepEqual(values, [plain[2 * pixel], plain[2 * pixel + 1]]);
      }
      return isCovered;
    });
    covered.forEach((pixel) => reached.add(pixel));
    const rows = covered.map((pixel) => Math.floor(pixel / COLUMNS));
    const columns = covered.map((pixel) => pixel % COLUMNS);
    const tall = Math.max(...rows) - Math.min(...rows) + 1;
    const wide = Math.max(...columns) - Math.min(...columns) + 1;
    assert.equal(covered.length, tall * wide);
    assert.ok(tall <= 2 && wide <= 2);
    whole.add(`${tall} ${wide}`);
  }
  // Squares reach over the upper and the left edge, so that every pixel is covered, corners less often.
  assert.deepEqual([...whole].sort(), ['1 1', '1 2', '2 1', '2 2']);
  assert.equal(reached.size, ROWS * COLUMNS);
});

test('mixup mixes images and targets by one share and in the same pairs', () => {
  const builder = new BatchBuilder(source);
  const examples = Int32Array.of(0, 1, 2);
  const plain = builder.images(examples);
  const streams = streamsOf(5);
  const shares = new Set<number>();
  for (let draw = 0; draw < 20; draw++) {
    const { images, targets, labels } = builder.augmented(
      examples,
      { shift: 0, flip: false, mixup: 1 },
      streams,
    );
    assert.deepEqual([...labels], [2, 0, 1]);
    for (const [row, label] of labels.entries()) {
      const target = targets.subarray(row * 4, (row + 1) * 4);
      const share = target[label]!;
      const other = target.findIndex((part, k) => k !== label && part > 0);
      // An example may have drawn itself.
      const partner = other === -1 ? row : labels.indexOf(other);
      if (other !== -1) shares.add(share);
      assert.ok(share >= 0.5);
      for (let at = 0; at < SIZE; at++) {
        const expected =
          share * plain[row * SIZE + at]! +
          (1 - share) * plain[partner * SIZE + at]!;
        assert.ok(Math.abs(images[row * SIZE + at]! - expected) < 1e-6);
      }
    }
  }
  assert.ok(shares.size > 10);
});

test('images are shifted alike whatever else is done to them', () => {
  const builder = new BatchBuilder(source);
  const examples = Int32Array.of(0, 1, 2);
  const moved = { shift: 1, flip: true };
  const [plain, mixed] = [streamsOf(4), streamsOf(4)];
  for (let step = 0; step < 3; step++) {
    builder.augmented(examples, moved, plain);
    builder.augmented(
      examples,
      { ...moved, 'auto-augment': 'cifar-10', cutout: 2, mixup: 0.2 },
      mixed,
    );
  }
  assert.deepEqual(mixed.augmentation.state, plain.augmentation.state);
  assert.notDeepEqual(statesOf(mixed), statesOf(plain));
});

test('a policy changes images before they are shifted, and fills what comes in with the mean', () => {
  const builder = new BatchBuilder(source);
  const streams = streamsOf(6);
  const seen = new Set<string>();
  for (let draw = 0; draw < 200; draw++) {
    const { images } = builder.augmented(
      Int32Array.of(1),
      { shift: 0, flip: false, 'auto-augment': 'cifar-10' },
      streams,
    );
    assert.ok(images.every((value) => Number.isFinite(value)));
    seen.add(images.join());
  }
  assert.ok(seen.size > 30);
  assert.ok(seen.has(builder.images(Int32Array.of(1)).join()));
});

test('labels are one 1 among 0, also for classes that do not occur', () => {
  const builder = new BatchBuilder(source);
  assert.deepEqual(
    [...builder.oneHot(Int32Array.of(1, 0))],
    [1, 0, 0, 0, 0, 0, 1, 0],
  );
  assert.deepEqual([...builder.labels(Int32Array.of(1, 0))], [0, 2]);
});

test('ranges are joined in their order and cut into batches, the last one shorter', () => {
  const examples = examplesOf({ start: 7, end: 9 }, { start: 0, end: 3 });
  assert.deepEqual([...examples], [7, 8, 0, 1, 2]);
  assert.deepEqual(
    [...batchesOf(examples, 2)].map((batch) => [...batch]),
    [[7, 8], [0, 1], [2]],
  );
});
