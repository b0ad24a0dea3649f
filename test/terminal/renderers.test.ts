import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { EMPTY_CELL, type TableValue } from '../../src/artifact/table.ts';
import type { RunEvent } from '../../src/engine/events.ts';
import type { Digest } from '../../src/fingerprint/digest.ts';
import { DEFAULT_RESOURCES } from '../../src/kind/resources.ts';
import type { NodeName, Plan, PlannedNode } from '../../src/pipeline/plan.ts';
import { jsonLinesRenderer } from '../../src/terminal/json-lines.ts';
import { plainRenderer } from '../../src/terminal/plain.ts';
import type { Renderer } from '../../src/terminal/renderer.ts';
import { Tracker } from '../../src/terminal/tracker.ts';
import { tableOf } from '../support/table-value.ts';

const KEY = 'ab'.repeat(32) as Digest;
const span = { file: { path: 'x.yaml', text: '' }, start: 0, end: 0 };

/** A plan of members of two families: `train[seed=…]` and `summary`. */
function planOf(seeds: readonly string[]): Plan {
  const node = (
    family: string,
    coordinates: Readonly<Record<string, string>>,
  ): PlannedNode => {
    const items = Object.entries(coordinates).map(([k, v]) => `${k}=${v}`);
    return {
      name: (items.length === 0
        ? family
        : `${family}[${items.join(',')}]`) as NodeName,
      ...{ family, coordinates, kind: family, output: 'score', params: {} },
      inputs: {},
      resources: DEFAULT_RESOURCES,
      allow: [],
      spans: {
        family: span,
        kind: span,
        params: span,
        settings: {},
        resources: {},
      },
    };
  };
  const nodes = [
    ...seeds.map((seed) => node('train', { seed })),
    node('summary', {}),
  ];
  return {
    name: 'test',
    file: 'x.yaml',
    nodes: new Map(nodes.map((one) => [one.name, one])),
    claims: [],
  };
}

const TABLE = tableOf({
  title: 'Accuracy',
  rows: ['softmax'],
  columns: [
    {
      group: null,
      title: 'test',
      format: { type: 'percent', digits: 1 },
      beside: 'nothing',
    },
  ],
  cells: [[{ ...EMPTY_CELL, mean: 0.5, count: 1 }]],
  replicates: ['seed'],
});

const finished = (
  node: string,
  outcome: 'hit' | 'ran' | 'failed' | 'skipped',
  facts: { readonly table?: TableValue; readonly failure?: string } = {},
): RunEvent => ({
  type: 'node-finished',
  node: node as NodeName,
  outcome,
  key: outcome === 'skipped' ? null : KEY,
  seconds: outcome === 'ran' ? 61.23456 : 0,
  reason: 'because',
  failure: facts.failure ?? null,
  table: facts.table ?? null,
});
const START: RunEvent = {
  type: 'run-started',
  ...{ pipeline: 'test', backend: 'wasm', fma: false, workers: 2, nodes: 3 },
};
const END: RunEvent = {
  type: 'run-finished',
  ...{ hit: 1, ran: 1, failed: 0, skipped: 1, seconds: 75 },
};

/** What a renderer writes of events, by stream. */
function render(
  make: (
    streams: { output: Writable; messages: Writable },
    tracker: Tracker,
    clock: { ms: number },
  ) => Renderer,
  events: readonly (RunEvent | { readonly wait: number })[],
): { readonly output: string; readonly messages: string } {
  const written = { output: '', messages: '' };
  const stream = (name: 'output' | 'messages'): Writable =>
    new Writable({
      decodeStrings: false,
      write(text: string, _encoding, done) {
        written[name] += text;
        done();
      },
    });
  const clock = { ms: 0 };
  const plan = planOf(['0', '1']);
  const tracker = new Tracker({
    plan,
    nodes: new Set(plan.nodes.keys()),
    now: () => clock.ms,
  });
  const renderer = make(
    { output: stream('output'), messages: stream('messages') },
    tracker,
    clock,
  );
  for (const event of events) {
    if ('wait' in event) clock.ms += event.wait;
    else renderer.listen(event);
  }
  renderer.close();
  return written;
}

const plain = (events: Parameters<typeof render>[1]) =>
  render(
    (streams, tracker, clock) =>
      plainRenderer(streams, tracker, () => clock.ms),
    events,
  );

test('plain lines: hits are counted in the header, the rest has a line each', () => {
  const { output, messages } = plain([
    START,
    finished('train[seed=0]', 'hit'),
    { type: 'node-started', node: 'train[seed=1]' as NodeName },
    finished('train[seed=1]', 'ran'),
    finished('summary', 'ran', { table: TABLE }),
    END,
  ]);
  const lines = messages.split('\n');
  assert.equal(lines[0], 'test · wasm · 2 workers · 3 nodes, 1 cached');
  assert.match(lines[1] ?? '', /^ {2}✔ train\[seed=1\] +1:01$/);
  assert.equal(lines[1]?.length, 80);
  assert.match(messages, /1 cached · 1 ran · 1 skipped · 1:15\n$/);
  assert.match(output, /Accuracy[\s\S]*softmax +50\.0/);
  assert.doesNotMatch(messages, /Accuracy/);
});

