import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import {
  noGpuEnvironment,
  softwareGpuEnvironment,
  withSoftwareGpu,
} from '../support/software-gpu.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PIPELINE = `
pipeline: 1
name: shaders
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
      epochs: 1
  pooled:
    kind: extract
    inputs: { model: train, data: source }
    params: { layers: [pool] }
`;

await withSoftwareGpu('--backend webgpu', () => {
  test('--backend webgpu trains and extracts; the record says on which device, and a software device is said to be one', async (context) => {
    const folder = temporaryFolder(context);
    const file = join(folder, 'shaders.yaml');
    writeFileSync(file, PIPELINE);
    const run = await runCli(
      folder,
      ['run', file, '--backend', 'webgpu', '--jobs', '1'],
      softwareGpuEnvironment,
    );
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /the processor stands in for a GPU/);
    const { stdout } = await runCli(folder, ['explain', file, 'train']);
    assert.match(stdout, /webgpu.*device software.*driver SwiftShader/);
  });

  test('without a GPU a node that needs one says what to install', async (context) => {
    const folder = temporaryFolder(context);
    const file = join(folder, 'shaders.yaml');
    writeFileSync(file, PIPELINE);
    const run = await runCli(
      folder,
      ['run', file, '--backend', 'webgpu', '--jobs', '1'],
      noGpuEnvironment,
    );
    assert.equal(run.code, 1);
    assert.match(run.stderr, /WebGPU finds no GPU on this machine/);
  });
});
