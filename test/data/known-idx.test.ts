import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { Type } from 'typebox';
import { fashionMnistSource } from '../../src/data/fashion-mnist.ts';
import { STANDARD_NAMES } from '../../src/data/idx-parts.ts';
import { mnistSource } from '../../src/data/mnist.ts';
import { fillDefaults } from '../../src/kind/fill-defaults.ts';
import { idxBytes, plainImages } from './idx-bytes.ts';
import { assertDataError, contextWith } from './load-context.ts';

const path = (options: { description: string }) => Type.String(options);
const fashionMnist = fashionMnistSource(path);
const mnist = mnistSource(path);

/** Where Debian's package `dataset-fashion-mnist` puts its files. */
const DEBIAN_FOLDER = '/usr/share/datasets/fashion-mnist';

test('a data set known by name takes no other files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'impostor-'));
  for (const { images, labels } of Object.values(STANDARD_NAMES)) {
    await writeFile(join(folder, images), plainImages(3, 28, 28));
    await writeFile(join(folder, labels), idxBytes([3], [0, 1, 2]));
  }
  for (const source of [fashionMnist, mnist]) {
    const settings = fillDefaults(source.settings, { folder }) as never;
    assert.equal(source.files(settings).length, 4);
    await assertDataError(
      source.load(settings, contextWith()),
      /train-images-idx3-ubyte" does not hold the images of .*MNIST/,
      /Other files of this form are read by "type: idx"/,
    );
  }
  await rm(folder, { recursive: true });
});

test('a data set known by name is fetched where no folder is given', async () => {
  const asked: string[] = [];
  const offline = mock.method(globalThis, 'fetch', (address: string) => {
    asked.push(address);
    return Promise.reject(
      new TypeError('fetch failed', { cause: new Error('no route to host') }),
    );
  });
  try {
    for (const [source, first, sha256] of [
      [
        fashionMnist,
        'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/train-images-idx3-ubyte.gz',
        '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
      ],
      [
        mnist,
        'https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz',
        '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
      ],
    ] as const) {
      asked.length = 0;
      const settings = fillDefaults(source.settings, {}) as never;
      assert.deepEqual(source.files(settings), []);
      await assertDataError(
        source.load(settings, contextWith({ downloads: '/downloads' })),
        new RegExp(`SHA-256 ${sha256} could not be fetched`),
        /train-images-idx3-ubyte\.gz" failed: no route to host/,
        new RegExp(
          `put the file at "/downloads/${sha256}", or name a "folder" that holds the four files`,
        ),
      );
      assert.equal(asked[0], first);
      assert.equal(asked.length, 2);
    }
  } finally {
    offline.mock.restore();
  }
});

test(
  "Debian's copy of Fashion-MNIST is the published one",
  { skip: !existsSync(DEBIAN_FOLDER) },
  async () => {
    const settings = { folder: DEBIAN_FOLDER, classes: ['Trouser', 'Bag'] };
    const set = await fashionMnist.load(
      fillDefaults(fashionMnist.settings, settings) as never,
      contextWith(),
    );
    // 6000 training and 1000 test images a class.
    assert.deepEqual(set.splits, {
      train: { start: 0, end: 7000 },
      tune: { start: 7000, end: 12000 },
      test: { start: 12000, end: 14000 },
    });
    assert.deepEqual(set.classNames, ['Trouser', 'Bag']);
    assert.deepEqual(set.imageShape, [28, 28, 1]);
  },
);
