import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../src/cache/open-store.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { readRecord } from '../../src/worker/record.ts';
import {
  jsonLines,
  outcomes,
  runCli,
  startCli,
  type Line,
} from '../support/cli.ts';
import { digestsIn, tamper } from '../support/tamper.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const PIPELINE = `
pipeline: 1
name: resume
nodes:
  source:
    kind: dataset
    params: { source: { type: shapes, content: factors, label: fill, images: { train: 256, tune: 64, test: 64 } } }
  train:
    kind: train
    inputs: { data: source }
    params:
      loss: { type: dropout }
      model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] }
      epochs: 20
      batch: 32
      rate: 0.1
  tuned:
    kind: finetune
    inputs: { model: train, data: source }
    params: { rate: 0.1, length: { type: epochs, count: 24 }, batch: 32, refit: true }
`;

/** A folder with the pipeline and, later, its cache. */
function makeFolder(context: Parameters<typeof temporaryFolder>[0]): string {
  const folder = temporaryFolder(context);
  writeFileSync(join(folder, 'resume.yaml'), PIPELINE);
  return folder;
}

const cacheOf = (folder: string): string => join(folder, 'cache');

interface Interrupted {
  readonly lines: readonly Line[];
  readonly code: number | null;
  readonly stderr: string;
}

/** When a run is disturbed, and how. */
interface Disturbance {
  readonly node: string;
  /** Epochs that are done by then. */
  readonly epochs: number;
  readonly signal: NodeJS.Signals;
  readonly target: 'program' | 'worker' | 'both';
}

const workersOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);

/** Runs the pipeline with one node at a time, and sends a signal once a node has come as far as that. */
async function run(
  folder: string,
  words: readonly string[],
  disturbance?: Disturbance,
): Promise<Interrupted> {
  const started = startCli(folder, [
    ...['run', 'resume.yaml', '--json', '--jobs', '1', '--cache', 'cache'],
    ...words,
  ]);
  const pid = started.process.pid ?? 0;
  let sent = disturbance === undefined;
  for await (const line of started.lines) {
    if (sent || disturbance === undefined) continue;
    if (line['node'] !== disturbance.node) continue;
    if (!(Number(line['done']) >= disturbance.epochs)) continue;
    sent = true;
    const workers = disturbance.target === 'program' ? [] : workersOf(pid);
    const targets =
      disturbance.target === 'worker' ? workers : [pid, ...workers];
    for (const one of targets) process.kill(one, disturbance.signal);
  }
  const ended = await started.ended;
  assert.ok(sent, 'the run ended before it was disturbed');
  return { lines: jsonLines(ended), code: ended.code, stderr: ended.stderr };
}

/** Node -> epochs at which it went on, where it did. */
const resumes = ({ lines }: Interrupted): Readonly<Record<string, number>> =>
  Object.fromEntries(
    lines.flatMap((line) =>
      line['event'] === 'node-progress' && line['resumedFrom'] !== undefined
        ? [[String(line['node']), Number(line['resumedFrom'])]]
        : [],
    ),
  );

/** Node -> content and log of its record. */
async function results(folder: string, lines: readonly Line[]) {
  await using store = await openStore({
    folder: cacheOf(folder),
    readOnly: true,
  });
  return Object.fromEntries(
    lines.flatMap((line) => {
      if (line['event'] !== 'node-finished') return [];
      const record = readRecord(store, line['key'] as Digest);
      assert.ok(record.state === 'present');
      const { content, log } = record.value;
      return [[String(line['node']), { content, log }]];
    }),
  );
}

/** What the pipeline yields when nobody disturbs it. */
let undisturbed: ReturnType<typeof results> | undefined;
async function expected(context: Parameters<typeof temporaryFolder>[0]) {
  const folder = makeFolder(context);
  undisturbed ??= run(folder, []).then(async (whole) => {
    assert.equal(whole.code, 0, whole.stderr);
    assert.deepEqual(resumes(whole), {});
    assert.deepEqual(await digestsIn(cacheOf(folder), 'checkpoints'), []);
    return results(folder, whole.lines);
  });
  return undisturbed;
}

/** A disturbance of the training by a signal that stops it. */
const stop = (
  signal: NodeJS.Signals,
  target: Disturbance['target'] = 'program',
): Disturbance => ({ node: 'train', epochs: 3, signal, target });

const kill = (
  node: string,
  epochs: number,
  target: Disturbance['target'],
): Disturbance => ({ node, epochs, signal: 'SIGKILL', target });

test('a training and a fine-tuning that are killed again and again end with the same bytes and the same log', async (context) => {
  const folder = makeFolder(context);
  const words = ['--checkpoint-every', '0.001'];
  // In the middle of epochs.
  const kills = [
    kill('train', 2.1, 'program'),
    kill('train', 9.3, 'both'),
    kill('tuned', 1.2, 'both'),
    kill('tuned', 9.5, 'program'),
    kill('tuned', 18.7, 'both'),
  ];
  for (const one of kills) {
    const { lines } = await run(folder, words, one);
    assert.notEqual(outcomes(lines).get(one.node), 'ran');
    assert.equal((await digestsIn(cacheOf(folder), 'checkpoints')).length, 1);
  }
  const last = await run(folder, words);
  assert.equal(last.code, 0, last.stderr);
  assert.ok((resumes(last)['tuned'] ?? 0) >= 18);
  assert.deepEqual(await results(folder, last.lines), await expected(context));
  assert.deepEqual(await digestsIn(cacheOf(folder), 'checkpoints'), []);
});

test('a worker that is killed is replaced by one that goes on from its checkpoint', async (context) => {
  const folder = makeFolder(context);
  const whole = await run(
    folder,
    ['--checkpoint-every', '0.001'],
    kill('train', 6, 'worker'),
  );
  assert.equal(whole.code, 0, whole.stderr);
  assert.ok((resumes(whole)['train'] ?? 0) >= 5);
  assert.deepEqual(await results(folder, whole.lines), await expected(context));
});

for (const [signal, target, code] of [
  ['SIGINT', 'program', 130],
  ['SIGTERM', 'program', 143],
  ['SIGTERM', 'worker', 0],
  // A terminal and a service manager send it to all of them.
  ['SIGINT', 'both', 130],
  ['SIGTERM', 'both', 143],
] as const) {
  test(`${signal} to the ${target === 'both' ? 'program and its worker' : target} saves a checkpoint, however long the interval`, async (context) => {
    const folder = makeFolder(context);
    const words = ['--checkpoint-every', '3600'];
    const stopped = await run(folder, words, stop(signal, target));
    assert.equal(stopped.code, code, stopped.stderr);
    if (code !== 0) {
      assert.equal((await digestsIn(cacheOf(folder), 'checkpoints')).length, 1);
    }
    const ended = code === 0 ? stopped : await run(folder, words);
    assert.ok((resumes(ended)['train'] ?? 0) >= 3);
    assert.deepEqual(
      await results(folder, ended.lines),
      await expected(context),
    );
  });
}

test('a changed parameter does not go on from a checkpoint, and leaves it alone', async (context) => {
  const folder = makeFolder(context);
  await run(folder, [], stop('SIGINT'));
  const other = await run(folder, ['--set', 'train.params.rate=0.05']);
  assert.equal(other.code, 0, other.stderr);
  assert.deepEqual(resumes(other), {});
  const same = await run(folder, []);
  assert.ok((resumes(same)['train'] ?? 0) >= 3);
  assert.deepEqual(await results(folder, same.lines), await expected(context));
});

test('a damaged checkpoint is told of, and the node starts anew', async (context) => {
  const folder = makeFolder(context);
  await run(folder, [], stop('SIGINT'));
  const [key] = await digestsIn(cacheOf(folder), 'checkpoints');
  assert.ok(key !== undefined);
  await tamper(cacheOf(folder), 'checkpoints', key, (bytes) => {
    const changed = new Uint8Array(bytes);
    changed[changed.length >> 1]! ^= 1;
    return changed;
  });
  const again = await run(folder, []);
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(
    again.lines.flatMap((line) =>
      line['event'] === 'warning' ? [line['message']] : [],
    ),
    [
      "The checkpoint of train in the cache can't be used (its checksum does not fit); the node starts anew.",
    ],
  );
  assert.deepEqual(resumes(again), {});
  assert.deepEqual(await results(folder, again.lines), await expected(context));
});

test('an interval that is no number above 0 is refused', async (context) => {
  const folder = makeFolder(context);
  for (const interval of ['0', '-1', 'soon', 'Infinity']) {
    const { code, stderr } = await runCli(folder, [
      ...['run', 'resume.yaml', `--checkpoint-every=${interval}`],
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /It must be a number above 0\./);
  }
});
