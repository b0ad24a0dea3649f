import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/cache/open-store.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import {
  encodeRecord,
  readRecord,
  type NodeRecord,
} from '../../src/worker/record.ts';
import { runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Networks that are never trained: three families of two, and a table. */
const PIPELINE = `
pipeline: 1
name: answers
axes:
  seed: [0, 1]
nodes:
  source:
    kind: dataset
    params: { source: { type: shapes, content: held-out-fills, label: fill, images: { train: 32, tune: 16, test: 16 } } }
  train[seed]:
    kind: train
    inputs: { data: source }
    params: { loss: { type: untrained }, seed: '\${seed}', model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] } }
  features[seed]:
    kind: extract
    inputs: { model: 'train[seed]', data: source }
  probe[seed]:
    kind: probe
    inputs: { features: 'features[seed]' }
    params: { penalties: [0.01, 0.1] }
  summary:
    kind: table
    inputs: { probe: 'probe[seed=*]' }
    params: { rows: seed, columns: [{ title: accuracy, value: accuracy }] }
`;
const CHANGED = PIPELINE.replace('[0.01, 0.1]', '[0.01, 0.3]');
const RENAMED = PIPELINE.replaceAll('features[', 'f[');

type Json = Readonly<Record<string, unknown>>;

const nodesOf = (stdout: string): readonly Json[] =>
  (JSON.parse(stdout) as { readonly nodes: readonly Json[] }).nodes;

const FILES = {
  'first.yaml': PIPELINE,
  'changed.yaml': CHANGED,
  'renamed.yaml': RENAMED,
};

/** Puts the record of a node's run into the cache anew, as if something else had been said in it. */
async function rewriteRecord(
  folder: string,
  node: string,
  said: Partial<NodeRecord>,
): Promise<void> {
  const explained = await runCli(folder, [
    ...['explain', 'first.yaml', node, '--json'],
  ]);
  const key = nodesOf(explained.stdout)[0]?.['key'] as Digest;
  await using store = await openStore({
    folder: join(folder, 'cache'),
    readOnly: false,
  });
  const record = readRecord(store, key);
  assert.ok(record.state === 'present');
  const { content } = record.value;
  const manifest = store.read('manifests', content);
  assert.ok(manifest.state === 'present');
  await store.put({
    key,
    record: encodeRecord({ ...record.value, ...said }),
    content,
    manifest: manifest.value,
    chunks: [],
    pointers: new Map(),
  });
}

test('explain, log and diff answer without a cache, and make none', async (context) => {
  const folder = temporaryFolder(context);
  for (const [name, text] of Object.entries(FILES)) {
    writeFileSync(join(folder, name), text);
  }
  const explain = await runCli(folder, ['explain', 'first.yaml', 'train']);
  assert.equal(explain.code, 0, explain.stderr);
  assert.match(
    explain.stdout,
    /train\[seed=0\]: would run\n {2}why +never run[\s\S]*waits for\n {4}source\n[\s\S]*train\[seed=1\]: would run/,
  );

  const log = await runCli(folder, ['log', 'first.yaml', 'source']);
  assert.equal(log.code, 1);
  assert.equal(log.stdout, '');
  assert.match(log.stderr, /^"source" has not been computed yet\.\n$/);
  const none = await runCli(folder, ['log', 'first.yaml', 'source', '--json']);
  assert.equal(none.code, 1);
  assert.deepEqual(nodesOf(none.stdout), []);

  const diff = await runCli(folder, ['diff', 'first.yaml', 'changed.yaml']);
  assert.equal(diff.code, 0, diff.stderr);
  assert.equal(
    diff.stdout,
    [
      '  ▸ probe[seed]  2 nodes',
      '      params.penalties[1] 0.1 -> 0.3',
      '  ▹ summary',
      '      probe[seed=0] changed, and 1 more upstream',
      '',
      'first.yaml -> changed.yaml: 8 nodes, 5 same, 2 changed, 1 affected',
      'Times are not known: the cache has no results of either file.',
      '',
    ].join('\n'),
  );
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(FILES).sort());
});

