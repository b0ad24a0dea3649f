import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { InstallEvent } from '../../src/native/assemble-package.ts';
import {
  installNative,
  type Checked,
  type InstallOptions,
} from '../../src/native/install-native.ts';
import {
  bindingPath,
  locateNative,
  recordPath,
} from '../../src/native/locate.ts';
import { removeNative } from '../../src/native/remove-native.ts';
import {
  fakeMachine,
  namesIn,
  PLATFORM,
  TEST_PINS,
  WHEEL,
  WHEEL_FILE,
  wheelOf,
  type FakeMachine,
} from '../support/fake-native.ts';
import { isRunning, until } from '../support/processes.ts';
import { startIndex } from '../support/package-index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const [RECIPE] = TEST_PINS.recipes;

/** Installs on a machine of the tests, from a wheel that is there, unless told otherwise. */
function install(
  folder: string,
  machine: FakeMachine,
  changes: Partial<InstallOptions<Checked>> = {},
) {
  const from = join(folder, WHEEL_FILE);
  writeFileSync(from, WHEEL);
  return installNative({
    ...{ backend: 'tensorflow', from, dataFolder: machine.dataFolder },
    ...{ environment: machine.environment, platform: PLATFORM },
    ...{ pins: TEST_PINS, signal: new AbortController().signal },
    listener: () => undefined,
    check: () => Promise.resolve({ usesGpu: false }),
    ...changes,
  });
}

/** A folder, and a machine in it. */
function setUp(context: TestContext, without: readonly string[] = []) {
  const folder = temporaryFolder(context);
  return { folder, machine: fakeMachine(folder, without) };
}

/** Asserts that an installation fails in these words and leaves nothing. */
async function assertFails(
  installing: Promise<unknown>,
  machine: FakeMachine,
  ...words: readonly RegExp[]
): Promise<void> {
  await assert.rejects(installing, (error: Error) => {
    assert.equal(error.name, 'InstallError', error.stack);
    for (const word of words) assert.match(error.message, word);
    return true;
  });
  if (existsSync(machine.dataFolder)) {
    assert.deepEqual(namesIn(machine.dataFolder), []);
  }
}

test('a wheel, the kernels and a compiler make a backend, and nothing else stays', async (context) => {
  const { folder, machine } = setUp(context);
  const index = await startIndex(context);
  const events: InstallEvent[] = [];
  let checked = '';
  const { installation, compiler } = await install(folder, machine, {
    from: undefined,
    environment: { ...machine.environment, PIP_INDEX_URL: index.address },
    listener: (event) => events.push(event),
    check: ({ packageFolder }) => {
      checked = packageFolder;
      // Not an installation as long as it is being checked.
      assert.equal(
        locateNative('tensorflow', machine.dataFolder)?.source === 'installed',
        false,
      );
      return Promise.resolve({ usesGpu: false });
    },
  });
  assert.equal(compiler, 'c++');
  assert.deepEqual(namesIn(machine.dataFolder), [
    'tensorflow-9.9.0-*',
    'tensorflow.json',
  ]);
  assert.deepEqual(namesIn(installation.folder), ['package']);
  assert.deepEqual(
    locateNative('tensorflow', machine.dataFolder),
    installation,
  );
  const { packageFolder } = installation;
  assert.equal(checked, packageFolder);
  assert.deepEqual(namesIn(join(packageFolder, 'deps', 'lib')), [
    'libtensorflow_cc.so.2',
    'libtensorflow_framework.so.2',
  ]);
  const built = readFileSync(bindingPath(packageFolder), 'utf8');
  assert.match(
    built,
    /^built by c\+\+:.*tfjs_binding\.cc.*libtensorflow_cc\.so\.2/,
  );
  assert.match(built, /-Wl,-rpath,\$ORIGIN\/\.\.\/\.\.\/deps\/lib/);
  for (const name of ['tfjs', 'tfjs-core']) {
    assert.ok(
      existsSync(join(packageFolder, 'node_modules/@tensorflow', name)),
    );
  }
  const last = events.filter(({ type }) => type === 'download').at(-1);
  assert.deepEqual(last, {
    ...{ type: 'download', file: WHEEL_FILE },
    ...{ done: WHEEL.length, total: WHEEL.length },
  });
});

