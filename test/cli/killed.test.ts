import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
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