test('explain, log and diff answer from earlier runs', async (context) => {
  const folder = temporaryFolder(context);
  for (const [name, text] of Object.entries(FILES)) {
    writeFileSync(join(folder, name), text);
  }
  const ran = await runCli(folder, ['run', 'first.yaml', '--json']);
  assert.equal(ran.code, 0, ran.stderr);

  await context.test('a hit is told by its run and machine', async () => {
    const people = await runCli(folder, ['explain', 'first.yaml', 'train']);
    assert.match(
      people.stdout,
      /train\[seed=1\]: in the cache\n[\s\S]*computed +\d{4}-\d\d-\d\d [\d:]{8} UTC, in \d[\s\S]*backend +wasm/,
    );
    const json = await runCli(folder, [
      ...['explain', 'first.yaml', 'train', '--json'],
    ]);
    const nodes = nodesOf(json.stdout);
    assert.deepEqual(
      nodes.map(({ node, state }) => [node, state]),
      [
        ['train[seed=0]', 'hit'],
        ['train[seed=1]', 'hit'],
      ],
    );
    assert.match(String(nodes[0]?.['key']), /^[0-9a-f]{64}$/);
    const computed = nodes[0]?.['computed'] as Json;
    assert.equal(computed['node'], 'train[seed=0]');
    assert.equal(
      (computed['environment'] as Json)['node'],
      process.versions.node,
    );
  });

  await context.test('what would run is told part by part', async () => {
    const people = await runCli(folder, [
      ...['explain', 'changed.yaml', 'probe[seed=1]', 'summary'],
    ]);
    assert.match(
      people.stdout,
      /probe\[seed=1\]: would run\n[\s\S]*compared with its nearest earlier run\n[\s\S]*differs in\n {4}params\.penalties\[1\] {2}0\.1 -> 0\.3\n/,
    );
    assert.match(
      people.stdout,
      /summary: may run\n[\s\S]*waits for\n {4}probe\[seed=0\]\n {4}probe\[seed=1\]\n/,
    );
    const json = await runCli(folder, [
      ...['explain', 'changed.yaml', 'probe[seed=1]', '--json'],
    ]);
    assert.deepEqual(nodesOf(json.stdout)[0]?.['differences'], [
      { type: 'setting', part: 'params.penalties[1]', before: 0.1, now: 0.3 },
    ]);
  });

  await context.test('a log is what the node said when it ran', async () => {
    const alone = await runCli(folder, ['log', 'first.yaml', 'source']);
    assert.equal(alone.code, 0, alone.stderr);
    assert.equal(
      alone.stdout,
      '32 train, 16 tune, 16 test images of [24, 24, 3] in 4 classes\n',
    );
    const several = await runCli(folder, ['log', 'first.yaml', 'train']);
    assert.match(
      several.stdout,
      /^train\[seed=0\]:\n {2}accuracy on train: [\s\S]*\ntrain\[seed=1\]:\n {2}accuracy/,
    );
    const json = await runCli(folder, [
      'log',
      'first.yaml',
      'source',
      '--json',
    ]);
    const [node] = nodesOf(json.stdout);
    assert.deepEqual(node?.['log'], [alone.stdout.trim()]);
    assert.equal(typeof node['printed'], 'string');
    const mixed = await runCli(folder, [
      'log',
      'changed.yaml',
      'source',
      'probe',
    ]);
    assert.equal(mixed.code, 1);
    assert.match(mixed.stdout, /^source:\n {2}32 train/);
    assert.match(mixed.stderr, /"probe\[seed=0\]" has not been computed/);
  });

  await context.test(
    'what native code printed follows, with nothing that a terminal acts on',
    async () => {
      const printed = 'warning: \u001b[31mslow\u001b[0m\nand more\n';
      await rewriteRecord(folder, 'source', { printed });
      const people = await runCli(folder, ['log', 'first.yaml', 'source']);
      assert.deepEqual(people.stdout.split('\n').slice(1), [
        'warning: \\x1b[31mslow\\x1b[0m',
        'and more',
        '',
      ]);
      const json = await runCli(folder, [
        ...['log', 'first.yaml', 'source', '--json'],
      ]);
      assert.equal(nodesOf(json.stdout)[0]?.['printed'], printed);

      await rewriteRecord(folder, 'source', { printed: '', log: [] });
      const silent = await runCli(folder, ['log', 'first.yaml', 'source']);
      assert.equal(silent.code, 0);
      assert.equal(silent.stdout, '');
      assert.equal(silent.stderr, '"source" printed nothing.\n');
    },
  );

  await context.test('a diff says what is kept and lost', async () => {
    const people = await runCli(folder, ['diff', 'first.yaml', 'changed.yaml']);
    assert.match(people.stdout, /▸ probe\[seed\] {2}2 nodes +~\d.* lost\n/);
    assert.match(people.stdout, /of earlier runs kept, at most .* lost\n$/);
    const json = await runCli(folder, [
      ...['diff', 'first.yaml', 'changed.yaml', '--json'],
    ]);
    const comparison = JSON.parse(json.stdout) as Json;
    assert.ok(Number(comparison['keptSeconds']) > 0);
    assert.ok(Number(comparison['lostSeconds']) > 0);
    const states = nodesOf(json.stdout).map(({ node, state }) => [node, state]);
    assert.deepEqual(states, [
      ['source', 'same'],
      ['train[seed=0]', 'same'],
      ['train[seed=1]', 'same'],
      ['features[seed=0]', 'same'],
      ['features[seed=1]', 'same'],
      ['probe[seed=0]', 'changed'],
      ['probe[seed=1]', 'changed'],
      ['summary', 'affected'],
    ]);
  });

  await context.test('another name alone loses nothing', async () => {
    const people = await runCli(folder, ['diff', 'first.yaml', 'renamed.yaml']);
    assert.match(
      people.stdout,
      /^ {2}= f\[seed\] {2}2 nodes\n {6}was features\[…\]\n\n.*6 same, 2 renamed\n.* kept, 0\.0 s lost\n$/,
    );
  });

  await context.test('settings are laid over both files', async () => {
    const set = ['--set', 'probe.params.penalties=[1.0]'];
    const ended = await runCli(folder, [
      ...['diff', 'first.yaml', 'changed.yaml', ...set],
    ]);
    assert.match(ended.stdout, /8 nodes, 8 same\n/);
  });
});

