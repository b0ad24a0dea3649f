import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from '../../src/util/make-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('a folder is made with those above it, and is left alone where it is there', (context) => {
  const folder = join(temporaryFolder(context), 'a', 'b', 'c');
  makeFolder(folder);
  writeFileSync(join(folder, 'kept'), '');
  makeFolder(folder);
  assert.ok(statSync(join(folder, 'kept')).isFile());
});

test('a folder below a file is refused in the words of the system', (context) => {
  const file = join(temporaryFolder(context), 'file');
  writeFileSync(file, '');
  assert.throws(() => {
    makeFolder(join(file, 'folder'));
  }, /ENOTDIR/);
});

test(
  'a folder that takes no children is refused instead of tried forever',
  { skip: !existsSync('/proc/self') && 'no such folder on this system' },
  () => {
    assert.throws(() => {
      makeFolder('/proc/penultimate/folder');
    }, /ENOENT/);
  },
);
