import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from './support/project.ts';

/** Folder of `src/` -> folders it may import; itself always. `cli` may import everything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  util: [],
  native: ['util'],
  tensor: ['native', 'util'],
  graph: ['util'],
  fingerprint: ['util'],
  diagnostics: ['util'],
  cache: ['fingerprint', 'util'],
  scheduler: ['graph', 'util'],
  ops: ['tensor', 'util'],
  model: ['ops', 'tensor', 'util'],
  data: ['ops', 'tensor', 'util'],
  artifact: ['cache', 'fingerprint', 'tensor', 'util'],
  draw: ['util'],
  kind: ['artifact', 'tensor', 'util'],
  nodes: [
    ...['kind', 'artifact', 'model', 'data', 'draw', 'ops', 'tensor', 'util'],
  ],
  claims: ['kind', 'artifact', 'ops', 'diagnostics', 'util'],
  pipeline: ['claims', 'kind', 'artifact', 'graph', 'diagnostics', 'util'],
  lint: ['pipeline', 'kind', 'diagnostics', 'util'],
  executor: ['scheduler', 'worker', 'util'],
  worker: [
    'nodes',
    'kind',
    'artifact',
    'cache',
    'fingerprint',
    'tensor',
    'util',
  ],
  engine: [
    ...['pipeline', 'claims', 'kind', 'artifact', 'scheduler', 'executor'],
    'worker',
    ...['cache', 'fingerprint', 'diagnostics', 'tensor', 'util'],
  ],
  terminal: [
    ...['engine', 'pipeline', 'claims', 'kind', 'artifact', 'diagnostics'],
    'util',
  ],
};

/** Third-party package -> the only files or folders of `src/` that may import it. */
const FENCED: Readonly<Record<string, readonly string[]>> = {
  '@tensorflow/': ['tensor/'],
  lmdb: ['cache/lmdb-', 'cache/repair-database.ts'],
  yaml: ['pipeline/source.ts'],
  ajv: ['pipeline/check-params.ts'],
  typebox: ['util/type.ts', 'nodes/model-artifact.ts'],
  commander: ['cli/'],
  'log-update': ['terminal/'],
  webgpu: ['tensor/webgpu/dawn.ts'],
  vega: ['draw/draw-figure.ts'],
  'vega-lite': ['draw/draw-figure.ts'],
  picocolors: ['terminal/', 'cli/', 'diagnostics/print.ts'],
};

interface Import {
  readonly from: string;
  readonly specifier: string;
}

const srcFolder = join(projectRoot, 'src');
const files = (readdirSync(srcFolder, { recursive: true }) as string[])
  .filter((file) => file.endsWith('.ts') && !file.includes('assembly'))
  .map((file) => file.replaceAll('\\', '/'))
  .sort();
const imports: readonly Import[] = files.flatMap((from) =>
  [
    ...readFileSync(join(srcFolder, from), 'utf8').matchAll(
      /(?:from|import\()\s*'([^']+)'/g,
    ),
  ].map((match) => ({ from, specifier: match[1] ?? '' })),
);

/** Path inside `src/` that a relative import means. */
const resolved = ({ from, specifier }: Import): string =>
  posix.normalize(posix.join(posix.dirname(from), specifier));
const folderOf = (file: string): string => file.split('/')[0] ?? '';
const isRelative = ({ specifier }: Import): boolean =>
  specifier.startsWith('.');

test('every folder of src is in the table', () => {
  const folders = new Set(
    files.filter((file) => file.includes('/')).map(folderOf),
  );
  folders.delete('cli');
  assert.deepEqual(
    [...folders].filter((folder) => !(folder in MAY_IMPORT)),
    [],
  );
});

test('folders of src import downwards only', () => {
  const violations = imports.filter(isRelative).flatMap((one) => {
    const [source, target] = [folderOf(one.from), folderOf(resolved(one))];
    const allowed =
      source === 'cli' ||
      source === target ||
      MAY_IMPORT[source]?.includes(target);
    return allowed === true ? [] : [`${one.from} -> ${resolved(one)}`];
  });
  assert.deepEqual(violations, []);
});

test('no file imports itself through others, types included', () => {
  const edges = new Map<string, string[]>();
  for (const one of imports.filter(isRelative)) {
    edges.set(one.from, [...(edges.get(one.from) ?? []), resolved(one)]);
  }
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '));
      return;
    }
    if (finished.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    finished.add(file);
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(cycles, []);
});

test('relative imports end in .ts and lead to a file', () => {
  const broken = imports
    .filter(isRelative)
    .filter((one) => !files.includes(resolved(one)))
    .map((one) => `${one.from} -> ${one.specifier}`);
  assert.deepEqual(broken, []);
});

test('third-party packages stay behind their fences', () => {
  const violations = imports.flatMap((one) =>
    Object.entries(FENCED).flatMap(([name, rooms]) => {
      const meant = name.endsWith('/')
        ? one.specifier.startsWith(name)
        : one.specifier === name || one.specifier.startsWith(`${name}/`);
      return meant && !rooms.some((room) => one.from.startsWith(room))
        ? [`${one.from} imports ${one.specifier}`]
        : [];
    }),
  );
  assert.deepEqual(violations, []);
});

test('the map of src names every folder', () => {
  const map = readFileSync(join(srcFolder, 'README.md'), 'utf8');
  const folders = new Set(files.map((file) => dirname(file)).map(folderOf));
  folders.delete('.');
  assert.deepEqual(
    [...folders].filter((folder) => !map.includes(`\`${folder}/\``)),
    [],
    relative(projectRoot, srcFolder),
  );
});