test('plain lines: progress comes every half minute, not at every step', () => {
  const progress = (done: number): RunEvent => ({
    type: 'node-progress',
    node: 'train[seed=0]' as NodeName,
    progress: {
      ...{ done, total: 12, unit: 'epoch', imagesPerSecond: 1070.4 },
      metrics: { loss: 0.8312 },
    },
    seconds: 1,
  });
  const { messages } = plain([
    START,
    { type: 'node-started', node: 'train[seed=0]' as NodeName },
    progress(1),
    { wait: 29_000 },
    progress(2),
    { wait: 2_000 },
    progress(7.9),
    progress(8),
  ]);
  const lines = messages.split('\n').filter((line) => line.includes('epoch'));
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /epoch {2}7\/12 {2}loss 0\.83 {2}1,070 img\/s$/);
});

test('plain lines: a node that goes on from a checkpoint says so, once', () => {
  const at = (done: number): RunEvent => ({
    type: 'node-progress',
    node: 'train[seed=0]' as NodeName,
    progress: { done, total: 12, unit: 'epoch', resumedFrom: 3.5 },
    seconds: 1,
  });
  const { messages } = plain([START, at(3.5), at(4)]);
  assert.deepEqual(
    messages.match(/train\[seed=0\] +goes on from epoch 3\n/g)?.length,
    1,
  );
});

test('plain lines: a failure is shown with its place, at once', () => {
  const { messages } = plain([
    START,
    finished('train[seed=0]', 'failed', {
      failure: 'x.yaml:3:1 NODE_FAILED train[seed=0]: the loss is NaN',
    }),
    finished('summary', 'skipped'),
  ]);
  assert.match(messages, /✖ train\[seed=0\]\nx\.yaml:3:1 NODE_FAILED/);
  assert.match(messages, /- summary: because/);
});

test('a table that never completes is shown as far as it goes, once, at the end', () => {
  const preview: RunEvent = {
    type: 'table-preview',
    node: 'summary' as NodeName,
    table: TABLE,
  };
  const broken = plain([
    START,
    preview,
    preview,
    finished('summary', 'skipped'),
    END,
  ]);
  assert.equal(broken.output.split('Accuracy').length, 2);
  assert.match(broken.messages, /summary is not complete/);
  const whole = plain([
    START,
    preview,
    finished('summary', 'ran', { table: TABLE }),
    END,
  ]);
  assert.equal(whole.output.split('Accuracy').length, 2);
  assert.doesNotMatch(whole.messages, /not complete/);
});

test('JSON lines have the form that programs rely on', () => {
  const { output, messages } = render(
    (streams) => jsonLinesRenderer(streams),
    [
      START,
      { type: 'node-started', node: 'train[seed=0]' as NodeName },
      finished('train[seed=0]', 'ran'),
      { type: 'table-preview', node: 'summary' as NodeName, table: TABLE },
      finished('summary', 'skipped'),
      END,
    ],
  );
  assert.equal(messages, '');
  assert.deepEqual(
    output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [
      {
        event: 'run-started',
        pipeline: 'test',
        backend: 'wasm',
        fma: false,
        workers: 2,
        nodes: 3,
      },
      { event: 'node-started', node: 'train[seed=0]' },
      {
        ...{ event: 'node-finished', node: 'train[seed=0]', outcome: 'ran' },
        ...{ key: KEY, seconds: 61.235, reason: 'because' },
      },
      {
        ...{ event: 'node-finished', node: 'summary', outcome: 'skipped' },
        ...{ key: null, seconds: 0, reason: 'because' },
      },
      {
        event: 'run-finished',
        hit: 1,
        ran: 1,
        failed: 0,
        skipped: 1,
        seconds: 75,
      },
    ],
  );
});

test('what is left is estimated from the family, or from earlier runs', () => {
  const plan = planOf(['0', '1', '2', '3']);
  const clock = { ms: 0 };
  const tracker = new Tracker({
    plan,
    nodes: new Set(plan.nodes.keys()),
    now: () => clock.ms,
  });
  tracker.apply(START);
  assert.equal(tracker.remainingSeconds(), null);
  tracker.apply({
    type: 'run-estimated',
    seconds: new Map([['summary' as NodeName, 4]]),
  });
  assert.equal(tracker.remainingSeconds(), null);
  tracker.apply({ type: 'node-started', node: 'train[seed=0]' as NodeName });
  tracker.apply(finished('train[seed=0]', 'ran'));
  tracker.apply({ type: 'node-started', node: 'train[seed=1]' as NodeName });
  clock.ms = 10_000;
  // Two waiting and one that has run for 10 s, at 61.23 s each, and 4 s for the table; on two workers.
  const expected = (3 * 61.23456 - 10 + 4) / 2;
  assert.ok(Math.abs((tracker.remainingSeconds() ?? 0) - expected) < 1e-9);
});

test('what an earlier process had done of a node takes no time of this one', () => {
  const plan = planOf(['0']);
  const clock = { ms: 0 };
  const node = 'train[seed=0]' as NodeName;
  const tracker = new Tracker({
    plan,
    nodes: new Set([node]),
    now: () => clock.ms,
  });
  tracker.apply(START);
  tracker.apply({ type: 'node-started', node });
  clock.ms = 10_000;
  const progress = { done: 8, total: 12, unit: 'epoch' };
  const remaining = (resumedFrom?: number): number | null => {
    tracker.apply({
      type: 'node-progress',
      node,
      progress: { ...progress, ...(resumedFrom && { resumedFrom }) },
      seconds: 10,
    });
    return tracker.remainingSeconds();
  };
  // Two epochs of the six that were left took 10 s: 20 s for the four to come, on two workers.
  assert.equal(remaining(6), 10);
  // Of eight epochs in 10 s four are half as many again: 5 s.
  assert.equal(remaining(), 2.5);
  assert.equal(remaining(12), null);
});
