import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '../../src/pipeline/limits.ts';
import { loadPlan } from '../../src/pipeline/load-plan.ts';
import { freshBudget, parseYaml } from '../../src/pipeline/source.ts';
import { fakeRegistry } from '../support/fake-kinds.ts';

const folder = mkdtempSync(join(tmpdir(), 'penultimate-limits-'));
after(() => {
  rmSync(folder, { recursive: true, force: true });
});

const HEAD = 'pipeline: 1\nname: limits\n';
const MEBIBYTE = 1024 * 1024;

const list = <T>(length: number, make: (place: number) => T): readonly T[] =>
  Array.from({ length }, (_, place) => make(place));

/** Repeats a text until it has about as many bytes. */
const fill = (text: string, bytes = MEBIBYTE - 1000): string =>
  text.repeat(Math.floor(bytes / Buffer.byteLength(text)));

function load(text: string) {
  const file = join(folder, 'a.yaml');
  writeFileSync(file, text);
  return loadPlan({ file, profiles: [], sets: [], registry: fakeRegistry() });
}

/** Codes of what is wrong with a file, each once. */
function codesOf(text: string): readonly string[] {
  const loaded = load(text);
  const found = loaded.ok ? loaded.value.warnings : loaded.error;
  return [...new Set(found.map(({ code }) => code))];
}

const parsed = (text: string) =>
  parseYaml({ path: 'a.yaml', text }, freshBudget());
const parseCodes = (text: string): readonly string[] =>
  parsed(text).problems.map(({ code }) => code);

test('a file of ten megabytes of aliases is too large before anything is read of it', () => {
  const text = `${HEAD}a: &a [1]\n${fill('b: *a\n', 10 * MEBIBYTE)}`;
  assert.deepEqual(codesOf(text), ['FILE_TOO_LARGE']);
});

test('a mebibyte is read, and a byte more is not', () => {
  const nodes = 'nodes: { data: { kind: source } }\n';
  const rest = MEBIBYTE - HEAD.length - nodes.length - 2;
  const text = `${HEAD}${nodes}#${'x'.repeat(rest)}\n`;
  assert.equal(text.length, MEBIBYTE);
  assert.deepEqual(codesOf(text), []);
  assert.deepEqual(codesOf(`${text}\n`), ['FILE_TOO_LARGE']);
});

test('ten thousand keys in a mapping are read, and one more is not', () => {
  const keys = (count: number): string =>
    list(count, (place) => `k${place}: 1\n`).join('');
  assert.deepEqual(parseCodes(keys(LIMITS.keys)), []);
  assert.deepEqual(parseCodes(keys(LIMITS.keys + 1)), ['YAML_TOO_MANY_KEYS']);
  const flow = (count: number): string =>
    `{${list(count, (place) => `k${place}: 1`).join(', ')}}`;
  assert.deepEqual(parseCodes(flow(LIMITS.keys)), []);
  assert.deepEqual(parseCodes(flow(LIMITS.keys + 1)), ['YAML_TOO_MANY_KEYS']);
});

test('keys are counted by mapping, not by file', () => {
  const inner = list(6000, (place) => `  k${place}: 1\n`).join('');
  assert.deepEqual(parseCodes(`a:\n${inner}b:\n${inner}c:\n${inner}`), []);
});

test('fifty thousand keys are answered before a document is built', () => {
  const keys = list(50_000, (place) => `    k${place}: 1`).join('\n');
  assert.deepEqual(codesOf(`${HEAD}axes:\n  a:\n${keys}\n`), [
    'YAML_TOO_MANY_KEYS',
  ]);
});

test('a hundred thousand entries in a list are read, and one more is not, in both styles', () => {
  const block = (count: number): string => '- 1\n'.repeat(count);
  const flow = (count: number): string => `[${'1,'.repeat(count)}]`;
  for (const style of [block, flow]) {
    assert.deepEqual(parseCodes(style(LIMITS.entries)), []);
    assert.deepEqual(parseCodes(style(LIMITS.entries + 1)), [
      'YAML_TOO_MANY_ENTRIES',
    ]);
  }
});

