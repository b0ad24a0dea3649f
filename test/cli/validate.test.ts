import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { validate } from '../../src/cli/validate.ts';
import { fakeRegistry } from '../support/fake-kinds.ts';
import { projectRoot } from '../support/project.ts';

const sample = (name: string, json: boolean) =>
  validate({
    file: join(projectRoot, 'test/samples', name, 'pipeline.yaml'),
    profiles: [],
    sets: [],
    registry: fakeRegistry(),
    json,
    color: false,
  });

const diagnosticsIn = (
  text: string,
): readonly Readonly<Record<string, unknown>>[] => {
  assert.match(text, /^\{"diagnostics":\[.*\]\}\n$/);
  return (
    JSON.parse(text) as {
      diagnostics: readonly Readonly<Record<string, unknown>>[];
    }
  ).diagnostics;
};

test('a right file says how many nodes it has, and ends with 0', () => {
  const { exitCode, stdout, stderr } = sample('families', false);
  assert.deepEqual(
    [exitCode, stdout, stderr],
    [0, 'sample: 9 nodes, no errors.\n', ''],
  );
});

test('a right file is an empty list for programs', () => {
  const { exitCode, stdout, stderr } = sample('families', true);
  assert.deepEqual([exitCode, stdout, stderr], [0, '{"diagnostics":[]}\n', '']);
});

test('warnings are shown and end with 0', () => {
  const people = sample('axis-unused', false);
  assert.equal(people.exitCode, 0);
  assert.match(people.stderr, /AXIS_UNUSED warning: /);
  const programs = sample('axis-unused', true);
  assert.equal(programs.exitCode, 0);
  assert.deepEqual(
    diagnosticsIn(programs.stdout).map(({ severity }) => severity),
    ['warning'],
  );
});

test('errors go to standard error, for programs to standard output alone, and end with 2', () => {
  const people = sample('kind-unknown', false);
  assert.deepEqual([people.exitCode, people.stdout], [2, '']);
  assert.match(people.stderr, /KIND_UNKNOWN There is no node kind "sorce"/);
  const programs = sample('kind-unknown', true);
  assert.deepEqual([programs.exitCode, programs.stderr], [2, '']);
  assert.deepEqual(Object.keys(diagnosticsIn(programs.stdout)[0] ?? {}), [
    ...['code', 'severity', 'message', 'file', 'line', 'column'],
    ...['endLine', 'endColumn', 'help'],
  ]);
});
