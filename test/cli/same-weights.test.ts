import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PIPELINE = `
pipeline: 1
name: same-weights
axes:
  seed: [0, 1, 2, 3]
nodes:
  source:
    kind: dataset
    params:
      source: { type: shapes, content: held-out-fills, label: fill, seed: 1, images: { train: 96, tune: 32, test: 32 } }
  train[seed]:
    kind: train
    inputs: { data: source }
    params:
      loss: { type: softmax }
      seed: '\${seed}'
      model: { type: resnet, stem: { width: 16, stride: 2 }, widths: [16, 24], strides: [1, 6], blocks: [1, 1] }
      epochs: 4
      batch: 16
      augmentation: { shift: 1, flip: true }
`;

/**
 * SHA-256 of the trained weights, the same on every machine and every Node: plain WebAssembly rounds in one way only. A kind
 * that computes something else has another `version`, and another digest here.
 */
const DIGEST =
  '83071e2d80c9be8f99577b1078e556ce7b48fc661015776c6c38a3d53d6c62e5';

test('a training on wasm gives the same weights alone, beside three others, and on every machine', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'file.yaml'), PIPELINE);
  /** Trains, at most `jobs` at a time, and hashes the weights of the first seed. */
  const digestOf = async (
    cache: string,
    jobs: number,
    nodes: readonly string[],
  ): Promise<string> => {
    const words = ['file.yaml', '--cache', join(folder, cache)];
    const run = await runCli(folder, [
      ...['run', ...words, '--backend', 'wasm', '--jobs', String(jobs)],
      ...['--only', ...nodes],
    ]);
    assert.equal(run.code, 0, run.stderr);
    const out = join(folder, `${cache}-weights`);
    const show = await runCli(folder, [
      ...['show', ...words, 'train[seed=0]', '--out', out],
      ...['--format', 'safetensors'],
    ]);
    assert.equal(show.code, 0, show.stderr);
    const [file, ...more] = readdirSync(out, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.safetensors'));
    assert.ok(file !== undefined && more.length === 0);
    return createHash('sha256')
      .update(readFileSync(join(out, file)))
      .digest('hex');
  };
  const alone = await digestOf('alone', 1, ['train[seed=0]']);
  const beside = await digestOf('beside', 4, ['train']);
  assert.equal(beside, alone);
  assert.equal(alone, DIGEST);
});
