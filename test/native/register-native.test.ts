import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import {
  bindingPath,
  type NativeInstallation,
} from '../../src/native/locate.ts';
import { registerNative } from '../../src/native/register-native.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What stands in for TensorFlow.js. */
const LIBRARY = { registerBackend: () => true };

/** A package whose binding is no library, so that loading it ends where libtensorflow would begin. */
function brokenPackage(
  context: TestContext,
  source: NativeInstallation['source'],
): NativeInstallation {
  const packageFolder = join(temporaryFolder(context), 'package');
  const files = {
    'package.json': '{}',
    'node_modules/@tensorflow/tfjs/index.js': '',
    'node_modules/@tensorflow/tfjs-core/index.js': '',
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(packageFolder, path)), { recursive: true });
    writeFileSync(join(packageFolder, path), content);
  }
  mkdirSync(dirname(bindingPath(packageFolder)), { recursive: true });
  writeFileSync(bindingPath(packageFolder), 'no library');
  return {
    ...{ name: 'tensorflow', folder: packageFolder, packageFolder, source },
    tensorflowVersion: '2.21.0',
  };
}

test('what does not load is told with the system’s words and the way out', (context) => {
  assert.throws(
    () => registerNative(brokenPackage(context, 'installed'), LIBRARY),
    {
      message:
        /^The backend "tensorflow" does not load: .*tfjs_binding\.node.*Install it anew: pipeline backend install tensorflow$/s,
    },
  );
});

test('an installed backend is given the one copy of the library', (context) => {
  const installation = brokenPackage(context, 'installed');
  assert.throws(() => registerNative(installation, LIBRARY));
  const require = createRequire(
    join(installation.packageFolder, 'package.json'),
  );
  assert.equal(require('@tensorflow/tfjs'), LIBRARY);
  assert.equal(require('@tensorflow/tfjs-core'), LIBRARY);
});

test('a package of npm with a copy of its own is refused before anything of it is loaded', (context) => {
  assert.throws(() => registerNative(brokenPackage(context, 'npm'), LIBRARY), {
    message:
      /uses a copy of @tensorflow\/tfjs of its own.*pipeline backend install tensorflow$/,
  });
});

test('what Node 23 took out of node:util is there again, without a warning', async (context) => {
  assert.throws(() =>
    registerNative(brokenPackage(context, 'installed'), LIBRARY),
  );
  const util = createRequire(import.meta.url)('node:util') as {
    readonly isNullOrUndefined: (value: unknown) => boolean;
    readonly isArray: (value: unknown) => boolean;
  };
  const warnings: unknown[] = [];
  const listen = (warning: unknown): void => {
    warnings.push(warning);
  };
  process.on('warning', listen);
  assert.deepEqual([null, undefined, 0].map(util.isNullOrUndefined), [
    true,
    true,
    false,
  ]);
  assert.ok(util.isArray([]) && !util.isArray({ length: 0 }));
  // Warnings come after the work at hand.
  await setImmediate();
  process.off('warning', listen);
  assert.deepEqual(warnings, []);
});
