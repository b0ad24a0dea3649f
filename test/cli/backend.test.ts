import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { installProgress } from '../../src/cli/install-progress.ts';
import { bindingPath, recordPath } from '../../src/native/locate.ts';
import { runCli, type Ended } from '../support/cli.ts';
import {
  fakeMachine,
  namesIn,
  WHEEL,
  WHEEL_FILE,
  type FakeMachine,
} from '../support/fake-native.ts';
import { startIndex } from '../support/package-index.ts';
import { until } from '../support/processes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PROGRAM = fileURLToPath(
  new URL('../support/install-program.js', import.meta.url),
);

/** A machine with a wheel on its disk. */
function setUp(context: TestContext) {
  const folder = temporaryFolder(context);
  const from = join(folder, WHEEL_FILE);
  writeFileSync(from, WHEEL);
  return { folder, from, machine: fakeMachine(folder) };
}

/** Starts an installation with the pins of the tests. */
function start(
  machine: FakeMachine,
  words: readonly [string, object, string?],
  environment: Readonly<Record<string, string>> = {},
) {
  const [name, options, device = 'cpu'] = words;
  const child = spawn(
    process.execPath,
    [PROGRAM, name, JSON.stringify(options), device],
    {
      env: {
        ...machine.environment,
        PIPELINE_BACKENDS: machine.dataFolder,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, ...output });
    });
  });
  return { child, ended };
}

test('backend install says what it does on standard error and what came of it on standard output', async (context) => {
  const { from, machine } = setUp(context);
  const ended = await start(machine, ['tensorflow', { from }]).ended;
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(
    ended.stdout,
    /^"tensorflow" on libtensorflow 9\.9\.0 is installed\. It loads and passes its self-check in 1\.3 s:\nthe processor, 61\.2 GFLOP\/s .*\nUse it: pipeline run FILE --backend tensorflow\n$/,
  );
  assert.match(
    ended.stderr,
    /^Installing .*\nFetching .*\nUnpacking .*\nBuilding the binding with c\+\+\.\nChecking the backend\.\n$/,
  );
  const json = await start(machine, ['tensorflow', { from, json: true }]).ended;
  const { folder, ...rest } = JSON.parse(json.stdout) as Record<
    string,
    unknown
  >;
  assert.match(String(folder), /tensorflow-9\.9\.0-/);
  assert.deepEqual(rest, {
    ...{ backend: 'tensorflow', done: true, version: '9.9.0', compiler: 'c++' },
    ...{ device: 'cpu', gigaflops: 61.2, seconds: 1.25, message: null },
  });
});

test('--gpu without a GPU installs, and says in words that it computes on the processor', async (context) => {
  const { machine } = setUp(context);
  const index = await startIndex(context);
  const environment = { PIP_INDEX_URL: index.address };
  const words = ['tensorflow', { gpu: true }] as const;
  const ended = await start(machine, words, environment).ended;
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^"tensorflow-gpu" on/);
  assert.match(
    ended.stderr,
    /"tensorflow-gpu" computes on the processor here, for there is no driver for an NVIDIA GPU \(libcuda\.so\.1 is missing\)\. Install NVIDIA's driver/,
  );
  const found = await start(
    machine,
    ['tensorflow-gpu', { json: true }, 'gpu'],
    environment,
  ).ended;
  const { device, message } = JSON.parse(found.stdout) as Record<
    string,
    unknown
  >;
  assert.deepEqual([device, message], ['gpu', null]);
});

test('mistakes of the command line have exit code 2 and the form that all have', async (context) => {
  const { folder, machine } = setUp(context);
  const environment = { PIPELINE_BACKENDS: machine.dataFolder };
  const typo = await runCli(
    folder,
    ['backend', 'install', 'tensorflo'],
    environment,
  );
  assert.equal(typo.code, 2);
  assert.match(typo.stderr, /There is no native backend "tensorflo"\./);
  assert.match(typo.stderr, /Did you mean "tensorflow"\?/);
  const wasm = await runCli(folder, ['backend', 'remove', 'wasm'], environment);
  assert.match(wasm.stderr, /"wasm" comes with the packages of npm/);
  const version = await runCli(
    folder,
    ['backend', 'install', 'tensorflow', '--version', '1.15', '--json'],
    environment,
  );
  assert.equal(version.code, 2, version.stderr);
  const { diagnostics } = JSON.parse(version.stdout) as {
    readonly diagnostics: readonly { readonly message: string }[];
  };
  assert.match(
    diagnostics[0]?.message ?? '',
    /"1\.15".*2\.21\.0|no libtensorflow/,
  );
  const removed = await runCli(
    folder,
    ['backend', 'remove', 'tensorflow'],
    environment,
  );
  assert.equal(removed.code, 2);
  assert.match(removed.stderr, /"tensorflow" is not installed/);
  assert.ok(!existsSync(machine.dataFolder));
});

test('a failure on the way has exit code 1, for programs with its message', async (context) => {
  const { from, machine } = setUp(context);
  machine.addTool('npm', 'exit 1\n');
  const people = await start(machine, ['tensorflow', { from }]).ended;
  assert.deepEqual([people.code, people.stdout], [1, '']);
  assert.match(people.stderr, /npm could not fetch/);
  assert.ok(!people.stderr.includes('    at '));
  const json = await start(machine, ['tensorflow', { from, json: true }]).ended;
  assert.equal(json.code, 1);
  const { done, message } = JSON.parse(json.stdout) as Record<string, unknown>;
  assert.equal(done, false);
  assert.match(String(message), /npm could not fetch/);
});

