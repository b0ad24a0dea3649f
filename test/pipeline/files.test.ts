import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { loadPlan } from '../../src/pipeline/load-plan.ts';
import type { NodeName } from '../../src/pipeline/plan.ts';
import { fakeRegistry } from '../support/fake-kinds.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'penultimate-files-')));
after(() => {
  rmSync(root, { recursive: true, force: true });
});

const HEAD = 'pipeline: 1\nname: files\n';
let folders = 0;

/** A new folder that is a project, with files in it. */
function project(files: Readonly<Record<string, string>>): string {
  folders += 1;
  const folder = join(root, `project-${folders}`);
  for (const [path, text] of Object.entries({
    'package.json': '{}',
    ...files,
  })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const load = (file: string, sets: readonly string[] = []) =>
  loadPlan({ file, profiles: [], sets, registry: fakeRegistry() });

const problemsOf = (file: string): readonly Diagnostic[] => {
  const loaded = load(file);
  return loaded.ok ? loaded.value.warnings : loaded.error;
};

const codesOf = (file: string): readonly string[] =>
  problemsOf(file).map(({ code }) => code);

test('a file that is not there is a diagnostic at its first line, with the path as given', () => {
  const [problem, ...more] = problemsOf('no/such.yaml');
  assert.deepEqual(more, []);
  assert.equal(problem?.code, 'FILE_MISSING');
  assert.deepEqual(
    [problem.at.file.path, problem.at.start, problem.at.end],
    ['no/such.yaml', 0, 0],
  );
});

test('a folder, a device and a named pipe are no pipeline files, and none is waited for', () => {
  const folder = project({});
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
  assert.deepEqual(codesOf(folder), ['FILE_NOT_REGULAR']);
  assert.deepEqual(codesOf('/dev/zero'), ['FILE_NOT_REGULAR']);
  assert.deepEqual(codesOf(join(folder, 'pipe.yaml')), ['FILE_NOT_REGULAR']);
});

test('symbolic links in a circle can not be read', () => {
  const folder = project({});
  symlinkSync('b.yaml', join(folder, 'a.yaml'));
  symlinkSync('a.yaml', join(folder, 'b.yaml'));
  const [problem] = problemsOf(join(folder, 'a.yaml'));
  assert.equal(problem?.code, 'FILE_UNREADABLE');
  assert.match(problem.message, /lead in a circle/);
});

test('a path with a null character is an error, not a crash', () => {
  assert.deepEqual(codesOf('a\0b.yaml'), ['FILE_UNREADABLE']);
});

test('an include may not leave the project through a symbolic link', () => {
  const outside = project({ 'secret.yaml': 'axes: {}\n' });
  const folder = project({
    'a.yaml': `${HEAD}include: [link.yaml, folder/secret.yaml, inside.yaml]\n`,
    'real.yaml': 'axes: {}\n',
  });
  symlinkSync(join(outside, 'secret.yaml'), join(folder, 'link.yaml'));
  symlinkSync(outside, join(folder, 'folder'));
  symlinkSync('real.yaml', join(folder, 'inside.yaml'));
  assert.deepEqual(codesOf(join(folder, 'a.yaml')), [
    'INCLUDE_OUTSIDE',
    'INCLUDE_OUTSIDE',
  ]);
});

test('a file is the same one under every name', () => {
  const folder = project({
    'a.yaml': `${HEAD}include: [b.yaml, link.yaml]\nnodes: { d: { kind: source } }\n`,
    'b.yaml': 'axes: {}\n',
  });
  symlinkSync('b.yaml', join(folder, 'link.yaml'));
  assert.deepEqual(codesOf(join(folder, 'a.yaml')), ['INCLUDE_TWICE']);
});

test('a folder whose name starts like the project is outside', () => {
  const folder = project({ 'a.yaml': '' });
  const twin = `${folder}-twin`;
  mkdirSync(twin);
  writeFileSync(join(twin, 'b.yaml'), 'axes: {}\n');
  writeFileSync(
    join(folder, 'a.yaml'),
    `${HEAD}include: ['${join(twin, 'b.yaml')}']\n`,
  );
  assert.deepEqual(codesOf(join(folder, 'a.yaml')), ['INCLUDE_OUTSIDE']);
});

test('without a package.json the project is the folder of the file', () => {
  const folder = join(root, 'bare');
  mkdirSync(join(folder, 'inner'), { recursive: true });
  writeFileSync(join(folder, 'b.yaml'), 'axes: {}\n');
  writeFileSync(join(folder, 'inner/c.yaml'), 'axes: {}\n');
  writeFileSync(
    join(folder, 'inner/a.yaml'),
    `${HEAD}include: [../b.yaml, c.yaml]\nnodes: { d: { kind: source } }\n`,
  );
  assert.deepEqual(codesOf(join(folder, 'inner/a.yaml')), ['INCLUDE_OUTSIDE']);
});

test('a pipe is not waited for where it is included', () => {
  const folder = project({ 'a.yaml': `${HEAD}include: [pipe.yaml]\n` });
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
  assert.deepEqual(codesOf(join(folder, 'a.yaml')), ['FILE_NOT_REGULAR']);
});

test('paths in parameters are relative to the file in which they stand, on the command line to the current folder', () => {
  const folder = project({
    'pipelines/a.yaml': `${HEAD}include: [parts/b.yaml]
axes:
  where: { here: { folder: ../data }, there: { folder: /data } }
nodes:
  one[where]: { kind: source, params: { folder: x, files: [y, /z] } }
  three: { kind: source, params: { folder: x } }
  zero: { kind: source }
`,
    'pipelines/parts/b.yaml':
      'nodes:\n  two: { kind: source, params: { folder: ./x/../y } }\n',
  });
  const loaded = load(join(folder, 'pipelines/a.yaml'), [
    'three.params.folder=x',
  ]);
  assert.ok(loaded.ok);
  const { nodes } = loaded.value.plan;
  const paramsOf = (name: string) => nodes.get(name as NodeName)?.params;
  assert.deepEqual(paramsOf('one[where=here]'), {
    folder: join(folder, 'pipelines/x'),
    files: [join(folder, 'pipelines/y'), '/z'],
    size: 100,
  });
  assert.equal(paramsOf('two')?.['folder'], join(folder, 'pipelines/parts/y'));
  assert.equal(paramsOf('three')?.['folder'], join(process.cwd(), 'x'));
  assert.deepEqual(paramsOf('zero'), { size: 100, files: [] });
});

test('a path that an axis brings is relative to the file of the axis', () => {
  const folder = project({
    'a.yaml': `${HEAD}include: [parts/b.yaml]
nodes:
  one[where]: { kind: source, params: { folder: '\${where}' } }
`,
    'parts/b.yaml': 'axes: { where: { here: sub } }\n',
  });
  const loaded = load(join(folder, 'a.yaml'));
  assert.ok(loaded.ok);
  const [node] = loaded.value.plan.nodes.values();
  assert.equal(node?.params?.['folder'], join(folder, 'parts/sub'));
});
