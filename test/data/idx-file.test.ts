import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readIdx } from '../../src/data/idx-file.ts';
import { idxBytes } from './idx-bytes.ts';
import { assertDataError } from './load-context.ts';

const PATH = '/data/some-file';
const images = idxBytes([2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
const labels = idxBytes([3], [7, 0, 255]);

const concat = (...pieces: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat(pieces);

/** Asserts the error for the plain bytes and for the same bytes packed. */
async function refused(
  bytes: Uint8Array,
  content: 'images' | 'labels',
  ...patterns: readonly RegExp[]
): Promise<void> {
  const all = [/"\/data\/some-file"/, ...patterns];
  await assertDataError(readIdx(bytes, PATH, content), ...all);
  await assertDataError(readIdx(gzipSync(bytes), PATH, content), ...all);
}

test('plain and packed files read the same, whatever their name', async () => {
  for (const bytes of [images, gzipSync(images)]) {
    const read = await readIdx(bytes, PATH, 'images');
    assert.deepEqual(read.shape, [2, 2, 3]);
    assert.deepEqual([...read.data], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert.deepEqual(Buffer.from(read.file), Buffer.from(images));
  }
  const read = await readIdx(gzipSync(labels), PATH, 'labels');
  assert.deepEqual([...read.data], [7, 0, 255]);
});

test('images may have channels', async () => {
  const colour = idxBytes([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
  const read = await readIdx(colour, PATH, 'images');
  assert.deepEqual(read.shape, [1, 1, 2, 3]);
});

test('a file that is no IDX file is refused', async () => {
  await refused(
    new TextEncoder().encode('<!DOCTYPE html>'),
    'images',
    /not an IDX file/,
  );
  await refused(new Uint8Array(0), 'images', /not an IDX file/);
  await refused(new Uint8Array([0, 0, 8]), 'images', /not an IDX file/);
});

test('elements that are not unsigned bytes are refused', async () => {
  await refused(
    idxBytes([1], [0, 0, 0, 1], 0x0c),
    'labels',
    /elements of type 12; unsigned bytes \(type 8\)/,
  );
});

test('labels where images belong are refused, and the other way round', async () => {
  await refused(
    labels,
    'images',
    /1 dimensions; images have the form \[images, rows, columns\]/,
  );
  await refused(
    images,
    'labels',
    /3 dimensions; labels have the form \[labels\]/,
  );
});

test('a file that ends within its header is refused', async () => {
  await refused(images.subarray(0, 9), 'images', /ends within its header/);
});

test('missing bytes are counted', async () => {
  await refused(
    images.subarray(0, images.length - 5),
    'images',
    /claims to hold \[2, 2, 3\], but 5 bytes are missing/,
  );
});

test('bytes left over are refused', async () => {
  await refused(concat(images, new Uint8Array(1)), 'images', /bytes left over/);
  await refused(
    concat(images, new Uint8Array(9999)),
    'images',
    /bytes left over/,
  );
});

test('empty dimensions are refused', async () => {
  await refused(idxBytes([5, 0, 3], []), 'images', /\[5, 0, 3\]: nothing/);
});

test('huge dimensions are refused before room is made for them', async () => {
  const most = 4294967295;
  await refused(
    idxBytes([most, most, most], [1]),
    'images',
    /claims to hold \[4294967295, 4294967295, 4294967295\].*at most 1073741824/,
  );
});

test('a packed file unpacks no further than its header says', async () => {
  // 256 MiB of zeros in 260 kB: read whole, it would be far beyond what the header claims.
  const bomb = gzipSync(concat(images, new Uint8Array(2 ** 28)), { level: 1 });
  const before = process.memoryUsage().arrayBuffers;
  await assertDataError(
    readIdx(bomb, PATH, 'images'),
    /unpacks to more than the 28 bytes that its header claims/,
  );
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 25);
});

test('a damaged packed file is refused', async () => {
  const packed = gzipSync(
    idxBytes(
      [5000],
      new Uint8Array(5000).map((_, i) => (i * i) % 251),
    ),
  );
  const cut = packed.subarray(0, packed.length - 4);
  const flipped = Uint8Array.from(packed);
  flipped[packed.length - 6]! ^= 1;
  for (const bytes of [
    cut,
    flipped,
    concat(packed, new Uint8Array([1, 2, 3])),
  ]) {
    await assertDataError(
      readIdx(bytes, PATH, 'labels'),
      /"\/data\/some-file" is damaged: /,
    );
  }
});
