import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  jsonLines,
  nodesThat,
  PROGRAM,
  runCli,
  startCli,
} from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PIPELINE = `
pipeline: 1
name: unread
axes: { seed: [0, 1, 2] }
nodes:
  data[seed]:
    kind: dataset
    params: { source: { type: shapes, content: factors, label: fill, seed: '\${seed}', images: { train: 20, tune: 5, test: 5 } } }
`;

const FULL = '/dev/full';

/** Runs `pipeline` with one of its two streams on a disk that is full; what it wrote to the other. */
function runOnFullDisk(
  folder: string,
  words: readonly string[],
  full: 'output' | 'messages',
): { readonly code: number | null; readonly written: string } {
  const disk = openSync(FULL, 'w');
  try {
    const ended = spawnSync(process.execPath, [PROGRAM, ...words], {
      cwd: folder,
      encoding: 'utf8',
      stdio: [
        'ignore',
        full === 'output' ? disk : 'pipe',
        full === 'output' ? 'pipe' : disk,
      ],
    });
    return {
      code: ended.status,
      written: full === 'output' ? ended.stderr : ended.stdout,
    };
  } finally {
    closeSync(disk);
  }
}

test('a run goes on to its end after its reader has gone away', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'unread.yaml'), PIPELINE);
  const words = ['run', 'unread.yaml', '--json', '--jobs', '1'];
  const started = startCli(folder, words);
  started.process.stdout?.destroy();
  const ended = await started.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(ended.stderr, '');
  const again = jsonLines(await runCli(folder, words));
  assert.equal(nodesThat('hit', again).length, 3);
});

test('a wrong file is exit code 2, whether or not somebody reads why', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'wrong.yaml'), 'pipeline: 2\n');
  const started = startCli(folder, ['validate', 'wrong.yaml', '--json']);
  started.process.stdout?.destroy();
  assert.equal((await started.ended).code, 2);
});

test(
  'output that a full disk loses is said in a line, and fails the command',
  { skip: !existsSync(FULL) && 'this system has no device that is full' },
  (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'unread.yaml'), PIPELINE);
    const plan = runOnFullDisk(folder, ['plan', 'unread.yaml'], 'output');
    assert.equal(plan.code, 1);
    assert.match(plan.written, /^Standard output can't be written: .*\n$/);
    const wrong = runOnFullDisk(
      folder,
      ['validate', 'nowhere.yaml'],
      'messages',
    );
    assert.deepEqual(wrong, { code: 2, written: '' });
  },
);

test('a folder for results that cannot be made is a mistake in the command line', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'unread.yaml'), PIPELINE);
  await runCli(folder, ['run', 'unread.yaml']);
  // A file; and a folder whose parent is there on some systems, and takes no children, whoever asks.
  for (const out of ['unread.yaml', '/proc/penultimate/results']) {
    if (out.startsWith('/proc') && !existsSync('/proc/self')) continue;
    const ended = await runCli(folder, [
      ...['show', 'unread.yaml', 'data[seed=0]', '--out', out],
    ]);
    assert.equal(ended.code, 2);
    assert.ok(
      ended.stderr.startsWith(
        `command line:1:1 COMMAND_LINE_INVALID The results can't be written to "${out}": `,
      ),
      ended.stderr,
    );
    assert.doesNotMatch(ended.stderr, /\n {4}at /);
  }
});

test('a file that --only has swallowed is told of', async (context) => {
  const folder = temporaryFolder(context);
  const ended = await runCli(folder, ['plan', '--only', 'data', 'unread.yaml']);
  assert.equal(ended.code, 2);
  assert.match(ended.stderr, /Missing required argument "file"\./);
  assert.match(ended.stderr, /help: All words after --only are nodes/);
});

test('a worker that has no place for its output is told of with the way out', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'unread.yaml'), PIPELINE);
  const nowhere = join(folder, 'nowhere');
  const ended = await runCli(folder, ['run', 'unread.yaml'], {
    TMPDIR: nowhere,
  });
  assert.equal(ended.code, 1);
  assert.ok(
    ended.stderr.includes(`no temporary file in "${nowhere}" (ENOENT)`),
  );
  assert.match(ended.stderr, /Set TMPDIR to a folder that can be written\./);
});
