import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const HEAD = `pipeline: 1
name: wrong
axes: { seed: [0, 1] }
nodes:
  source:
    kind: dataset
    params: { source: { type: shapes, content: factors, label: hue } }
`;
const TRAIN = `  train[seed]:
    kind: train
    inputs: { data: source }
    params: { loss: { type: softmax }, seed: '\${seed}' }
`;

interface Wrong {
  readonly what: string;
  readonly text: string;
  readonly code: string;
  readonly line: number;
  readonly column: number;
  /** What a reader has to find in the message or its help. */
  readonly says: RegExp;
}

const WRONG: readonly Wrong[] = [
  {
    what: 'an unknown kind',
    text: `${HEAD}  a:\n    kind: trian\n    inputs: { data: source }\n`,
    ...{ code: 'KIND_UNKNOWN', line: 9, column: 11 },
    says: /"trian"[\s\S]*"train"/,
  },
  {
    what: 'a misspelt parameter',
    text: `${HEAD}${TRAIN.replace('params: {', 'params: { epoch: 3,')}`,
    ...{ code: 'PARAM_UNKNOWN', line: 11, column: 15 },
    says: /"epoch"[\s\S]*"epochs"/,
  },
  {
    what: 'a word where a number is meant',
    text: `${HEAD}${TRAIN.replace('params: {', 'params: { rate: fast,')}`,
    ...{ code: 'PARAM_INVALID', line: 11, column: 21 },
    says: /"rate"[\s\S]*number[\s\S]*"fast"/,
  },
  {
    what: 'a missing input',
    text: `${HEAD}  train:\n    kind: train\n    params: { loss: { type: softmax } }\n`,
    ...{ code: 'INPUT_MISSING', line: 8, column: 3 },
    says: /"data"/,
  },
  {
    what: 'a cycle',
    text: `pipeline: 1\nname: wrong\nnodes:\n  a: { kind: table, inputs: { x: b } }\n  b: { kind: table, inputs: { x: a } }\n`,
    ...{ code: 'CYCLE', line: 4, column: 34 },
    says: /"a"[\s\S]*"b"/,
  },
  {
    what: 'an unknown axis value',
    text: `${HEAD}${TRAIN}  f:\n    kind: extract\n    inputs: { model: 'train[seed=2]', data: source }\n`,
    ...{ code: 'AXIS_VALUE_UNKNOWN', line: 14, column: 34 },
    says: /"2"/,
  },
  {
    what: 'a key that stands twice',
    text: `${HEAD}  source:\n    kind: dataset\n`,
    ...{ code: 'YAML_DUPLICATE_KEY', line: 8, column: 3 },
    says: /"source"/,
  },
  {
    what: 'tab indentation',
    text: 'pipeline: 1\nname: wrong\nnodes:\n\tsource:\n\t\tkind: dataset\n',
    ...{ code: 'YAML_TAB', line: 4, column: 1 },
    says: /tab/i,
  },
  {
    what: 'an empty file',
    text: '',
    ...{ code: 'FILE_EMPTY', line: 1, column: 1 },
    says: /empty/,
  },
  {
    what: 'ten megabytes of aliases',
    text: `a: &a [x]\nb: [${'*a, '.repeat(2_500_000)}]\n`,
    ...{ code: 'FILE_TOO_LARGE', line: 1, column: 1 },
    says: /1 MiB/,
  },
];

