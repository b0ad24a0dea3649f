import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findFmaProblem } from '../../src/tensor/wasm/kernels/load-fma-kernels.ts';
import { runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const TRAINING = (epochs: number): string => `
pipeline: 1
name: fused
nodes:
  source:
    kind: dataset
    params: { source: { type: shapes, content: factors, label: fill, images: { train: 64, tune: 32, test: 32 } } }
  train:
    kind: train
    inputs: { data: source }
    params:
      loss: { type: softmax }
      model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] }
      batch: 16
      schedule: { type: constant }
      epochs: ${epochs}
`;

test('--fma is recorded, and does not go on from what was trained without it', async (context) => {
  const folder = temporaryFolder(context);
  const file = join(folder, 'fused.yaml');
  /** One epoch plainly and then two, with the words; answers with the second run and what is said of its training. */
  const runTwice = async (name: string, words: readonly string[]) => {
    const cache = ['--cache', join(folder, name)];
    writeFileSync(file, TRAINING(1));
    const first = await runCli(folder, ['run', file, ...cache]);
    assert.equal(first.code, 0, first.stderr);
    writeFileSync(file, TRAINING(2));
    const run = await runCli(folder, ['run', file, ...words, ...cache]);
    const { stdout } = await runCli(folder, [
      'explain',
      file,
      'train',
      ...cache,
    ]);
    return { run, explained: stdout };
  };
  const fused = await runTwice('fused', ['--fma']);
  const problem = findFmaProblem();
  if (problem !== undefined) {
    assert.equal(fused.run.code, 2);
    assert.ok(fused.run.stderr.includes(problem));
    return;
  }
  assert.equal(fused.run.code, 0, fused.run.stderr);
  assert.match(fused.explained, /wasm.*kernels simd-fma/);
  assert.match(fused.run.stderr, /fused · wasm with FMA · /);
  assert.doesNotMatch(fused.run.stderr, /goes on from/);
  const plain = await runTwice('plain', []);
  assert.match(plain.explained, /wasm.*kernels simd\b(?!-)/);
  assert.match(plain.run.stderr, /fused · wasm · /);
  assert.match(plain.run.stderr, /goes on from/);
});

test('--fma with another backend than wasm is a mistake on the command line', async (context) => {
  const folder = temporaryFolder(context);
  const file = join(folder, 'fused.yaml');
  writeFileSync(file, TRAINING(1));
  for (const name of ['tensorflow', 'auto']) {
    const ended = await runCli(folder, [
      ...['run', file, '--fma', '--backend', name],
    ]);
    assert.equal(ended.code, 2);
    assert.match(
      ended.stderr,
      new RegExp(`is an option of the backend "wasm", not of "${name}"`),
    );
  }
});
