import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import {
  bindingPath,
  locateFromNpm,
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
  assert.notEqual(locateNative('tensorflow', folder)?.source, 'installed');
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
  assert.notEqual(locateNative('tensorflow', folder)?.source, 'installed');
  writeFileSync(path, JSON.stringify(record).slice(0, -5));
  assert.notEqual(locateNative('tensorflow', folder)?.source, 'installed');
});

test('a package of npm is one where its install script has come to its end', (context) => {
  const folder = temporaryFolder(context);
  const from = join(folder, 'program.js');
  assert.equal(locateFromNpm('tensorflow-gpu', from), undefined);
  const packageFolder = join(folder, 'node_modules/@tensorflow/tfjs-node-gpu');
  mkdirSync(packageFolder, { recursive: true });
  writeFileSync(join(packageFolder, 'package.json'), '{}');
  assert.equal(locateFromNpm('tensorflow-gpu', from), undefined);
  mkdirSync(dirname(bindingPath(packageFolder)), { recursive: true });
  writeFileSync(bindingPath(packageFolder), '');
  const found = locateFromNpm('tensorflow-gpu', from);
  assert.deepEqual(
    [found?.source, found?.packageFolder, found?.tensorflowVersion],
    ['npm', packageFolder, '2.9.1'],
  );
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
