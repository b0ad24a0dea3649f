import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../src/util/json.ts';
import { jsonLines, nodesThat, outcomes, runCli } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Penalties of a probe are tried one by one, the least is picked for each seed (no luck decides), and two families take it. */
const PIPELINE = `
pipeline: 1
name: settings
axes:
  seed: [0, 1]
  penalty: [0.1, 1e6]
nodes:
  source:
    kind: dataset
    params:
      source: { type: shapes, content: held-out-fills, label: fill, seed: 1, images: { train: 64, tune: 32, test: 32 } }
  train[seed]:
    kind: train
    inputs: { data: source }
    params:
      loss: { type: softmax }
      seed: '\${seed}'
      model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] }
      epochs: 1
      batch: 32
      rate: 0.1
  features[seed]: { kind: extract, inputs: { model: 'train[seed]', data: source } }
  tried[seed, penalty]:
    kind: probe
    inputs: { features: 'features[seed]' }
    params: { penalties: ['\${penalty}'] }
  best[seed]:
    kind: tune
    inputs: { candidates: 'tried[seed, penalty=*]' }
    params: { over: [penalty], metric: penalty, direction: lowest }
  final[seed]:
    kind: probe
    inputs: { features: 'features[seed]' }
    settings: 'best[seed]'
    params: { penalties: ['\${penalty}'], scale: none }
  again[seed]:
    kind: probe
    inputs: { features: 'features[seed]' }
    settings: 'best[seed]'
    params: { penalties: ['\${penalty}'] }
  summary:
    kind: table
    inputs: { final: 'final[seed=*]' }
    params: { rows: seed, columns: [{ title: accuracy, input: final, value: accuracy }] }
`;

const of = (...families: readonly string[]): string[] =>
  families.flatMap((family) => [`${family}[seed=0]`, `${family}[seed=1]`]);
const at = (penalty: string): string[] =>
  [0, 1].map((seed) => `tried[seed=${seed},penalty=${penalty}]`);

interface Edit {
  readonly what: string;
  readonly from: string | RegExp;
  readonly to: string;
  /** Exactly the nodes that run. */
  readonly ran: readonly string[];
}

const EDITS: readonly Edit[] = [
  {
    what: 'a candidate more, which loses',
    from: 'penalty: [0.1, 1e6]',
    to: 'penalty: [0.1, 1e6, 1e7]',
    ran: [...at('1e7'), ...of('best')],
  },
  {
    what: 'the picked value written out',
    from: `settings: 'best[seed]'\n    params: { penalties: ['\${penalty}'], scale`,
    to: 'params: { penalties: [0.1], scale',
    ran: [],
  },
  {
    what: 'the picked value spelt another way',
    from: 'penalty: [0.1, 1e6]',
    to: 'penalty: [1e-1, 1e6]',
    // Their coordinates have another name, which "best" says; what is picked is the same number.
    ran: of('best'),
  },
  {
    what: 'a candidate less, which lost',
    from: 'penalty: [0.1, 1e6]',
    to: 'penalty: [0.1]',
    ran: of('best'),
  },
  {
    what: 'the direction, by which another candidate is picked',
    from: 'direction: lowest',
    to: 'direction: highest',
    // "again" is then what was tried with that penalty.
    ran: [...of('best', 'final'), 'summary'],
  },
  {
    what: 'a parameter beside the picked one',
    from: 'scale: none',
    to: 'scale: none, tolerance: 1e-5',
    ran: [...of('final'), 'summary'],
  },
];

test('a node takes what another one has picked, as if it stood in the file', async (context) => {
  const folder = temporaryFolder(context);
  const file = join(folder, 'settings.yaml');
  const words = ['settings.yaml', '--json', '--cache', join(folder, 'cache')];
  const run = async (text: string, ...more: readonly string[]) => {
    writeFileSync(file, text);
    const ended = await runCli(folder, ['run', ...words, ...more]);
    assert.equal(ended.code, 0, ended.stderr + ended.stdout);
    return jsonLines(ended);
  };
  const ask = async (command: string, ...more: readonly string[]) => {
    const ended = await runCli(folder, [command, ...words, ...more]);
    assert.equal(ended.code, 0, ended.stderr);
    return JSON.parse(ended.stdout) as { nodes: readonly JsonObject[] };
  };

  writeFileSync(file, PIPELINE);
  const stateOf = ({ nodes }: { nodes: readonly JsonObject[] }, name: string) =>
    nodes.find(({ node }) => node === name);
  const before = stateOf(await ask('plan'), 'final[seed=1]');
  assert.equal(before?.['state'], 'unknown');
  assert.equal(before['reason'], 'depends on what best[seed=1] picks');
  const [open] = (await ask('explain', 'final[seed=0]')).nodes;
  assert.deepEqual(open?.['settings'], { node: 'best[seed=0]', picked: null });
  assert.equal(open['parts'], null);

  const only = await run(PIPELINE, '--only', 'final[seed=0]');
  assert.deepEqual(
    [...outcomes(only).keys()].sort(),
    [
      ...['source', 'train[seed=0]', 'features[seed=0]', 'best[seed=0]'],
      ...['tried[seed=0,penalty=0.1]', 'tried[seed=0,penalty=1e6]'],
      'final[seed=0]',
    ].sort(),
  );
  const whole = await run(PIPELINE);
  // With the picked penalty it is the candidate itself.
  assert.deepEqual(
    nodesThat('hit', whole).filter((name) => name.startsWith('again')),
    of('again'),
  );
  const [explained] = (await ask('explain', 'final[seed=0]')).nodes;
  assert.deepEqual(explained?.['settings'], {
    ...{ node: 'best[seed=0]', picked: { penalty: '0.1' } },
  });
  const { params } = explained['parts'] as { params: JsonObject };
  assert.deepEqual(params['penalties'], [0.1]);
  assert.deepEqual(nodesThat('ran', await run(PIPELINE)), []);

  for (const { what, from, to, ran } of EDITS) {
    await context.test(`after an edit of ${what}`, async () => {
      const text = PIPELINE.replace(from, to);
      assert.notEqual(text, PIPELINE);
      assert.deepEqual(nodesThat('ran', await run(text)), [...ran].sort());
    });
  }

  await context.test('diff says who picks, and where it began', async () => {
    const edited = PIPELINE.replace('1e6]', '1e6, 1e7]').replace(
      `settings: 'best[seed]'\n    params: { penalties: ['\${penalty}'] }`,
      'params: { penalties: [0.1] }',
    );
    writeFileSync(file, PIPELINE);
    writeFileSync(join(folder, 'edited.yaml'), edited);
    const ended = await runCli(folder, [
      ...['diff', 'settings.yaml', 'edited.yaml', '--json'],
      ...['--cache', join(folder, 'cache')],
    ]);
    const { nodes } = JSON.parse(ended.stdout) as { nodes: JsonObject[] };
    const changes = { nodes };
    const final = stateOf(changes, 'final[seed=0]');
    assert.equal(final?.['state'], 'affected');
    assert.deepEqual(final['causes'], ['tried[seed=0,penalty=1e7]']);
    const again = stateOf(changes, 'again[seed=0]');
    assert.equal(again?.['state'], 'changed');
    assert.equal(again['reason'], 'settings best[seed=0] -> nothing');
  });
});
