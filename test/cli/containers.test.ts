import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { jsonLines, PROGRAM, runCli, type Line } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Starts a command as the first process of a namespace of its own, as containers do. */
const CONTAINER = ['-pf', '--kill-child', '--mount-proc', process.execPath];

const canContain =
  spawnSync('unshare', [...CONTAINER, '-e', '0'], { stdio: 'ignore' })
    .status === 0;
const skip = canContain
  ? false
  : 'this system lets nobody make a namespace of processes here';

const PIPELINE = `
pipeline: 1
name: contained
nodes:
  source:
    kind: dataset
    params: { source: { type: shapes, content: factors, label: fill, images: { train: 64, tune: 32, test: 32 } } }
  train:
    kind: train
    inputs: { data: source }
    params:
      loss: { type: softmax }
      seed: 0
      model: { type: resnet, stem: { width: 4, stride: 2 }, widths: [4], strides: [2], blocks: [1] }
      epochs: 100000
      batch: 32
      rate: 0.001
`;

interface Contained {
  readonly child: ChildProcess;
  readonly lines: AsyncIterable<Line>;
  readonly messages: string[];
}

function startContained(context: TestContext, folder: string): Contained {
  const child = spawn(
    'unshare',
    [
      ...[...CONTAINER, PROGRAM],
      ...['run', 'contained.yaml', '--cache', 'cache', '--jobs', '1', '--json'],
    ],
    { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  context.after(() => child.kill('SIGKILL'));
  const messages: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    messages.push(text);
  });
  const lines = async function* (): AsyncIterable<Line> {
    for await (const line of createInterface({ input: child.stdout })) {
      yield JSON.parse(line) as Line;
    }
  };
  return { child, lines: lines(), messages };
}

async function first(
  { lines, messages }: Contained,
  isMeant: (line: Line) => boolean,
): Promise<Line> {
  for await (const line of lines) if (isMeant(line)) return line;
  throw new Error(`the program has ended: ${messages.join('')}`);
}

test(
  'programs of two containers have the same number, share a cache, and wait for each other',
  { skip },
  async (context) => {
    const folder = temporaryFolder(context);
    writeFileSync(join(folder, 'contained.yaml'), PIPELINE);
    const one = startContained(context, folder);
    await first(
      one,
      (line) => line['event'] === 'node-progress' && line['node'] === 'train',
    );
    const two = startContained(context, folder);
    const waiting = await first(
      two,
      (line) => line['event'] === 'node-waiting',
    );
    assert.equal(waiting['node'], 'train');
    assert.equal(waiting['pid'], 1);
    const said = jsonLines(
      await runCli(folder, ['status', '--cache', 'cache', '--json']),
    );
    const programs = said[0]?.['programs'] as readonly {
      readonly pid: number;
    }[];
    assert.equal(programs.length, 2);
    // The second one had to become another process.
    assert.equal(new Set(programs.map(({ pid }) => pid)).size, 2);
  },
);
