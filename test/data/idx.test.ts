import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Type } from 'typebox';
import { idxSource } from '../../src/data/idx.ts';
import { sha256Of } from '../../src/data/download.ts';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import type { JsonObject } from '../../src/util/json.ts';
import { idxBytes, plainImages } from './idx-bytes.ts';
import { assertDataError, contextWith } from './load-context.ts';

const path = (options: { description: string }) => Type.String(options);
const idx = idxSource(path);
const load = (settings: JsonObject, context = contextWith()) =>
  idx.load(fillDefaults(idx.settings, settings) as never, context);

const TRAIN = plainImages(6, 2, 3);
const TRAIN_LABELS = idxBytes([6], [0, 1, 2, 0, 1, 2]);
const TEST = plainImages(3, 2, 3, 100);
const TEST_LABELS = idxBytes([3], [2, 1, 0]);
const SPLITS = {
  train: { from: 'train', images: 4 },
  tune: { from: 'train', images: 2 },
  test: { from: 'test' },
};

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'idx-'));
});
after(async () => {
  await rm(root, { recursive: true });
});

/** A folder with the four standard files, some of them replaced or (null) left out. */
async function folderWith(
  name: string,
  changes: Readonly<Record<string, Uint8Array | null>> = {},
): Promise<string> {
  const folder = join(root, name);
  await mkdir(folder);
  const files: Readonly<Record<string, Uint8Array | null>> = {
    'train-images-idx3-ubyte': TRAIN,
    'train-labels-idx1-ubyte': TRAIN_LABELS,
    't10k-images-idx3-ubyte.gz': gzipSync(TEST),
    't10k-labels-idx1-ubyte.gz': gzipSync(TEST_LABELS),
    ...changes,
  };
  for (const [file, bytes] of Object.entries(files)) {
    if (bytes !== null) await writeFile(join(folder, file), bytes);
  }
  return folder;
}

test('a folder of plain and packed files becomes splits of its two parts', async () => {
  const folder = await folderWith('standard');
  const set = await load({ folder, splits: SPLITS });
  assert.deepEqual(set.classNames, ['0', '1', '2']);
  assert.deepEqual(set.imageShape, [2, 3, 1]);
  const { train, tune, test: tested } = set.splits;
  assert.deepEqual(
    [train, tune, tested],
    [
      { start: 0, end: 4 },
      { start: 4, end: 6 },
      { start: 6, end: 9 },
    ],
  );
  // Every byte of an image is the image's number, from which its label follows.
  const numbers = Array.from(set.labels, (_, place) => set.images[place * 6]!);
  assert.deepEqual(
    [...numbers].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 100, 101, 102],
  );
  assert.ok(numbers.slice(6).every((number) => number >= 100));
  assert.deepEqual(
    [...set.labels],
    numbers.map((number) => (number >= 100 ? 102 - number : number % 3)),
  );
  assert.equal(set.license, 'not stated');
  assert.doesNotMatch(set.source, /idx-|tmp/);
  assert.match(set.source, new RegExp(sha256Of(TRAIN)));
});

test('the files that will be read are named, plain before packed', async () => {
  const folder = await folderWith('files', {
    'train-images-idx3-ubyte.gz': gzipSync(TRAIN),
  });
  const settings = fillDefaults(idx.settings, { folder }) as never;
  assert.deepEqual(
    idx.files(settings).map((file) => file.slice(folder.length + 1)),
    [
      'train-images-idx3-ubyte',
      'train-labels-idx1-ubyte',
      't10k-images-idx3-ubyte.gz',
      't10k-labels-idx1-ubyte.gz',
    ],
  );
});

test('files can be given one by one, and one part is enough', async () => {
  const folder = await folderWith('single');
  const images = { path: join(folder, 'train-images-idx3-ubyte') };
  const labels = { path: join(folder, 'train-labels-idx1-ubyte') };
  const settings = {
    files: { train: { images, labels } },
    splits: { train: { from: 'train' } },
    'class-names': ['a', 'b', 'c', 'd'],
    license: 'CC0',
  };
  const set = await load(settings);
  assert.deepEqual(set.classNames, ['a', 'b', 'c', 'd']);
  assert.equal(set.labels.length, 6);
  assert.equal(set.license, 'CC0');
  assert.deepEqual(idx.files(fillDefaults(idx.settings, settings) as never), [
    images.path,
    labels.path,
  ]);
  await assertDataError(
    load({ ...settings, splits: { test: { from: 'test' } } }),
    /takes from part "test", but there is only "train"/,
  );
});

