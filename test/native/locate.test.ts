import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import {
  bindingPath,
  locateNative,
  recordPath,
} from '../../src/native/locate.ts';
import { nativeFolder } from '../../src/native/native-folder.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('an installation is found by its record', (context) => {
  const folder = temporaryFolder(context);
  const packageFolder = join(folder, 'tensorflow-1', 'package');
  mkdirSync(dirname(bindingPath(packageFolder)), { recursive: true });
  writeFileSync(bindingPath(packageFolder), '');
  const record = { folder: 'tensorflow-1', tensorflowVersion: '2.21.0' };
  assert.equal(locateNative('tensorflow', folder)?.source, undefined);
  writeFileSync(recordPath(folder, 'tensorflow'), JSON.stringify(record));
  assert.deepEqual(locateNative('tensorflow', folder), {
    name: 'tensorflow',
    folder: join(folder, 'tensorflow-1'),
    packageFolder,
    tensorflowVersion: '2.21.0',
    source: 'installed',
  });
});

test('a record without its folder, or cut off, is no installation', (context) => {
  const folder = temporaryFolder(context);
  const path = recordPath(folder, 'tensorflow');
  const record = { folder: 'gone', tensorflowVersion: '2.21.0' };
  writeFileSync(path, JSON.stringify(record));
  assert.equal(locateNative('tensorflow', folder), undefined);
  writeFileSync(path, JSON.stringify(record).slice(0, -5));
  assert.equal(locateNative('tensorflow', folder), undefined);
});

test('native backends lie in the data folder of the user unless a variable says otherwise', () => {
  const home = homedir();
  assert.equal(
    nativeFolder({}, 'linux'),
    join(home, '.local/share/penultimate/backends'),
  );
  assert.equal(
    nativeFolder({ XDG_DATA_HOME: '/data' }, 'linux'),
    '/data/penultimate/backends',
  );
  assert.equal(
    nativeFolder({ XDG_DATA_HOME: 'relative' }, 'darwin'),
    join(home, 'Library/Application Support/penultimate/backends'),
  );
  assert.equal(
    nativeFolder({ PIPELINE_BACKENDS: '/b', XDG_DATA_HOME: '/data' }, 'linux'),
    '/b',
  );
});