test('a second installation takes the place of the first; remove takes it away', async (context) => {
  const { folder, machine } = setUp(context);
  const first = await install(folder, machine);
  const second = await install(folder, machine);
  assert.notEqual(first.installation.folder, second.installation.folder);
  assert.ok(!existsSync(first.installation.folder));
  await removeNative('tensorflow', machine.dataFolder);
  assert.deepEqual(namesIn(machine.dataFolder), []);
  await assert.rejects(removeNative('tensorflow', machine.dataFolder), {
    message: 'The backend "tensorflow" is not installed.',
  });
});

test('a failure leaves the installation that was there', async (context) => {
  const { folder, machine } = setUp(context);
  const { installation } = await install(folder, machine);
  const fails = install(folder, machine, {
    check: () => Promise.reject(new Error('does not compute')),
  });
  await assert.rejects(fails, /does not compute/);
  assert.deepEqual(
    locateNative('tensorflow', machine.dataFolder),
    installation,
  );
  assert.equal(namesIn(machine.dataFolder).length, 2);
});

test('other bytes than those pinned are refused, whoever sends them', async (context) => {
  const { folder, machine } = setUp(context);
  const index = await startIndex(context, {
    misbehave: (request, response) => {
      if (request.url?.endsWith('.whl') !== true) return false;
      response.end(Buffer.alloc(WHEEL.length));
      return true;
    },
  });
  const environment = { ...machine.environment, PIP_INDEX_URL: index.address };
  await assertFails(
    install(folder, machine, { from: undefined, environment }),
    machine,
    /arrived with SHA-256 [0-9a-f]{64}, and this program knows it as/,
    /Check which package index/,
  );
  const [package_] = TEST_PINS.packages;
  assert.ok(package_);
  const pins = {
    ...TEST_PINS,
    packages: [{ ...package_, integrity: 'sha512-other' }],
  };
  await assertFails(
    install(folder, machine, { pins }),
    machine,
    /npm brought other bytes for @tensorflow\/tfjs-node@4\.22\.0/,
    /npm config get registry/,
  );
});

test('without npm, or where npm fails, the message says so', async (context) => {
  const { folder, machine } = setUp(context, ['npm']);
  await assertFails(install(folder, machine), machine, /not on the PATH/);
  machine.addTool(
    'npm',
    `echo "npm error code ENOTFOUND
npm error FetchError: request to http://registry/x failed, reason: not found
npm error     at somewhere"; exit 1\n`,
  );
  await assertFails(
    install(folder, machine),
    machine,
    /npm could not fetch @tensorflow\/tfjs-node@4\.22\.0.*npm ping/s,
    /\nFetchError: request to http:\/\/registry\/x failed, reason: not found$/,
  );
});

test('without pip and without an index the message names three ways out', async (context) => {
  const { folder, machine } = setUp(context);
  await assertFails(
    install(folder, machine, { from: undefined }),
    machine,
    /no pip.*PIP_INDEX_URL.*--from FILE/s,
  );
});

test('pip is asked for exactly the pinned wheel, and its words are passed on', async (context) => {
  const { folder, machine } = setUp(context);
  machine.addTool(
    'python3',
    `[ "$4" = "" ] && exit 0
echo "$@" > "${folder}/words"
while [ "$1" != --dest ]; do shift; done
/bin/cp "${folder}/${WHEEL_FILE}" "$2/"\n`,
  );
  await install(folder, machine, { from: undefined });
  const words = readFileSync(join(folder, 'words'), 'utf8');
  assert.match(words, /--no-deps --only-binary=:all:/);
  assert.match(
    words,
    /--python-version 311 --implementation cp --abi cp311 --platform manylinux_2_27_x86_64 tensorflow-cpu==9\.9\.0\n$/,
  );
  await removeNative('tensorflow', machine.dataFolder);
  machine.addTool(
    'python3',
    `[ "$4" = "" ] && exit 0
echo "Could not fetch URL http://index/simple/tensorflow-cpu/: 403 Client Error: Forbidden - skipping"
echo "ERROR: No matching distribution found"; exit 1\n`,
  );
  await assertFails(
    install(folder, machine, { from: undefined }),
    machine,
    /pip could not fetch "tensorflow_cpu-9\.9\.0.*--from FILE\n"http:\/\/index\/simple\/tensorflow-cpu\/": 403 Client Error: Forbidden$/s,
  );
});