test('a file at an address is taken from the downloads under its digest', async () => {
  const downloads = join(root, 'downloads');
  await mkdir(downloads);
  const place = async (bytes: Uint8Array) => {
    const sha256 = sha256Of(bytes);
    await writeFile(join(downloads, sha256), bytes);
    return { address: 'http://127.0.0.1:1/file', sha256 };
  };
  const settings = {
    files: {
      train: {
        images: await place(gzipSync(TRAIN)),
        labels: await place(TRAIN_LABELS),
      },
    },
    splits: { train: { from: 'train' } },
  };
  const set = await load(settings, contextWith({ downloads }));
  assert.equal(set.labels.length, 6);
  assert.deepEqual(
    idx.files(fillDefaults(idx.settings, settings) as never),
    [],
  );
});

test('settings that do not say where the files are, or say it twice, are refused', async () => {
  const images = { path: '/x' };
  const both = { path: '/x', address: 'http://x', sha256: '0'.repeat(64) };
  await assertDataError(load({}), /needs either "folder" or "files"/);
  await assertDataError(
    load({ folder: '/x', files: { train: { images, labels: images } } }),
    /needs either "folder" or "files"/,
  );
  for (const wrong of [
    both,
    {},
    { address: 'http://x' },
    { sha256: both.sha256 },
  ]) {
    const settings = { files: { test: { images, labels: wrong } } };
    await assertDataError(
      load(settings),
      /"files\.test\.labels" needs either "path" alone, or "address" and "sha256"/,
    );
    assert.deepEqual(
      idx.files(fillDefaults(idx.settings, settings) as never),
      [],
    );
  }
});

test('a file that is missing or no file is named', async () => {
  const folder = await folderWith('missing', {
    't10k-labels-idx1-ubyte.gz': null,
    'train-labels-idx1-ubyte': null,
  });
  await assertDataError(
    load({ folder }),
    /missing\/train-labels-idx1-ubyte\.gz" could not be read: there is no such file/,
  );
  await mkdir(join(folder, 'train-labels-idx1-ubyte'));
  await assertDataError(
    load({ folder }),
    /missing\/train-labels-idx1-ubyte" is not a regular file/,
  );
});

test('files that do not go together are refused by name', async () => {
  const fewer = await folderWith('fewer', {
    'train-labels-idx1-ubyte': idxBytes([5], [0, 1, 2, 0, 1]),
  });
  await assertDataError(
    load({ folder: fewer }),
    /fewer\/train-images-idx3-ubyte" holds 6 images, but ".*train-labels-idx1-ubyte" holds 5 labels/,
  );
  const larger = await folderWith('larger', {
    't10k-images-idx3-ubyte.gz': gzipSync(plainImages(3, 4, 4)),
  });
  await assertDataError(
    load({ folder: larger }),
    /holds images of \[2, 3\], but ".*larger\/t10k-images-idx3-ubyte\.gz" holds \[4, 4\]/,
  );
  const channels = await folderWith('channels', {
    'train-images-idx3-ubyte': idxBytes([6, 1, 1, 2], new Uint8Array(12)),
    't10k-images-idx3-ubyte.gz': idxBytes([3, 1, 1, 2], new Uint8Array(6)),
  });
  await assertDataError(
    load({ folder: channels }),
    /holds images with 2 channels; 1 \(grey\) or 3/,
  );
});

test('a label without a class name is refused with its place', async () => {
  const folder = await folderWith('range');
  await assertDataError(
    load({ folder, 'class-names': ['a', 'b'] }),
    /range\/train-labels-idx1-ubyte" holds label 2 at place 2, but there are 2 classes, so that labels end at 1/,
  );
});

test('colour images keep their channels', async () => {
  const folder = await folderWith('colour', {
    'train-images-idx3-ubyte': idxBytes(
      [6, 1, 2, 3],
      Array.from({ length: 36 }, (_, i) => i),
    ),
    't10k-images-idx3-ubyte.gz': idxBytes([3, 1, 2, 3], new Uint8Array(18)),
  });
  const set = await load({ folder, splits: { train: { from: 'train' } } });
  assert.deepEqual(set.imageShape, [1, 2, 3]);
  const first = set.images[0]!;
  assert.deepEqual(
    [...set.images.subarray(0, 6)],
    Array.from({ length: 6 }, (_, i) => first + i),
  );
});
