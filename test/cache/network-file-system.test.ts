import assert from 'node:assert/strict';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CacheError } from '../../src/cache/cache-error.ts';
import { networkFileSystem } from '../../src/cache/network-file-system.ts';
import { openStore } from '../../src/cache/open-store.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const mount = (at: string, type: string): string =>
  `36 35 0:52 / ${at.replaceAll(' ', '\\040')} rw,relatime shared:1 - ${type} source rw,vers=4.2`;
const ROOT = mount('/', 'ext4');
const table = (...lines: readonly string[]): string =>
  `${[ROOT, ...lines].join('\n')}\n`;

test('a folder is on the file system that is mounted nearest above it', () => {
  const mounts = table(mount('/data', 'nfs4'), mount('/data/local', 'xfs'));
  assert.deepEqual(networkFileSystem('/data/x/cache', mounts), {
    type: 'nfs4',
    at: '/data',
  });
  assert.equal(networkFileSystem('/data/local/cache', mounts), null);
  assert.equal(networkFileSystem('/database/cache', mounts), null);
  assert.equal(networkFileSystem('/', mounts), null);
});

test('of file systems on one folder the last one counts', () => {
  const mounts = table(mount('/data', 'nfs4'), mount('/data', 'tmpfs'));
  assert.equal(networkFileSystem('/data', mounts), null);
});

test('names with spaces are read, and links are followed', (context) => {
  const folder = temporaryFolder(context);
  mkdirSync(join(folder, 'a b'));
  symlinkSync(join(folder, 'a b'), join(folder, 'link'));
  const mounts = table(mount(join(folder, 'a b'), 'fuse.sshfs'));
  assert.equal(
    networkFileSystem(join(folder, 'link', 'cache'), mounts)?.type,
    'fuse.sshfs',
  );
});

test('a system without a table of mounts is not doubted', () => {
  assert.equal(networkFileSystem('/data', null), null);
});

for (const type of ['nfs', 'nfs4', 'cifs', '9p', 'lustre', 'fuse.sshfs']) {
  test(`a cache on ${type} is refused with the reason and the way out, and nothing is made`, async (context) => {
    const above = temporaryFolder(context);
    const folder = join(above, 'cache');
    const mounts = table(mount(above, type));
    for (const readOnly of [false, true]) {
      await assert.rejects(
        openStore({ folder, readOnly, mounts }),
        (error: unknown) =>
          error instanceof CacheError &&
          error.message.includes(`network file system ("${type}"`) &&
          error.message.includes(`mounted at "${above}"`) &&
          error.message.includes('--cache'),
      );
    }
    assert.ok(!existsSync(folder));
  });
}
