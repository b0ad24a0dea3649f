import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { chooseRecipe } from '../../src/native/choose-recipe.ts';
import { InstallError } from '../../src/native/install-error.ts';
import { PINS } from '../../src/native/pins.ts';
import { isAtLeast, thisPlatform } from '../../src/native/platform.ts';
import { RECIPES } from '../../src/native/recipes.ts';
import { parseWheelName } from '../../src/native/wheel-name.ts';
import { PLATFORM } from '../support/fake-native.ts';
import { projectRoot } from '../support/project.ts';

const withGlibc = (version: string) =>
  ({ ...PLATFORM, libc: { type: 'glibc', version } }) as const;

const refusal = (
  wanted: Parameters<typeof chooseRecipe>[0],
  platform: Parameters<typeof chooseRecipe>[1],
): InstallError => {
  try {
    chooseRecipe(wanted, platform, RECIPES);
  } catch (error) {
    assert.ok(error instanceof InstallError);
    return error;
  }
  throw new Error('nothing was refused');
};

test('the newest version is taken that the glibc of the machine allows', () => {
  const version = (glibc: string): string =>
    chooseRecipe({ backend: 'tensorflow' }, withGlibc(glibc), RECIPES).version;
  assert.equal(version('2.36'), '2.21.0');
  assert.equal(version('2.27'), '2.21.0');
  assert.equal(version('2.26'), '2.18.1');
  // 2.9 is older than 2.17, whatever a decimal point would say.
  assert.throws(() => version('2.9'), /needs glibc 2\.21|needs glibc 2\.17/);
});

test('a glibc that is too old is told with the one needed and the version that would do', () => {
  const wanted = { backend: 'tensorflow', version: '2.21.0' } as const;
  assert.match(
    refusal(wanted, withGlibc('2.26')).message,
    /2\.21\.0 needs glibc 2\.27, and this system has 2\.26\. Version 2\.18\.1 would do: pipeline backend install tensorflow --version 2\.18\.1$/,
  );
  assert.match(
    refusal(wanted, withGlibc('2.12')).message,
    /There is none for a glibc that old/,
  );
});

test('musl, other processors and other systems are told apart', () => {
  const musl = { ...PLATFORM, libc: { type: 'other' } } as const;
  assert.match(
    refusal({ backend: 'tensorflow' }, musl).message,
    /not glibc.*musl, as on Alpine.*Debian/,
  );
  const other = { ...PLATFORM, name: 'linux-riscv64' };
  assert.match(
    refusal({ backend: 'tensorflow' }, other).message,
    /no libtensorflow for "tensorflow" on linux-riscv64; it is known for linux-x64, linux-arm64, darwin-arm64, darwin-x64\. The backend "wasm" runs anywhere/,
  );
  const windows = { ...PLATFORM, name: 'win32-x64' };
  assert.match(
    refusal({ backend: 'tensorflow' }, windows).message,
    /Windows Subsystem for Linux/,
  );
  const apple = {
    ...PLATFORM,
    name: 'darwin-arm64',
    libc: { type: 'none' },
  } as const;
  assert.match(
    refusal({ backend: 'tensorflow-gpu' }, apple).message,
    /known for linux-x64\./,
  );
  assert.equal(
    chooseRecipe({ backend: 'tensorflow' }, apple, RECIPES).version,
    '2.21.0',
  );
});

test('an unknown version is a mistake of the command line, and the known ones are listed', () => {
  const error = refusal({ backend: 'tensorflow', version: '1.15' }, PLATFORM);
  assert.equal(error.mistaken, 'version');
  assert.match(error.message, /"1\.15".*Known versions: 2\.21\.0, 2\.18\.1\./);
});

test('versions are compared number by number', () => {
  assert.ok(isAtLeast('2.36', '2.9'));
  assert.ok(!isAtLeast('2.9', '2.27'));
  assert.ok(isAtLeast('2.27', '2.27'));
  assert.ok(isAtLeast('3', '2.27'));
});

test('this machine is described in the terms of the table', () => {
  const { name, libc } = thisPlatform();
  assert.equal(name, `${process.platform}-${process.arch}`);
  if (libc.type === 'glibc') assert.match(libc.version, /^2\.\d+/);
});

test('what is pinned is a whole digest of a wheel that its name describes', () => {
  for (const { wheel, version } of PINS.recipes) {
    assert.match(wheel.sha256, /^[0-9a-f]{64}$/);
    assert.equal(parseWheelName(wheel.file)?.version, version);
    assert.match(wheel.file, /^tensorflow(_cpu)?-/);
  }
  for (const wheel of [...Object.values(PINS.zig), ...PINS.cuda]) {
    assert.match(wheel?.sha256 ?? '', /^[0-9a-f]{64}$/);
    assert.ok(parseWheelName(wheel?.file ?? ''));
  }
  const digests = PINS.recipes.map(({ wheel }) => wheel.sha256);
  assert.equal(new Set(digests).size, digests.length);
  assert.deepEqual(
    parseWheelName('tensorflow_cpu-2.18.1-cp311-cp311-a_1_x.b2_x.whl'),
    {
      ...{ project: 'tensorflow-cpu', version: '2.18.1' },
      ...{ python: 'cp311', abi: 'cp311', platforms: ['a_1_x', 'b2_x'] },
    },
  );
  assert.equal(parseWheelName('tensorflow-2.18.1.tar.gz'), undefined);
});

test('packages of npm are pinned to the same bytes as in the lock file', () => {
  const { packages } = JSON.parse(
    readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'),
  ) as {
    readonly packages: Readonly<
      Record<string, { readonly version: string; readonly integrity: string }>
    >;
  };
  for (const { name, version, integrity } of PINS.packages) {
    const locked = packages[`node_modules/${name}`];
    assert.deepEqual(
      { version, integrity },
      { version: locked?.version, integrity: locked?.integrity },
    );
  }
});
