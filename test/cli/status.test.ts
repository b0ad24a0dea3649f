import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { jsonLines, runCli, startCli, type Line } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PIPELINE = `
pipeline: 1
name: shared
nodes:
  source:
    kind: dataset
    params: { source: { type: shapes, content: factors, label: fill, images: { train: 64, tune: 32, test: 32 } } }
  train:
    kind: train
    inputs: { data: source }
    params:
      loss: { type: softmax }
      seed: 0
      model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] }
      epochs: 100000
      batch: 32
      rate: 0.001
`;

interface StatusOf {
  readonly programs: readonly {
    readonly program: string;
    readonly pid: number;
    readonly command: string;
    readonly ended: boolean;
    readonly running: readonly { readonly node: string }[];
    readonly waiting: readonly Line[];
  }[];
  readonly runs: readonly { readonly pid: number; readonly end: string }[];
}

async function statusIn(folder: string): Promise<StatusOf> {
  const ended = await runCli(folder, ['status', '--cache', 'cache', '--json']);
  assert.equal(ended.code, 0, ended.stderr);
  const [line] = jsonLines(ended);
  return line as unknown as StatusOf;
}

async function statusUntil(
  folder: string,
  isEnough: (status: StatusOf) => boolean,
): Promise<StatusOf> {
  for (;;) {
    const status = await statusIn(folder);
    if (isEnough(status)) return status;
  }
}

test('status says who computes what, who waits for whom, who was killed, and how runs ended', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'shared.yaml'), PIPELINE);
  const words = ['run', 'shared.yaml', '--cache', 'cache', '--json'];
  const first = startCli(folder, words);
  context.after(() => first.process.kill('SIGKILL'));
  const before = await statusUntil(folder, ({ programs }) =>
    programs.some(({ running }) => running.some((one) => one.node === 'train')),
  );
  const [holder] = before.programs;
  assert.equal(holder?.pid, first.process.pid);
  assert.equal(holder?.command, `pipeline ${words.join(' ')}`);
  assert.equal(holder.ended, false);

  const second = startCli(folder, words);
  context.after(() => second.process.kill('SIGKILL'));
  const both = await statusUntil(folder, ({ programs }) =>
    programs.some(({ waiting }) => waiting.length > 0),
  );
  const waiter = both.programs.find(({ pid }) => pid === second.process.pid);
  assert.deepEqual(waiter?.waiting, [
    { node: 'train', program: holder.program },
  ]);
  const said = await runCli(folder, ['status', '--cache', 'cache']);
  assert.match(said.stdout, /2 programs at work/);
  assert.ok(
    said.stdout.includes(
      `train waits for \`pipeline ${words.join(' ')}\`, process ${first.process.pid ?? ''}`,
    ),
    said.stdout,
  );

  first.process.kill('SIGKILL');
  await first.ended;
  const after = await statusUntil(
    folder,
    ({ programs, runs }) => programs.length === 1 && runs.length === 1,
  );
  assert.equal(after.programs[0]?.pid, second.process.pid);
  assert.deepEqual(
    after.runs.map(({ pid, end }) => [pid, end]),
    [[first.process.pid, 'lost']],
  );

  second.process.kill('SIGINT');
  assert.equal((await second.ended).code, 130);
  const last = await statusIn(folder);
  assert.deepEqual(last.programs, []);
  assert.deepEqual(
    last.runs.map(({ pid, end }) => [pid, end]),
    [
      [second.process.pid, 'interrupted'],
      [first.process.pid, 'lost'],
    ],
  );
});

test('status of a program that was killed, while no other one has come, says so', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'shared.yaml'), PIPELINE);
  const only = startCli(folder, [
    ...['run', 'shared.yaml', '--cache', 'cache', '--json'],
  ]);
  context.after(() => only.process.kill('SIGKILL'));
  await statusUntil(folder, ({ programs }) => programs.length === 1);
  only.process.kill('SIGKILL');
  await only.ended;
  const status = await statusIn(folder);
  assert.deepEqual(
    status.programs.map(({ ended }) => ended),
    [true],
  );
  const said = await runCli(folder, ['status', '--cache', 'cache']);
  assert.match(said.stdout, /no program runs/);
  assert.match(said.stdout, /was killed; the next run takes over/);
});

test('status where nothing ever ran says so, and makes nothing', async (context) => {
  const folder = temporaryFolder(context);
  const said = await runCli(folder, ['status', '--cache', 'cache']);
  assert.equal(said.code, 0);
  assert.match(said.stdout, /no program runs/);
  assert.ok(!existsSync(join(folder, 'cache')));
});
