import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openAlone } from '../../src/cache/open-alone.ts';
import {
  jsonLines,
  nodesThat,
  outcomes,
  runCli,
  startCli,
  type Line,
} from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PIPELINE = `
pipeline: 1
name: killed
axes: { seed: [0, 1, 2, 3] }
nodes:
  source:
    kind: dataset
    params: { source: { type: shapes, content: factors, label: fill, images: { train: 256, tune: 32, test: 32 } } }
  train[seed]:
    kind: train
    inputs: { data: source }
    params:
      loss: { type: softmax }
      seed: '\${seed}'
      model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] }
      epochs: 2
      batch: 32
      rate: 0.1
  features[seed]:
    kind: extract
    inputs: { model: 'train[seed]', data: source }
`;

const readUntil = async (
  lines: AsyncIterable<Line>,
  isEnough: (line: Line) => boolean,
): Promise<Line[]> => {
  const read: Line[] = [];
  for await (const line of lines) {
    read.push(line);
    if (isEnough(line)) break;
  }
  return read;
};

test('after kill -9 in the middle only what was not finished runs', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'killed.yaml'), PIPELINE);
  const words = ['run', 'killed.yaml', '--json', '--jobs', '2'];
  const started = startCli(folder, words);
  const before = await readUntil(
    started.lines,
    (line) => line['event'] === 'node-finished' && line['node'] !== 'source',
  );
  started.process.kill('SIGKILL');
  assert.equal((await started.ended).signal, 'SIGKILL');
  const finished = nodesThat('ran', before);
  assert.ok(finished.length >= 2 && finished.length < 9);

  const again = await runCli(folder, words);
  assert.equal(again.code, 0, again.stderr);
  const lines = jsonLines(again);
  const hits = nodesThat('hit', lines);
  for (const node of finished) assert.ok(hits.includes(node), node);
  // What became durable after the last line that was read is a hit too; nothing runs twice.
  assert.equal(hits.length + nodesThat('ran', lines).length, 9);

  const third = jsonLines(await runCli(folder, words));
  assert.deepEqual(nodesThat('ran', third), []);
});

test('the first interrupt ends a run cleanly, with its last line and code 130', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'killed.yaml'), PIPELINE);
  const started = startCli(folder, [
    ...['run', 'killed.yaml', '--json', '--jobs', '1'],
    ...['--set', 'train.params.epochs=500'],
  ]);
  const before = await readUntil(
    started.lines,
    (line) =>
      line['event'] === 'node-progress' && String(line['node']).startsWith('t'),
  );
  started.process.kill('SIGINT');
  const ended = await started.ended;
  assert.equal(ended.code, 130, ended.stderr);
  const lines = jsonLines(ended);
  const last = lines.at(-1);
  assert.equal(last?.['event'], 'run-finished');
  assert.equal(outcomes(lines).size, 9);
  assert.equal(outcomes(lines).get('source'), 'ran');
  assert.equal(nodesThat('skipped', lines).length, 8);
  assert.ok(before.length > 0);
});

/** Sends the program an interrupt when it opens its pipeline file. */
const INTERRUPTS_READING = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { openSync } = fs;
fs.openSync = (path, ...rest) => {
  if (String(path).endsWith('killed.yaml')) process.kill(process.pid, 'SIGINT');
  return openSync(path, ...rest);
};
syncBuiltinESMExports();
`;

test('an interrupt while the file is still being read is one of the run', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'killed.yaml'), PIPELINE);
  const preload = join(folder, 'interrupts-reading.mjs');
  writeFileSync(preload, INTERRUPTS_READING);
  const ended = await runCli(folder, ['run', 'killed.yaml', '--json'], {
    NODE_OPTIONS: `--import ${preload}`,
  });
  assert.equal(ended.code, 130, ended.stderr);
  const lines = jsonLines(ended);
  assert.equal(lines.at(-1)?.['event'], 'run-finished');
  assert.equal(nodesThat('skipped', lines).length, 9);
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} while another program holds the cache ends the waiting, with every node skipped and code ${code}`, async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'killed.yaml'), PIPELINE);
    await using held = await openAlone({ folder: join(folder, 'cache') });
    const words = ['run', 'killed.yaml', '--json', '--cache', 'cache'];
    const started = startCli(folder, words);
    if (started.process.stderr !== null) {
      await once(started.process.stderr, 'data');
    }
    started.process.kill(signal);
    const ended = await started.ended;
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, /^Waiting for process \d+, [^\n]*\n$/);
    const lines = jsonLines(ended);
    assert.equal(lines.at(-1)?.['event'], 'run-finished');
    assert.equal(nodesThat('skipped', lines).length, 9);
    assert.equal(held.store.digests('records').length, 0);
  });
}
