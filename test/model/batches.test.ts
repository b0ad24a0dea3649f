import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BatchBuilder,
  batchesOf,
  examplesOf,
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

/** Which of all moves within a shift an image shows, and how often over many draws. */
function countMoves(shift: number, flip: boolean): Map<string, number> {
  const builder = new BatchBuilder(source);
  const rng = Rng.of(3, 'augmentation');
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
    const image = builder.augmented(Int32Array.of(1), { shift, flip }, rng);
    const name = known.get(image.join()) ?? 'unknown';
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
  const rng = Rng.of(3, 'augmentation');
  const before = rng.state;
  const builder = new BatchBuilder(source);
  const examples = Int32Array.of(1, 2);
  assert.deepEqual(
    builder.augmented(examples, { shift: 0, flip: false }, rng),
    builder.images(examples),
  );
  assert.deepEqual(rng.state, before);
});

test('a shift larger than the image shows its edge', () => {
  const builder = new BatchBuilder(source);
  const rng = Rng.of(1, 'augmentation');
  // From four rows or five columns on, a larger shift shows no more of the image.
  const shown = new Set<string>();
  for (let down = -4; down <= 4; down++) {
    for (let right = -5; right <= 5; right++) {
      shown.add(Float32Array.from(moved(0, down, right, false)).join());
    }
  }
  for (let draw = 0; draw < 50; draw++) {
    const augmentation = { shift: 60, flip: false };
    const image = builder.augmented(Int32Array.of(0), augmentation, rng);
    assert.ok(shown.has(image.join()));
  }
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