test('a wrong file on either side is answered with its place', async (context) => {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'right.yaml'), PIPELINE);
  writeFileSync(join(folder, 'wrong.yaml'), PIPELINE.replace('probe', 'prboe'));
  writeFileSync(join(folder, 'empty.yaml'), '');
  const codesOf = async (...files: readonly string[]) => {
    const ended = await runCli(folder, ['diff', ...files, '--json']);
    assert.equal(ended.code, 2);
    const { diagnostics } = JSON.parse(ended.stdout) as {
      readonly diagnostics: readonly Json[];
    };
    return diagnostics.map(({ code, file }) => [code, file]);
  };
  const wrong = ['FAMILY_UNKNOWN', 'wrong.yaml'];
  const empty = ['FILE_EMPTY', 'empty.yaml'];
  assert.deepEqual(await codesOf('right.yaml', 'wrong.yaml'), [wrong]);
  assert.deepEqual(await codesOf('wrong.yaml', 'right.yaml'), [wrong]);
  assert.deepEqual(await codesOf('empty.yaml', 'wrong.yaml'), [empty, wrong]);
  for (const command of ['explain', 'log']) {
    const ended = await runCli(folder, [
      command,
      'right.yaml',
      'probe[seed=7]',
    ]);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /"7"/);
  }
});
