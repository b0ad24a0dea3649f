import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PIPELINE = `
pipeline: 1
name: shown
axes:
  content:
    fills: { type: shapes, content: held-out-fills, label: fill, images: { train: 20, tune: 5, test: 5 } }
    shapes: { type: shapes, content: held-out-shapes, label: shape, images: { train: 20, tune: 5, test: 5 } }
nodes:
  data[content]: { kind: dataset, params: { source: '\${content}' } }
  train[content]:
    kind: train
    inputs: { data: 'data[content]' }
    params: { loss: { type: untrained }, model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] } }
  summary:
    kind: table
    inputs: { model: 'train[content=*]' }
    params: { rows: content, columns: [{ title: accuracy, value: accuracy.test }] }
`;

type Shown = Readonly<Record<string, unknown>>;

test('results are shown to people and programs, and written to files', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'shown.yaml'), PIPELINE);
  const show = (...words: string[]) =>
    runCli(folder, ['show', 'shown.yaml', ...words]);
  const ran = await runCli(folder, ['run', 'shown.yaml']);
  assert.equal(ran.code, 0, ran.stderr);

  await context.test(
    'one node is its value, with its arrays described',
    async () => {
      const ended = await show('data[content=fills]', '--json');
      const value = JSON.parse(ended.stdout) as Shown & {
        arrays: Readonly<Record<string, Shown>>;
      };
      assert.deepEqual(value['imageShape'], [24, 24, 3]);
      assert.deepEqual(value.arrays['images']?.['shape'], [30, 24, 24, 3]);
      assert.equal(value.arrays['images']['dtype'], 'uint8');
      assert.match(String(value.arrays['images']['digest']), /^[0-9a-f]{64}$/);
      assert.equal(
        ended.stdout,
        (await show('data[content=fills]', '--json')).stdout,
      );
    },
  );

  await context.test('several nodes are an object by name', async () => {
    const ended = await show('data', 'summary', '--json');
    assert.deepEqual(Object.keys(JSON.parse(ended.stdout) as Shown), [
      'data[content=fills]',
      'data[content=shapes]',
      'summary',
    ]);
  });

  await context.test('people see a table as the run printed it', async () => {
    const ended = await show('summary');
    assert.ok(ran.stdout.includes(ended.stdout.trim()));
    assert.match(ended.stdout, /fills +0\.\d{3}/);
  });

  await context.test('--out writes values, tables and arrays', async () => {
    const out = join(folder, 'out');
    const npy = await show('data[content=fills]', 'summary', '--out', out);
    assert.equal(npy.code, 0, npy.stderr);
    assert.deepEqual(readdirSync(out).sort(), [
      'data_content=fills.images.npy',
      'data_content=fills.json',
      'data_content=fills.labels.npy',
      'summary.csv',
      'summary.json',
    ]);
    const images = readFileSync(join(out, 'data_content=fills.images.npy'));
    assert.match(images.toString('latin1', 0, 128), /\(30, 24, 24, 3\)/);
    const tensors = await show(
      ...['data[content=fills]', '--out', out, '--format', 'safetensors'],
    );
    assert.equal(tensors.code, 0, tensors.stderr);
    assert.ok(readdirSync(out).includes('data_content=fills.safetensors'));
    const csv = readFileSync(join(out, 'summary.csv'), 'utf8').split('\n');
    assert.match(csv[0] ?? '', /content/);
    assert.match(csv[1] ?? '', /^fills,/);
  });

  await context.test(
    'what is not computed is a sentence and code 1',
    async () => {
      const ended = await show(
        ...['train', '--json', '--set', 'train.params.seed=5'],
      );
      assert.equal(ended.code, 1);
      assert.equal(ended.stdout, '');
      assert.match(
        ended.stderr,
        /"train\[content=fills\]" has not been computed/,
      );
    },
  );
});

const FIGURES = `
pipeline: 1
name: figures
axes:
  loss: { softmax: 0.4, squared-error: 0.7 }
nodes:
  r2[loss]: { kind: constant, params: { value: '\${loss}' } }
  apart:
    kind: plot
    inputs: { r2: 'r2[loss=*]' }
    params: { title: Apart, figure: { type: scatter, points: loss, x: { value: value, title: R² }, y: { value: value } } }
`;

test('a figure is a picture with its data beside it', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'figures.yaml'), FIGURES);
  const ran = await runCli(folder, ['run', 'figures.yaml']);
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(
    ran.stderr,
    /\n1 figure\. As files: npx pipeline show figures\.yaml apart --out figures\n$/,
  );
  const out = join(folder, 'figures');
  const shown = await runCli(folder, [
    ...['show', 'figures.yaml', 'apart', '--out', out],
  ]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.deepEqual(readdirSync(out).sort(), [
    ...['apart.csv', 'apart.json', 'apart.svg'],
  ]);
  assert.match(
    readFileSync(join(out, 'apart.csv'), 'utf8'),
    /^loss,R²,R² lower,.*\nsoftmax,0\.4,,,1,0\.4,,,1\n/,
  );
  assert.match(
    readFileSync(join(out, 'apart.svg'), 'utf8'),
    /^<svg [^]*squared-error[^]*<\/svg>\n$/,
  );
  const text = await runCli(folder, ['show', 'figures.yaml', 'apart']);
  assert.match(text.stdout, /^Apart\n\nloss +R²[^]*One replicate/);
});

test('the command that a run ends with names what was chosen, and programs are not told', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'two words.yaml'), FIGURES);
  const set = ['--set', 'apart.params.title=A picture'];
  const words = ['two words.yaml', ...set, '--cache', 'c'];
  const ran = await runCli(folder, ['run', ...words]);
  assert.ok(
    ran.stderr.endsWith(
      `npx pipeline show 'two words.yaml' apart --set 'apart.params.title=A picture' --cache c --out figures\n`,
    ),
    ran.stderr,
  );
  const json = await runCli(folder, ['run', ...words, '--json']);
  assert.doesNotMatch(json.stdout + json.stderr, /As files/);
  const without = await runCli(folder, [...['run', ...words, '--only', 'r2']]);
  assert.doesNotMatch(without.stderr, /As files/);
});
