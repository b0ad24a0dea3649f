import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from '../support/project.ts';

const folder = mkdtempSync(join(tmpdir(), 'lint-'));
const file = join(folder, 'pipeline.yaml');
const write = (allow: string): void => {
  writeFileSync(
    file,
    `pipeline: 1
name: deep
nodes:
  data: { kind: dataset, params: { source: { type: digits } } }
  train:
    kind: train
    inputs: { data: data }
    params: { loss: { type: softmax }, model: { type: resnet, stem: { pool: true } } }
${allow}`,
  );
};
const main = join(projectRoot, 'dist/src/cli/main.js');
const pipeline = (...args: readonly string[]) =>
  spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });

test('findings are told to people with the way out, and end with 0, or with 1 under --strict', () => {
  write('');
  const { status, stdout, stderr } = pipeline('lint', file);
  assert.deepEqual([status, stdout], [0, 'deep: 2 nodes, 1 finding.\n']);
  assert.match(stderr, /pipeline\.yaml:8:\d+ LINT_LARGE_IMAGE_STEM warning: /);
  assert.match(stderr, /allow: \{ large-image-stem: why \}/);
  assert.equal(pipeline('lint', file, '--strict').status, 1);
  // It runs nothing and writes nothing.
  assert.deepEqual(readdirSync(folder), ['pipeline.yaml']);
});

test('findings are diagnostics for programs', () => {
  write('');
  const { status, stdout, stderr } = pipeline('lint', file, '--json');
  assert.deepEqual([status, stderr], [0, '']);
  const { diagnostics } = JSON.parse(stdout) as {
    readonly diagnostics: readonly Readonly<Record<string, unknown>>[];
  };
  assert.deepEqual(
    diagnostics.map(({ code, severity, line }) => [code, severity, line]),
    [['LINT_LARGE_IMAGE_STEM', 'warning', 8]],
  );
});

test('validate counts the findings in one line and is no stricter for them', () => {
  write('');
  const { status, stdout, stderr } = pipeline('validate', file);
  assert.deepEqual(
    [status, stdout, stderr],
    [
      0,
      `deep: 2 nodes, no errors.\n1 lint finding: pipeline lint ${file}\n`,
      '',
    ],
  );
  assert.equal(
    pipeline('validate', file, '--json').stdout,
    '{"diagnostics":[]}\n',
  );
});

test('an exception with its reason leaves nothing to say', () => {
  write('    allow: { large-image-stem: as published }\n');
  const { status, stdout, stderr } = pipeline('lint', file, '--strict');
  assert.deepEqual(
    [status, stdout, stderr],
    [0, 'deep: 2 nodes, nothing to find fault with.\n', ''],
  );
});

test('a reason that is no text, and a file that is wrong, end with 2', () => {
  write('    allow: { large-image-stem: 3 }\n');
  const wrong = pipeline('lint', file, '--json');
  assert.equal(wrong.status, 2);
  assert.match(wrong.stdout, /"code":"SHAPE_INVALID"/);
});