test('a full disk is told before anything is fetched, or when a tool meets it', async (context) => {
  const { folder, machine } = setUp(context);
  assert.ok(RECIPE);
  const pins = {
    ...TEST_PINS,
    recipes: [{ ...RECIPE, installedBytes: 1e18 }],
  };
  const words =
    /The disk of ".*" is full: about .* are needed there\. Free some room, or set PIPELINE_BACKENDS/;
  await assertFails(install(folder, machine, { pins }), machine, words);
  machine.addTool('npm', 'echo "npm error ENOSPC: no space left"; exit 1\n');
  await assertFails(install(folder, machine), machine, words);
  const { machine: other } = setUp(context);
  other.addTool(
    'c++',
    '[ "$1" = --version ] || { echo "x.o: No space left on device"; exit 1; }\n',
  );
  await assertFails(install(folder, other), other, words);
  const { machine: third } = setUp(context);
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
  await assertFails(
    install(folder, third, { check: () => Promise.reject(full) }),
    third,
    words,
  );
});

test('a folder that can not be written is told, with the variable that names another', async (context) => {
  const { folder, machine } = setUp(context);
  mkdirSync(dirname(machine.dataFolder), { recursive: true });
  // A file where the folder should be: refused for every user.
  writeFileSync(machine.dataFolder, '');
  await assert.rejects(install(folder, machine), {
    message: /can't be written to .*PIPELINE_BACKENDS/,
  });
});

test('the compiler that CXX names is taken', async (context) => {
  const { folder, machine } = setUp(context);
  machine.addTool(
    'mine',
    '[ "$2" = --version ] && exit 0\nexec /bin/sh "$COMPILE" mine "$@"\n',
  );
  const { compiler } = await install(folder, machine, {
    environment: { ...machine.environment, CXX: 'mine -m64' },
  });
  assert.equal(compiler, 'mine -m64');
});

test('without a compiler, or with a broken one, one is fetched', async (context) => {
  for (const broken of [false, true]) {
    const { folder, machine } = setUp(context, ['c++']);
    if (broken) {
      machine.addTool('g++', '[ "$1" = --version ] || exit 1\n');
    }
    const index = await startIndex(context);
    const { compiler, installation } = await install(folder, machine, {
      environment: { ...machine.environment, PIP_INDEX_URL: index.address },
    });
    assert.equal(compiler, 'zig c++');
    assert.deepEqual(namesIn(installation.folder), ['package']);
  }
});

test('where no compiler can be had, the message says which command installs one', async (context) => {
  const { folder, machine } = setUp(context, ['c++']);
  const pins = { ...TEST_PINS, zig: {} };
  await assertFails(
    install(folder, machine, { pins }),
    machine,
    /no C\+\+ compiler.*apt-get install g\+\+.*CXX/,
  );
  machine.addTool(
    'g++',
    '[ "$1" = --version ] || { echo "ld: broken"; exit 1; }\n',
  );
  await assertFails(
    install(folder, machine, { pins }),
    machine,
    /that works: g\+\+ said\nld: broken/,
  );
});

test('--from takes the pinned wheel alone, and says what another file is', async (context) => {
  const { folder, machine } = setUp(context);
  const file = (name: string, bytes: Buffer): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const from = (path: string, changes = {}) =>
    install(folder, machine, { from: path, ...changes });
  await assertFails(
    from(join(folder, 'gone.whl')),
    machine,
    /There is no file/,
  );
  await assertFails(
    from(file('text.whl', Buffer.from('hello'))),
    machine,
    /"[^"]*text\.whl" is not a wheel/,
  );
  await assertFails(from(folder), machine, /There is no file/);
  await assertFails(
    from(file('own.whl', wheelOf([]))),
    machine,
    /none of the wheels that this program knows for "tensorflow" on linux-x64: "tensorflow_cpu-9\.9\.0/,
  );
  assert.ok(RECIPE);
  const pins = {
    ...TEST_PINS,
    recipes: [{ ...RECIPE, platform: 'linux-arm64' }, RECIPE].slice(0, 1),
  };
  await assertFails(
    install(folder, machine, { pins }),
    machine,
    /is the wheel of "tensorflow" for linux-arm64, and "tensorflow" for linux-x64 is wanted/,
  );
  await assertFails(
    install(folder, machine, { version: '2.0' }),
    machine,
    /is version 9\.9\.0, not 2\.0/,
  );
});

