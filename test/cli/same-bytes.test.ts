import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/cache/open-store.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { readRecord } from '../../src/worker/record.ts';
import { jsonLines, runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Dropout and augmentation draw from streams of their own; the tables average over two axes, in three members each. */
const PIPELINE = `
pipeline: 1
name: same-bytes
axes:
  loss:
    softmax: { type: softmax }
    dropout: { type: dropout, keep: 0.7 }
  seed: [0, 1]
  penalty: [0.1, 0.01, 0.001]
nodes:
  source:
    kind: dataset
    params:
      source: { type: shapes, content: held-out-fills, label: fill, seed: 1, images: { train: 64, tune: 32, test: 32 } }
  train[loss, seed]:
    kind: train
    inputs: { data: source }
    params:
      loss: '\${loss}'
      seed: '\${seed}'
      model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] }
      epochs: 2
      batch: 16
      augmentation: { shift: 1, flip: true }
  features[loss, seed]:
    kind: extract
    inputs: { model: 'train[loss, seed]', data: source }
    params: { layers: [stem, pool] }
  probe[loss, seed, penalty]:
    kind: probe
    inputs: { features: 'features[loss, seed]' }
    params: { penalties: ['\${penalty}'] }
  fine-tuned[loss, seed]:
    kind: finetune
    inputs: { model: 'train[loss, seed]', data: source }
    params: { seed: '\${seed}', rate: 0.1, length: { count: 1, type: epochs }, refit: true, batch: 16, augmentation: { flip: true } }
  similarity[seed]:
    kind: cka
    inputs: { left: 'features[loss=softmax, seed]', right: 'features[loss=dropout, seed]' }
    params: { batch: 16 }
  by-loss:
    kind: table
    inputs: { probe: 'probe[loss=*, seed=*, penalty=*]' }
    params: { rows: loss, baseline: softmax }
  overall:
    kind: table
    inputs: { probe: 'probe[loss=*, seed=*, penalty=*]' }
    params: { rows: penalty, replicates: none, columns: [{ value: objective }] }
`;

/** The same with the axes of every family, and the values of every axis, in another order. */
const TURNED = PIPELINE.replaceAll(
  '[loss, seed, penalty]',
  '[penalty, seed, loss]',
)
  .replaceAll('[loss, seed]', '[seed, loss]')
  .replaceAll('[loss=*, seed=*, penalty=*]', '[penalty=*, seed=*, loss=*]')
  .replace('seed: [0, 1]', 'seed: [1, 0]')
  .replace('[0.1, 0.01, 0.001]', '[0.001, 0.1, 0.01]');

/** `probe[seed=0,loss=softmax]` with its axes in the order of the alphabet. */
const withSortedAxes = (node: string): string =>
  node.replace(
    /\[(.*)\]$/,
    (_, axes: string) => `[${axes.split(',').sort().join(',')}]`,
  );

test('results are the same bytes, however many workers there are and whatever the order of axes', async (context) => {
  const folder = temporaryFolder(context);
  /** Runs a text with a cache of its own; answers with the content of each node. */
  const contents = async (
    name: string,
    text: string,
    jobs: number,
  ): Promise<ReadonlyMap<string, Digest>> => {
    writeFileSync(join(folder, `${name}.yaml`), text);
    const cache = join(folder, name);
    const ended = await runCli(folder, [
      ...['run', `${name}.yaml`, '--json', '--cache', cache],
      ...['--jobs', String(jobs)],
    ]);
    assert.equal(ended.code, 0, ended.stderr);
    await using store = await openStore({ folder: cache, readOnly: true });
    return new Map(
      jsonLines(ended)
        .filter((line) => line['event'] === 'node-finished')
        .map((line): [string, Digest] => {
          assert.equal(line['outcome'], 'ran');
          const found = readRecord(store, line['key'] as Digest);
          assert.ok(found.state === 'present');
          return [withSortedAxes(String(line['node'])), found.value.content];
        })
        .sort(([left], [right]) => (left < right ? -1 : 1)),
    );
  };
  const one = await contents('one', PIPELINE, 1);
  assert.equal(one.size, 29);
  assert.deepEqual(await contents('two', PIPELINE, 2), one);
  assert.deepEqual(await contents('turned', TURNED, 2), one);
  // What is drawn at random differs by seed and by objective, so that equal bytes mean something.
  const drawn = [...one].filter(([node]) => /^(train|features)\[/.test(node));
  assert.equal(new Set(drawn.map(([, content]) => content)).size, 8);
});
