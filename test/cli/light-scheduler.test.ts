import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PIPELINE = `
pipeline: 1
name: light
nodes:
  source:
    kind: dataset
    params:
      source: { type: shapes, content: held-out-fills, label: fill, seed: 1, images: { train: 64, tune: 32, test: 32 } }
  train:
    kind: train
    inputs: { data: source }
    params:
      loss: { type: untrained }
      model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] }
      batch: 32
`;

interface Coverage {
  readonly result: readonly { readonly url: string }[];
}

test('the process that schedules never loads a tensor library, its workers do', async (context) => {
  const folder = temporaryFolder(context);
  const loaded = join(folder, 'loaded');
  mkdirSync(loaded);
  writeFileSync(join(folder, 'a.yaml'), PIPELINE);
  // A process that is watched for coverage says at its end which scripts it has loaded.
  const started = startCli(folder, ['run', 'a.yaml', '--jobs', '1'], {
    NODE_V8_COVERAGE: loaded,
  });
  const ended = await started.ended;
  assert.equal(ended.code, 0, ended.stderr);
  const tensorScripts = (isOwn: boolean): readonly string[] =>
    readdirSync(loaded)
      .filter(
        (name) =>
          (name.split('-')[1] === String(started.process.pid)) === isOwn,
      )
      .flatMap((name) => {
        const text = readFileSync(join(loaded, name), 'utf8');
        return (JSON.parse(text) as Coverage).result.map(({ url }) => url);
      })
      .filter((url) => url.includes('@tensorflow'));
  assert.deepEqual(tensorScripts(true), []);
  assert.ok(tensorScripts(false).length > 0);
});