for (const { what, text, code, line, column, says } of WRONG) {
  test(`${what} is answered with its place, and nothing is changed`, async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'wrong.yaml'), text);
    for (const command of ['run', 'plan', 'validate']) {
      const people = await runCli(folder, [command, 'wrong.yaml']);
      assert.equal(people.code, 2, people.stderr);
      const shown = people.stderr + people.stdout;
      assert.match(shown, says);
      assert.ok(
        shown.includes(`wrong.yaml:${line}:${column} ${code}`),
        `${command} says: ${shown}`,
      );
      assert.doesNotMatch(shown, /\n\s+at .*\(/);

      const programs = await runCli(folder, [command, 'wrong.yaml', '--json']);
      assert.equal(programs.code, 2);
      const { diagnostics } = JSON.parse(programs.stdout) as {
        diagnostics: readonly Readonly<Record<string, unknown>>[];
      };
      const found = diagnostics.find((one) => one['code'] === code);
      assert.deepEqual(
        { ...found, message: '', help: '', endLine: 0, endColumn: 0 },
        {
          ...{ code, severity: 'error', message: '', file: 'wrong.yaml' },
          ...{ line, column, endLine: 0, endColumn: 0, help: '' },
        },
      );
    }
    assert.deepEqual(readdirSync(folder), ['wrong.yaml']);
  });
}

test('mistakes on the command line have the same form', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'right.yaml'), HEAD + TRAIN);
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [['run', 'right.yaml', '--profil', 'x'], /--profile/],
    [['run'], /file/],
    [['rnu', 'right.yaml'], /run/],
    [['run', 'right.yaml', '--jobs', '0'], /whole number/],
    [['run', 'right.yaml', '--profile', 'quik'], /"quik"/],
    [['run', 'right.yaml', '--set', 'train.params.epoch=3'], /"epochs"/],
    [['run', 'right.yaml', '--only', 'trian'], /"train"/],
    [['run', 'missing.yaml'], /missing\.yaml/],
    [['show', 'right.yaml', 'train[seed=7]'], /"7"/],
    [['kinds', 'trian'], /"train"/],
    [['run', 'right.yaml', 'extra'], /\n {2}extra\n {2}~{5}\n/],
  ];
  for (const [words, says] of cases) {
    const people = await runCli(folder, words);
    assert.equal(people.code, 2, `${words.join(' ')}: ${people.stderr}`);
    assert.match(people.stderr, says);
    assert.equal(people.stdout, '');
    const programs = await runCli(folder, [...words, '--json']);
    assert.equal(programs.code, 2);
    const { diagnostics } = JSON.parse(programs.stdout) as {
      diagnostics: readonly unknown[];
    };
    assert.ok(diagnostics.length > 0);
  }
  assert.equal(existsSync(join(folder, 'cache')), false);
});

test('a cache that can not be opened is told to people and to programs', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'right.yaml'), HEAD + TRAIN);
  mkdirSync(join(folder, 'cache'));
  writeFileSync(join(folder, 'cache', 'data.mdb'), 'no database at all');
  const { code, stdout, stderr } = await runCli(folder, [
    ...['plan', 'right.yaml', '--cache', 'cache', '--json'],
  ]);
  assert.equal(code, 2);
  const { error } = JSON.parse(stdout) as { error: { message: string } };
  assert.match(error.message, /^The cache in ".*" /);
  assert.equal(stderr, `${error.message}\n`);
});

test('commands that only look create no cache folder', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'right.yaml'), HEAD + TRAIN);
  const plan = await runCli(folder, ['plan', 'right.yaml', '--json']);
  assert.equal(plan.code, 0, plan.stderr);
  const { nodes } = JSON.parse(plan.stdout) as {
    nodes: readonly Readonly<Record<string, unknown>>[];
  };
  assert.deepEqual(
    nodes.map(({ node, kind, state, seconds }) => [node, kind, state, seconds]),
    [
      ['source', 'dataset', 'run', null],
      ['train[seed=0]', 'train', 'run', null],
      ['train[seed=1]', 'train', 'run', null],
    ],
  );
  const valid = await runCli(folder, ['validate', 'right.yaml', '--json']);
  assert.equal(valid.code, 0);
  assert.deepEqual(JSON.parse(valid.stdout), { diagnostics: [] });
  const show = await runCli(folder, ['show', 'right.yaml', 'source']);
  assert.equal(show.code, 1);
  assert.match(show.stderr, /"source" has not been computed yet/);
  assert.deepEqual(readdirSync(folder), ['right.yaml']);
});
