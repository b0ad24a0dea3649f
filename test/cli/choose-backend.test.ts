import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { takenByAuto } from '../../src/cli/choose-backend.ts';
import {
  bindingPath,
  recordPath,
  type NativeName,
} from '../../src/native/locate.ts';
import { runCli, type Line } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A pipeline of one node, and a folder of native backends that is not there yet. */
function setUp(context: TestContext) {
  const folder = temporaryFolder(context);
  const dataFolder = join(folder, 'backends');
  const file = join(folder, 'one.yaml');
  writeFileSync(
    file,
    'pipeline: 1\nname: one\nnodes: { source: { kind: dataset, params: { source: { type: digits } } } }\n',
  );
  const run = async (...words: string[]) => {
    const ended = await runCli(folder, ['run', file, '--json', ...words], {
      PIPELINE_BACKENDS: dataFolder,
    });
    const lines = ended.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    return { ...ended, lines };
  };
  return { dataFolder, run };
}

/** Puts a backend there whose binding is no library. Answers with its folder. */
function installBroken(dataFolder: string, name: NativeName): string {
  const folder = join(dataFolder, `${name}-9.9.0-broken`);
  const binding = bindingPath(join(folder, 'package'));
  mkdirSync(dirname(binding), { recursive: true });
  writeFileSync(binding, 'not a library');
  writeFileSync(join(folder, 'package', 'package.json'), '{"name":"broken"}');
  writeFileSync(
    recordPath(dataFolder, name),
    JSON.stringify({
      ...{ folder: `${name}-9.9.0-broken`, tensorflowVersion: '9.9.0' },
      ...{ sha256: '', compiler: 'c++' },
    }),
  );
  return folder;
}

const backendOf = (lines: readonly Line[]): unknown =>
  lines.find(({ event }) => event === 'run-started')?.['backend'];
const warningsOf = (lines: readonly Line[]): readonly unknown[] =>
  lines
    .filter(({ event }) => event === 'warning')
    .map(({ message }) => message);

test('a native backend that is not installed is a mistake on the command line, with the way out', async (context) => {
  const { run } = setUp(context);
  for (const name of ['tensorflow', 'tensorflow-gpu']) {
    const { code, lines } = await run('--backend', name);
    assert.equal(code, 2);
    const { diagnostics } = lines[0] as unknown as {
      diagnostics: { code: string; message: string; help: string }[];
    };
    assert.equal(diagnostics[0]?.code, 'COMMAND_LINE_INVALID');
    assert.equal(
      diagnostics[0].message,
      `The backend "${name}" is not installed on this machine.`,
    );
    assert.match(diagnostics[0].help, new RegExp(`backend install ${name}`));
  }
});

test('"auto" passes over what does not load, says so, and the default does not even try', async (context) => {
  const { dataFolder, run } = setUp(context);
  const folder = installBroken(dataFolder, 'tensorflow');
  const auto = await run('--backend', 'auto');
  assert.equal(auto.code, 0, auto.stderr);
  assert.equal(backendOf(auto.lines), 'wasm');
  const [warning, ...others] = warningsOf(auto.lines);
  assert.deepEqual(others, []);
  assert.match(
    String(warning),
    /^The backend "tensorflow" is installed but can't be used: Cannot find module .*'\. What to do says "pipeline doctor"\. This run uses "wasm"\.$/,
  );
  // A failure is not remembered.
  assert.deepEqual(readdirSync(folder), ['package']);
  const plain = await run();
  assert.equal(backendOf(plain.lines), 'wasm');
  assert.deepEqual(warningsOf(plain.lines), []);
});

test('"auto" takes what comes with the program where nothing else is installed, and says nothing', async (context) => {
  const { run } = setUp(context);
  const { code, lines } = await run('--backend', 'auto');
  assert.equal(code, 0);
  assert.equal(backendOf(lines), 'wasm');
  assert.deepEqual(warningsOf(lines), []);
});

test('"auto" prefers a GPU, then libtensorflow, and takes only what passed', () => {
  const checked = (gpuDevice: string | null, passes: boolean | null) =>
    takenByAuto([
      { backend: 'wasm', passes: true, device: 'cpu' },
      { backend: 'tensorflow', passes, device: 'cpu' },
      {
        ...{ backend: 'tensorflow-gpu', device: gpuDevice },
        passes: gpuDevice !== null,
      },
    ]);
  assert.equal(checked('gpu', true), 'tensorflow-gpu');
  // A build for GPUs on the processor is no better than the smaller one.
  assert.equal(checked('cpu', true), 'tensorflow');
  assert.equal(checked(null, true), 'tensorflow');
  assert.equal(checked('cpu', false), 'wasm');
  assert.equal(checked(null, null), 'wasm');
});