/** A text of nested collections: block styles outside, brackets inside, since the other way round is no YAML. */
function nested(
  blocks: readonly ('list' | 'mapping')[],
  brackets: number,
): string {
  let text = '';
  let indent = 0;
  for (const style of blocks) {
    if (text.endsWith('\n')) text += ' '.repeat(indent);
    text += style === 'list' ? '- ' : 'k:\n';
    indent += style === 'list' ? 2 : 1;
  }
  if (text.endsWith('\n')) text += ' '.repeat(indent);
  const opened = list(brackets, (place) => (place % 2 === 0 ? '[' : '{a: '));
  const closed = list(brackets, (place) => (place % 2 === 0 ? ']' : '}'));
  return `${text}${opened.join('')}${brackets === 0 ? '1' : ''}${[...closed].reverse().join('')}`;
}

test('collections are read to 64 levels, whatever the mixture of styles, and no deeper', () => {
  const styles = fc.array(
    fc.constantFrom('list' as const, 'mapping' as const),
    {
      maxLength: 70,
    },
  );
  fc.assert(
    fc.property(styles, fc.integer({ min: 60, max: 69 }), (outer, levels) => {
      const blocks = outer.slice(0, levels);
      const text = nested(blocks, levels - blocks.length);
      const expected = levels > LIMITS.levels ? ['YAML_TOO_DEEP'] : [];
      assert.deepEqual(parseCodes(text), expected, text);
    }),
  );
});

test('deep nesting is answered, in every style, at any length', () => {
  const deep = ['[', '{a: ', '[{a: ', '- ', '? ', 'a: [', '- - ', ': '];
  for (const unit of deep) {
    assert.deepEqual(parseCodes(fill(unit)).at(-1), 'YAML_TOO_DEEP', unit);
  }
  const stairs = list(1000, (place) => `${' '.repeat(place)}a:\n`).join('');
  assert.deepEqual(parseCodes(stairs), ['YAML_TOO_DEEP']);
});

test('brackets in quotes and comments are not nesting', () => {
  const text = `a: "${fill('[{', 100_000)}"\nb: '${fill('- [', 100_000)}' # ${fill('[', 1000)}\nc: |\n  ${fill('[', 1000)}\n`;
  assert.deepEqual(parseCodes(text), []);
});

test('a line of a mebibyte is a value like any other', () => {
  assert.deepEqual(codesOf(`${HEAD}description: ${fill('x')}\n`), ['NO_NODES']);
  assert.deepEqual(codesOf(`${HEAD}description: "${fill('ab ')}"\n`), [
    'NO_NODES',
  ]);
});

test('a million tokens are read, over all files, and no more', () => {
  const text = `[\n${fill('[[],[],[],[],[],[],[],[]],\n')}]`;
  assert.deepEqual(parseCodes(text).slice(-1), ['YAML_TOO_MANY_TOKENS']);
  for (let place = 0; place < 12; place++) {
    const values = list(30_000, (one) => one).join();
    writeFileSync(
      join(folder, `part-${place}.yaml`),
      `axes: { a${place}: [${values}] }\n`,
    );
  }
  const includes = list(12, (place) => `part-${place}.yaml`).join(', ');
  const codes = codesOf(`${HEAD}include: [${includes}]\nnodes: {}\n`);
  assert.ok(codes.includes('YAML_TOO_MANY_TOKENS'));
});

test('a pipeline is read to four mebibytes over all files', () => {
  for (let place = 0; place < 6; place++) {
    writeFileSync(
      join(folder, `part-${place}.yaml`),
      `description: |\n${fill('  some words\n')}`,
    );
  }
  const include = (count: number): string =>
    `${HEAD}include: [${list(count, (place) => `part-${place}.yaml`).join(', ')}]\nnodes: { data: { kind: source } }\n`;
  assert.deepEqual(codesOf(include(4)), []);
  assert.deepEqual(codesOf(include(6)), ['FILES_TOO_LARGE']);
});