test('NVIDIA libraries are fetched where there is a driver and no GPU was found without them', async (context) => {
  const { folder, machine } = setUp(context);
  const index = await startIndex(context);
  const options = {
    backend: 'tensorflow-gpu',
    environment: { ...machine.environment, PIP_INDEX_URL: index.address },
  } as const;
  const cudnn = (packageFolder: string): string =>
    join(packageFolder, 'deps/nvidia/cudnn/lib/libcudnn.so.9');
  const without = await install(folder, machine, options);
  assert.ok(!existsSync(cudnn(without.installation.packageFolder)));
  const { installation, check } = await install(folder, machine, {
    ...options,
    platform: { ...PLATFORM, hasNvidiaDriver: true },
    check: ({ packageFolder }) =>
      Promise.resolve({ usesGpu: existsSync(cudnn(packageFolder)) }),
  });
  assert.ok(check.usesGpu);
  assert.equal(
    readFileSync(cudnn(installation.packageFolder), 'utf8'),
    'cudnn',
  );
});

test('an interrupt ends the tools and leaves nothing', async (context) => {
  const { folder, machine } = setUp(context);
  const controller = new AbortController();
  machine.addTool(
    'npm',
    `echo $$ > "${folder}/pid"\n/bin/sleep 60 &\necho $! >> "${folder}/pid"\nwait\n`,
  );
  const installing = install(folder, machine, { signal: controller.signal });
  const watch = setInterval(() => {
    const path = join(folder, 'pid');
    if (existsSync(path) && readFileSync(path, 'utf8').split('\n').length > 2) {
      controller.abort();
    }
  }, 5);
  await assert.rejects(installing, { name: 'AbortError' });
  clearInterval(watch);
  assert.deepEqual(namesIn(machine.dataFolder), []);
  const pids = readFileSync(join(folder, 'pid'), 'utf8').trim().split('\n');
  assert.equal(pids.length, 2);
  await until(() => !pids.map(Number).some(isRunning));
});

test('two installers take turns: the second is told, and one that was killed is not waited for', async (context) => {
  const { folder, machine } = setUp(context);
  const held = join(machine.dataFolder, 'held-by');
  await install(folder, machine, {
    check: async () => {
      await assert.rejects(install(folder, machine), {
        name: 'InstallError',
        message: new RegExp(
          `^Process ${process.pid} of .* Try again when that has ended`,
        ),
      });
      await assert.rejects(removeNative('tensorflow', machine.dataFolder));
      return { usesGpu: false };
    },
  });
  assert.ok(!existsSync(held));
  // What a killed installer leaves: its name, and half of a backend.
  const { pid } = spawnSync('/bin/true');
  writeFileSync(held, JSON.stringify({ host: hostname(), process: pid }));
  mkdirSync(join(machine.dataFolder, 'tensorflow-9.9.0-0badcafe', 'scratch'), {
    recursive: true,
  });
  const { installation } = await install(folder, machine);
  assert.equal(namesIn(machine.dataFolder).length, 2);
  // Another machine's process can't be looked for.
  writeFileSync(held, JSON.stringify({ host: 'elsewhere', process: pid }));
  await assert.rejects(install(folder, machine), /of elsewhere is installing/);
  rmSync(held);
  rmSync(installation.folder, { recursive: true });
  assert.ok(existsSync(recordPath(machine.dataFolder, 'tensorflow')));
  await removeNative('tensorflow', machine.dataFolder);
  // What a killed installer has left goes with it, or without it.
  mkdirSync(join(machine.dataFolder, 'tensorflow-9.9.0-0badcafe'));
  await removeNative('tensorflow', machine.dataFolder);
  assert.deepEqual(namesIn(machine.dataFolder), []);
});
