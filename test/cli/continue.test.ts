import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/cache/open-store.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { readRecord } from '../../src/worker/record.ts';
import { jsonLines, runCli, type Line } from '../support/cli.ts';
import { digestsIn, tamper } from '../support/tamper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

type Context = Parameters<typeof temporaryFolder>[0];

const pipeline = (params: string): string => `
pipeline: 1
name: continue
nodes:
  source:
    kind: dataset
    params: { source: { type: shapes, content: factors, label: fill, images: { train: 64, tune: 32, test: 32 } } }
  train:
    kind: train
    inputs: { data: source }
    params:
      loss: { type: dropout }
      model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] }
      batch: 16
      rate: 0.05
      warm-up: 2
      ${params}
`;

/** Runs the pipeline in the folder's cache; answers with how the training ended. */
async function run(folder: string, params: string): Promise<Line> {
  writeFileSync(join(folder, 'continue.yaml'), pipeline(params));
  const ended = await runCli(folder, [
    ...['run', 'continue.yaml', '--json', '--cache', 'cache'],
  ]);
  assert.equal(ended.code, 0, ended.stderr);
  const found = jsonLines(ended).find(
    (line) => line['event'] === 'node-finished' && line['node'] === 'train',
  );
  assert.ok(found !== undefined);
  return found;
}

/** Content and log of a run. */
async function resultOf(folder: string, { key }: Line) {
  const cache = join(folder, 'cache');
  await using store = await openStore({ folder: cache, readOnly: true });
  const record = readRecord(store, key as Digest);
  assert.ok(record.state === 'present');
  const { content, log } = record.value;
  return { content, log };
}

/** What the parameters yield where nothing is cached. */
async function fromNothing(context: Context, params: string) {
  const folder = temporaryFolder(context);
  const line = await run(folder, params);
  assert.doesNotMatch(String(line['reason']), /continued/);
  return resultOf(folder, line);
}

test('with a constant rate, more epochs go on from the cached ones, to the same bytes and the same log', async (context) => {
  const folder = temporaryFolder(context);
  const params = (epochs: number): string =>
    `schedule: { type: constant }\n      epochs: ${epochs}`;
  await run(folder, params(3));
  const seven = await run(folder, params(7));
  assert.equal(
    seven['reason'],
    'params.epochs 3 -> 7; continued from 3 cached epochs',
  );
  assert.deepEqual(
    await resultOf(folder, seven),
    await fromNothing(context, params(7)),
  );
  // The nearest end that isn't beyond its own.
  const five = await run(folder, params(5));
  assert.match(String(five['reason']), /; continued from 3 cached epochs$/);
});

test('with a rate that falls by a factor after each epoch it is the same', async (context) => {
  const folder = temporaryFolder(context);
  const params = (epochs: number): string =>
    `schedule: { type: exponential, factor: 0.8 }\n      epochs: ${epochs}`;
  await run(folder, params(3));
  const six = await run(folder, params(6));
  assert.match(String(six['reason']), /; continued from 3 cached epochs$/);
  assert.deepEqual(
    await resultOf(folder, six),
    await fromNothing(context, params(6)),
  );
});

test('a rate that falls to 0 at the end begins anew, but goes on where it was stopped before', async (context) => {
  const folder = temporaryFolder(context);
  await run(folder, 'epochs: 9\n      stop-after: 4');
  const six = await run(folder, 'epochs: 6');
  assert.doesNotMatch(String(six['reason']), /continued/);
  const nine = await run(folder, 'epochs: 9');
  assert.match(String(nine['reason']), /; continued from 4 cached epochs$/);
  assert.deepEqual(
    await resultOf(folder, nine),
    await fromNothing(context, 'epochs: 9'),
  );
});

test('another choice of splits to score trains nothing again', async (context) => {
  const folder = temporaryFolder(context);
  const params = 'schedule: { type: constant }\n      epochs: 4';
  await run(folder, params);
  const scored = await run(folder, `${params}\n      evaluate: [test]`);
  assert.match(String(scored['reason']), /; continued from 4 cached epochs$/);
  const { content, log } = await resultOf(folder, scored);
  const fresh = await fromNothing(context, `${params}\n      evaluate: [test]`);
  assert.deepEqual({ content, log }, fresh);
  assert.deepEqual(log.filter((line) => line.startsWith('accuracy')).length, 1);
});