test('Ctrl-C leaves nothing, and says so', async (context) => {
  const { folder, machine, from } = setUp(context);
  machine.addTool('npm', `echo > "${folder}/here"\nexec /bin/sleep 60\n`);
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    const { child, ended } = start(machine, ['tensorflow', { from }]);
    await until(() => existsSync(join(folder, 'here')));
    rmSync(join(folder, 'here'));
    child.kill(signal);
    const { code: found, stderr } = await ended;
    assert.equal(found, code);
    assert.match(stderr, /Interrupted: nothing was installed/);
    assert.deepEqual(namesIn(machine.dataFolder), []);
  }
});

test('list and remove know what is installed', async (context) => {
  const { folder, machine, from } = setUp(context);
  const environment = { PIPELINE_BACKENDS: machine.dataFolder };
  await start(machine, ['tensorflow', { from }]).ended;
  const people = await runCli(folder, ['backend', 'list'], environment);
  assert.match(people.stdout, /^wasm +with the program$/m);
  assert.match(
    people.stdout,
    /^tensorflow +installed here +9\.9\.0 +[\d.]+ KiB +\//m,
  );
  const json = await runCli(folder, ['backend', 'list', '--json'], environment);
  const { backends } = JSON.parse(json.stdout) as {
    readonly backends: readonly Record<string, unknown>[];
  };
  const listed = backends.find(({ backend }) => backend === 'tensorflow');
  assert.equal(listed?.['source'], 'installed');
  assert.equal(listed['version'], '9.9.0');
  const removed = await runCli(
    folder,
    ['backend', 'remove', 'tensorflow'],
    environment,
  );
  assert.deepEqual([removed.code, removed.stderr], [0, '']);
  assert.match(removed.stdout, /^"tensorflow" is removed\./);
  assert.deepEqual(namesIn(machine.dataFolder), []);
});

test('doctor tries every backend, and says what to do where one can not be used', async (context) => {
  const { folder, machine } = setUp(context);
  const environment = { PIPELINE_BACKENDS: machine.dataFolder };
  const whole = await runCli(folder, ['doctor'], environment);
  assert.equal(whole.code, 0, whole.stderr);
  assert.match(whole.stdout, /^threads +\d+$/m);
  assert.match(
    whole.stdout,
    /^wasm +with the program +passes in .* the processor +[\d.]+ /m,
  );
  assert.ok(!existsSync(machine.dataFolder));
  // A backend whose binding is no library.
  const packageFolder = join(machine.dataFolder, 'tensorflow-1', 'package');
  const binding = bindingPath(packageFolder);
  mkdirSync(dirname(binding), { recursive: true });
  writeFileSync(binding, 'no library');
  writeFileSync(join(packageFolder, 'package.json'), '{}');
  for (const name of ['tfjs', 'tfjs-core']) {
    const lent = join(packageFolder, 'node_modules/@tensorflow', name);
    mkdirSync(lent, { recursive: true });
    writeFileSync(join(lent, 'index.js'), '');
  }
  writeFileSync(
    recordPath(machine.dataFolder, 'tensorflow'),
    JSON.stringify({ folder: 'tensorflow-1', tensorflowVersion: '2.21.0' }),
  );
  const broken = await runCli(folder, ['doctor', '--json'], environment);
  assert.equal(broken.code, 1);
  const { machine: described, backends } = JSON.parse(broken.stdout) as {
    readonly machine: Record<string, unknown>;
    readonly backends: readonly Record<string, unknown>[];
  };
  assert.equal(described['node'], process.versions.node);
  const one = (name: string) =>
    backends.find(({ backend }) => backend === name) ?? {};
  assert.equal(one('wasm')['passes'], true);
  assert.equal(one('tensorflow')['passes'], false);
  assert.match(
    String(one('tensorflow')['message']),
    /"tensorflow" does not load: .*Install it anew: pipeline backend install tensorflow$/s,
  );
});

test('a download is a bar at a terminal, and four lines elsewhere', () => {
  const written: string[] = [];
  const download = (isTTY: boolean): string => {
    written.length = 0;
    let clock = 0;
    const listen = installProgress(
      { isTTY, write: (text) => written.push(text) },
      () => (clock += 100),
    );
    for (let done = 0; done <= 40; done++) {
      listen({ type: 'download', file: 'x.whl', done: done * 1e6, total: 4e7 });
    }
    listen({ type: 'step', message: 'Next.' });
    return written.join('');
  };
  const lines = download(false).trim().split('\n');
  assert.equal(lines.length, 5);
  assert.match(lines[1] ?? '', /^x\.whl: 50 % of 40 MB, \d+ MB\/s$/);
  const bar = download(true);
  assert.match(bar, /\r\u001b\[K█{12}░{12} {2}50 % of 40 MB/);
  // What was redrawn is gone before the next line.
  assert.match(bar, /\r\u001b\[KNext\.\n$/);
});
