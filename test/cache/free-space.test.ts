import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CacheError } from '../../src/cache/cache-error.ts';
import { freeBytes, refuseFullDisk } from '../../src/cache/free-space.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a disk with room is not refused', (context) => {
  const folder = temporaryFolder(context);
  assert.ok((freeBytes(folder) ?? 0) > 1 << 20);
  refuseFullDisk(folder, folder);
});

test('a file system without room is refused, before anything is made on it', (context) => {
  // Its size is 0.
  if (freeBytes('/proc') !== 0) {
    context.skip('no such file system here');
    return;
  }
  assert.throws(
    () => {
      refuseFullDisk('/cache', '/proc');
    },
    (error: unknown) =>
      error instanceof CacheError &&
      error.message.includes(
        '"/cache" can\'t be made: its disk is full (0 KiB free)',
      ),
  );
  assert.throws(() => {
    refuseFullDisk('/cache', '/proc', 'repaired');
  }, /"\/cache" can't be repaired: its disk is full .* which was not changed\./);
});

test('what does not exist is nobody’s full disk', () => {
  assert.equal(freeBytes('/nowhere/at/all'), null);
  refuseFullDisk('/cache', '/nowhere/at/all');
});
