import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chooseSplits,
  type LabelledParts,
} from '../../src/data/choose-splits.ts';
import { DataError } from '../../src/data/data-error.ts';
import type { ChoiceSettings } from '../../src/data/split-settings.ts';

const NAMES = ['apple', 'pear', 'plum'];

/** Images of one byte, each the image's own number; labels go round. */
const part = (count: number, start: number) => ({
  images: Uint8Array.from({ length: count }, (_, index) => start + index),
  labels: Uint8Array.from({ length: count }, (_, index) => index % 3),
});
const parts: LabelledParts = {
  classNames: NAMES,
  imageShape: [1, 1, 1],
  parts: { train: part(60, 0), test: part(30, 100) },
};

const choose = (settings: Partial<ChoiceSettings>) =>
  chooseSplits(parts, {
    seed: 1,
    splits: {
      train: { from: 'train' },
      tune: { from: 'train', images: 20 },
      test: { from: 'test' },
    },
    ...settings,
  });

type Chosen = ReturnType<typeof choose>;
const split = ({ splits, images, labels }: Chosen, name: string) => {
  const { start, end } = splits[name]!;
  return {
    images: [...images.subarray(start, end)],
    labels: [...labels.subarray(start, end)],
  };
};

/** Label of an image of this file, by its number. */
const labelOf = (image: number): number =>
  (image >= 100 ? image - 100 : image) % 3;

const refused = (settings: Partial<ChoiceSettings>, pattern: RegExp): void => {
  assert.throws(
    () => choose(settings),
    (error) => error instanceof DataError && pattern.test(error.message),
  );
};

test('splits are disjoint, whole, and labelled as in the source', () => {
  const set = choose({});
  const train = split(set, 'train');
  const tune = split(set, 'tune');
  assert.equal(train.images.length, 40);
  assert.equal(tune.images.length, 20);
  assert.deepEqual(
    [...train.images, ...tune.images].sort((a, b) => a - b),
    Array.from({ length: 60 }, (_, index) => index),
  );
  for (const name of ['train', 'tune', 'test']) {
    const { images, labels } = split(set, name);
    assert.deepEqual(labels, images.map(labelOf));
  }
  assert.deepEqual(Object.keys(set.splits), ['train', 'tune', 'test']);
});

test('the choice is a shuffle that the seed alone decides', () => {
  assert.deepEqual(choose({}), choose({}));
  const [one, other] = [
    split(choose({}), 'tune'),
    split(choose({ seed: 2 }), 'tune'),
  ];
  assert.notDeepEqual(one.images, other.images);
  assert.notDeepEqual(
    one.images,
    [...one.images].sort((a, b) => a - b),
  );
});

test('the order in which splits are written changes nothing', () => {
  const turned = choose({
    splits: {
      test: { from: 'test' },
      tune: { images: 20, from: 'train' },
      train: { from: 'train' },
    },
  });
  assert.deepEqual(turned, choose({}));
});

test('a larger training split keeps what it had and leaves the other splits alone', () => {
  const sized = (images: number) =>
    choose({
      splits: {
        train: { from: 'train', images },
        tune: { from: 'train', images: 10 },
        extra: { from: 'train', images: 5 },
      },
    });
  const [small, large] = [sized(10), sized(40)];
  for (const name of ['tune', 'extra']) {
    assert.deepEqual(split(small, name), split(large, name));
  }
  assert.deepEqual(
    split(small, 'train').images,
    split(large, 'train').images.slice(0, 10),
  );
});

test('classes are kept by name or index and numbered anew in the order of the source', () => {
  const splits = { train: { from: 'train' } };
  const set = choose({ splits, classes: ['plum', 0] });
  assert.deepEqual(set.classNames, ['apple', 'plum']);
  const { images, labels } = split(set, 'train');
  assert.equal(images.length, 40);
  assert.deepEqual(
    labels,
    images.map((image) => (labelOf(image) === 0 ? 0 : 1)),
  );
  assert.ok(images.every((image) => labelOf(image) !== 1));
});

test('the same list under "except" holds out exactly what "classes" keeps', () => {
  const splits = { train: { from: 'train' } };
  const kept = split(choose({ splits, classes: ['pear'] }), 'train').images;
  const left = split(choose({ splits, except: ['pear'] }), 'train').images;
  assert.deepEqual(
    [...kept, ...left].sort((a, b) => a - b),
    Array.from({ length: 60 }, (_, index) => index),
  );
  assert.ok(kept.every((image) => labelOf(image) === 1));
});

test('a number is an index, and a text is a name, even where names are numbers', () => {
  const odd = { ...parts, classNames: ['2', '1', '0'] };
  const settings = { seed: 0, splits: { train: { from: 'train' } } };
  const byIndex = chooseSplits(odd, { ...settings, classes: [0] });
  const byName = chooseSplits(odd, { ...settings, classes: ['0'] });
  assert.deepEqual(byIndex.classNames, ['2']);
  assert.deepEqual(byName.classNames, ['0']);
});

test('an unknown class is refused with the nearest name and all names', () => {
  refused(
    { classes: ['paer'] },
    /no class "paer" \(did you mean "pear"\?\); the classes are "apple", "pear", "plum"/,
  );
  refused({ except: [3] }, /no class "3"/);
});

test('classes that contradict each other or leave nothing are refused', () => {
  refused({ classes: [0], except: [1] }, /give one of them/);
  refused({ except: [0, 1, 2] }, /leaves no class over/);
});

test('splits that ask for more than there is are refused with the numbers', () => {
  const tooMany = {
    train: { from: 'train', images: 50 },
    tune: { from: 'train', images: 20 },
  };
  refused(
    { splits: tooMany },
    /Part "train" has 60 images .*splits \("train", "tune"\) take 70/,
  );
  refused(
    {
      splits: { train: { from: 'train' }, tune: { from: 'train', images: 60 } },
    },
    /take 60 and the rest/,
  );
  refused(
    { splits: { train: { from: 'train', images: 21 } }, classes: [0] },
    /has 20 images of the classes asked for/,
  );
});

test('two splits cannot both take the rest of a part', () => {
  refused(
    { splits: { train: { from: 'train' }, tune: { from: 'train' } } },
    /"train", "tune" all take the rest of part "train"/,
  );
});

test('a part that the source does not have is refused', () => {
  assert.throws(
    () =>
      chooseSplits(
        { ...parts, parts: { train: parts.parts['train']! } },
        { seed: 0, splits: { test: { from: 'test' } } },
      ),
    /Split "test" takes from part "test", but there is only "train"/,
  );
});