test('any other setting begins anew, and plan says beforehand what a run would go on from', async (context) => {
  const folder = temporaryFolder(context);
  const params = 'schedule: { type: constant }\n      epochs: ';
  await run(folder, `${params}3`);
  const other = await run(folder, `${params}6\n      seed: 1`);
  assert.doesNotMatch(String(other['reason']), /continued/);
  writeFileSync(join(folder, 'continue.yaml'), pipeline(`${params}5`));
  const planned = await runCli(folder, [
    ...['plan', 'continue.yaml', '--json', '--cache', 'cache'],
  ]);
  const { nodes } = JSON.parse(planned.stdout) as {
    readonly nodes: readonly Line[];
  };
  assert.match(
    String(nodes.find(({ node }) => node === 'train')?.['reason']),
    /; continues from 3 cached epochs$/,
  );
});

test('a damaged end of an earlier run is as good as none', async (context) => {
  const folder = temporaryFolder(context);
  const params = 'schedule: { type: constant }\n      epochs: ';
  await run(folder, `${params}3`);
  const cache = join(folder, 'cache');
  const [key] = await digestsIn(cache, 'checkpoints');
  assert.ok(key !== undefined);
  await tamper(cache, 'checkpoints', key, (bytes) => {
    const changed = new Uint8Array(bytes);
    changed[changed.length >> 1]! ^= 1;
    return changed;
  });
  const five = await run(folder, `${params}5`);
  assert.doesNotMatch(String(five['reason']), /continued/);
});

const AT_EPOCHS = `
  features[epoch]:
    kind: extract
    inputs: { model: 'train@epoch', data: source }
    params: { splits: [test] }
axes:
  epoch: `;

test('a reference to an epoch is the training that ends there, and costs no epoch twice', async (context) => {
  const folder = temporaryFolder(context);
  const cache = ['--json', '--cache', 'cache'];
  const outcomesOf = async (epochs: string, words: readonly string[] = []) => {
    writeFileSync(
      join(folder, 'epochs.yaml'),
      `${pipeline('epochs: 5')}${AT_EPOCHS}${epochs}\n`,
    );
    const ended = await runCli(folder, [
      'run',
      'epochs.yaml',
      ...cache,
      ...words,
    ]);
    assert.equal(ended.code, 0, ended.stderr);
    return new Map(
      jsonLines(ended)
        .filter((line) => line['event'] === 'node-finished')
        .map((line) => [line['node'], line]),
    );
  };
  const said = (line: Line | undefined): string =>
    `${String(line?.['outcome'])}: ${String(line?.['reason'])}`;

  const first = await outcomesOf('[1, 3, 5]');
  assert.equal(
    said(first.get('train@epoch=1')),
    'ran: never run with these parameters',
  );
  assert.match(
    said(first.get('train@epoch=3')),
    /^ran: .*; continued from 1 cached epoch$/,
  );
  // The last epoch is the training itself.
  const [whole, last] = ['train', 'train@epoch=5'].map((node) =>
    first.get(node),
  );
  assert.equal(whole?.['key'], last?.['key']);
  assert.match(
    [whole, last].map(said).sort().join('\n'),
    /^hit: .* ran in this run\nran: .*; continued from 3 cached epochs$/,
  );
  assert.deepEqual(
    await resultOf(folder, whole ?? {}),
    await fromNothing(context, 'epochs: 5'),
  );
  assert.deepEqual(
    await resultOf(folder, first.get('train@epoch=3') ?? {}),
    await fromNothing(context, 'epochs: 5\n      stop-after: 3'),
  );

  const more = await outcomesOf('[1, 3, 4, 5]');
  const ran = [...more.values()].filter(({ outcome }) => outcome === 'ran');
  assert.deepEqual(ran.map(({ node }) => node).sort(), [
    'features[epoch=4]',
    'train@epoch=4',
  ]);
  assert.match(
    said(more.get('train@epoch=4')),
    /; continued from 3 cached epochs$/,
  );

  const only = await outcomesOf('[1, 3, 4, 5]', ['--only', 'train@epoch=4']);
  assert.deepEqual([...only.keys()], ['source', 'train@epoch=4']);
  const shown = await runCli(folder, [
    ...['show', 'epochs.yaml', 'train@epoch=4', ...cache],
  ]);
  const { epochs } = JSON.parse(shown.stdout) as { epochs: readonly unknown[] };
  assert.equal(epochs.length, 4);
});