test('256 files are included, and no more', () => {
  for (let place = 0; place < 257; place++) {
    writeFileSync(join(folder, `part-${place}.yaml`), 'axes: {}\n');
  }
  const include = (count: number): string =>
    `${HEAD}include: [${list(count, (place) => `part-${place}.yaml`).join(', ')}]\nnodes: { data: { kind: source } }\n`;
  assert.deepEqual(codesOf(include(LIMITS.includedFiles)), []);
  assert.deepEqual(codesOf(include(LIMITS.includedFiles + 1)), [
    'INCLUDE_TOO_MANY',
  ]);
});

test('200,000 nodes are planned, and one more is not', () => {
  const axes = (count: number): string =>
    `${HEAD}axes: { a: [${list(400, (place) => place).join()}], b: [${list(count, (place) => place).join()}] }\nnodes:\n  data[a, b]: { kind: source }\n`;
  const loaded = load(axes(500));
  assert.ok(loaded.ok);
  assert.equal(loaded.value.plan.nodes.size, LIMITS.nodes);
  assert.deepEqual(codesOf(`${axes(500)}  one: { kind: source }\n`), [
    'PLAN_TOO_LARGE',
  ]);
});

test('members that are left out are not counted', () => {
  const text = `${HEAD}axes: { a: [${list(1000, (place) => place).join()}], b: [0, 1], c: [${list(200, (place) => place).join()}] }
nodes:
  data[a, b, c]: { kind: source, exclude: [{ b: 1 }] }
`;
  const loaded = load(text);
  assert.ok(loaded.ok);
  assert.equal(loaded.value.plan.nodes.size, 200_000);
});

test('plans that would be too large in another way are refused before they are made', () => {
  const wide = `axes: { a: [${list(2000, (place) => place + 1).join()}] }\n`;
  const collects = `${HEAD}${wide}nodes:
  data: { kind: source }
  one[a]: { kind: train, inputs: { data: data }, params: { epochs: 1 } }
  two[a]: { kind: table, inputs: { rows: 'one[a=*]' } }
`;
  const parameters = `${HEAD}${wide}nodes:
  data: { kind: source }
  m: { kind: train, inputs: { data: data }, params: { epochs: 1 } }
  two[a]:
    kind: table
    inputs: { rows: m }
    params: { notes: { ${list(9000, (place) => `k${place}: '\${a}'`).join(', ')} } }
`;
  const long = (digit: number): string =>
    list(55, (place) => `${'v'.repeat(95)}${digit}${place}`).join(', ');
  const names = `${HEAD}axes: { a: [${long(1)}], b: [${long(2)}], c: [${long(3)}] }\nnodes:\n  ${'x'.repeat(90)}[a, b, c]: { kind: source }\n`;
  const combinations = `${HEAD}axes: { ${list(10, (place) => `a${place}: [0, 1, 2, 3, 4]`).join(', ')} }
nodes:
  data[${list(10, (place) => `a${place}`).join(', ')}]: { kind: source, exclude: [{ a0: 0 }] }
`;
  for (const text of [collects, parameters, names, combinations]) {
    assert.deepEqual(codesOf(text), ['PLAN_TOO_LARGE'], text.slice(0, 200));
  }
});

test('a family binds 32 axes at most', () => {
  const axes = (count: number): string =>
    `${HEAD}axes: { ${list(count, (place) => `a${place}: [0]`).join(', ')} }\nnodes:\n  data[${list(count, (place) => `a${place}`).join(', ')}]: { kind: source }\n`;
  assert.deepEqual(codesOf(axes(32)), []);
  assert.deepEqual(codesOf(axes(33)), ['NAME_INVALID']);
});

test('tens of thousands of mistakes are answered at once', () => {
  const values = list(40_000, (place) => `v${place}`).join();
  const references = list(40_000, (place) => `'s[a=w${place}]'`).join();
  const text = `${HEAD}axes: { a: [${values}] }\nnodes:\n  s[a]: { kind: source }\n  t: { kind: table, inputs: { x: [${references}] } }\n`;
  const loaded = load(text);
  assert.ok(!loaded.ok);
  assert.equal(loaded.error.length, 101);
  assert.equal(
    loaded.error.at(-1)?.message,
    'There are 39,900 more problems, not listed.',
  );
});
