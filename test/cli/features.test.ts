import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  float32Bytes,
  int64Bytes,
  npyBytes,
  zipBytes,
} from '../support/array-bytes.ts';
import { jsonLines, outcomes, runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const OURS = `
pipeline: 1
name: ours
nodes:
  data: { kind: dataset, params: { source: { type: shapes, content: held-out-fills, label: fill, images: { train: 20, tune: 5, test: 5 } } } }
  train:
    kind: train
    inputs: { data: data }
    params: { loss: { type: untrained }, model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] } }
  features:
    kind: extract
    inputs: { model: train, data: data }
    params: { layers: [stem, pool], pooling: average }
`;
const BACK = `
pipeline: 1
name: back
nodes:
  whole: { kind: features, params: { source: { type: archive, file: out/features.safetensors } } }
  single:
    kind: features
    params:
      source: { type: arrays, files: { pool: out/features.layer_pool.npy, labels: out/features.labels.npy } }
      splits: [{ name: train, examples: 20 }, { name: tune, examples: 5 }, { name: test, examples: 5 }]
`;

interface Shown {
  readonly splits: object;
  readonly arrays: Readonly<Record<string, object>>;
}

test('what "show --out" writes is read back by the kind features: the same arrays, to the byte', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'ours.yaml'), OURS);
  writeFileSync(join(folder, 'back.yaml'), BACK);
  const done = async (...words: string[]): Promise<string> => {
    const ended = await runCli(folder, words);
    assert.equal(ended.code, 0, ended.stderr);
    return ended.stdout;
  };
  await done('run', 'ours.yaml');
  await done('show', 'ours.yaml', 'features', '--out', 'out');
  await done(
    ...['show', 'ours.yaml', 'features', '--out', 'out'],
    ...['--format', 'safetensors'],
  );
  await done('run', 'back.yaml');
  const show = async (file: string, node: string): Promise<Shown> =>
    JSON.parse(await done('show', file, node, '--json')) as Shown;
  const ours = await show('ours.yaml', 'features');
  assert.deepEqual(await show('back.yaml', 'whole'), ours);
  const single = await show('back.yaml', 'single');
  assert.deepEqual(single.splits, ours.splits);
  for (const array of ['layer:pool', 'labels']) {
    assert.deepEqual(single.arrays[array], ours.arrays[array]);
  }
});

/** An archive with one layer; `shift` changes one number. */
const archive = (shift: number): Buffer =>
  zipBytes({
    'pool.npy': npyBytes({
      descriptor: '<f4',
      shape: [6, 2],
      data: float32Bytes([shift, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    }),
    'labels.npy': npyBytes({
      descriptor: '<i8',
      shape: [6],
      data: int64Bytes([0, 1, 0, 1, 0, 1]),
    }),
  });

test('contents of files are in the key, their places are not; a file that is not there says so', async (context) => {
  const folder = temporaryFolder(context);
  const write = (file: string): void => {
    writeFileSync(
      join(folder, 'mine.yaml'),
      `
pipeline: 1
name: mine
axes: { network: { one: { type: archive, file: ${file} } } }
nodes:
  features[network]: { kind: features, params: { source: '\${network}' } }
  separation[network]: { kind: separation, inputs: { features: 'features[network]' }, params: { split: all } }
`,
    );
  };
  const run = async () => {
    const ended = await runCli(folder, ['run', 'mine.yaml', '--json']);
    return { ...ended, outcomes: outcomes(jsonLines(ended)) };
  };
  const first = 'features[network=one]';
  write('one.npz');
  writeFileSync(join(folder, 'one.npz'), archive(1));
  const ran = await run();
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.outcomes.get(first), 'ran');

  mkdirSync(join(folder, 'deeper'));
  renameSync(join(folder, 'one.npz'), join(folder, 'deeper/two.npz'));
  write('deeper/two.npz');
  assert.equal((await run()).outcomes.get(first), 'hit');

  writeFileSync(join(folder, 'deeper/two.npz'), archive(1.5));
  const changed = await run();
  assert.equal(changed.outcomes.get(first), 'ran');
  assert.equal(changed.outcomes.get('separation[network=one]'), 'ran');

  const whole = archive(2);
  writeFileSync(join(folder, 'deeper/two.npz'), whole.subarray(0, 300));
  const truncated = await run();
  assert.equal(truncated.code, 1);
  assert.match(
    truncated.stdout,
    /two\.npz\\" is damaged: the directory at its end is missing/,
  );

  rmSync(join(folder, 'deeper/two.npz'));
  const missing = await run();
  assert.equal(missing.code, 1);
  assert.match(
    missing.stdout,
    /two\.npz\\" can't be read: it does not exist\./,
  );
});
