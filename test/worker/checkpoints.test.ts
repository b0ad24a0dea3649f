import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serialize } from 'node:v8';
import { MemoryStore } from '../../src/cache/memory-store.ts';
import type { Store } from '../../src/cache/store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import {
  CHECKPOINT_VERSION,
  NodeCheckpoints,
  type NodeCheckpointsOptions,
} from '../../src/worker/checkpoints.ts';
import { NodeLog } from '../../src/worker/node-log.ts';

const KEY = digest('Test', 'key');
const WASM = { name: 'wasm', kernels: 'simd' };

/** The checkpoints of a node in a process of its own, with what it told. */
function processOn(
  store: Store,
  options: Partial<NodeCheckpointsOptions> = {},
): {
  readonly checkpoints: NodeCheckpoints;
  readonly log: NodeLog;
  readonly warnings: string[];
} {
  const log = new NodeLog();
  const warnings: string[] = [];
  const checkpoints = new NodeCheckpoints({
    store,
    key: KEY,
    earlier: [],
    node: 'train[seed=0]',
    signal: new AbortController().signal,
    intervalSeconds: 10,
    log,
    backend: () => WASM,
    seconds: () => 0,
    warn: (message) => warnings.push(message),
    ...options,
  });
  return { checkpoints, log, warnings };
}

const STATE = {
  step: 3,
  // What JSON would not keep.
  loss: NaN,
  spare: -0,
  weights: { a: new Float32Array([1, NaN, -0]), b: new Float32Array(0) },
  order: new Int32Array([2, 0, 1]),
};

test('a state comes back as it was, with the log and the time before it', async () => {
  const store = new MemoryStore();
  const first = processOn(store, { seconds: () => 12 });
  first.log.add('epoch 1');
  await first.checkpoints.save(STATE);
  first.log.add('epoch 2, which was not saved');

  const second = processOn(store, { seconds: () => 5 });
  second.log.add('said at the beginning of every process');
  assert.deepEqual(await second.checkpoints.load(), STATE);
  assert.deepEqual(second.log.lines, ['epoch 1']);
  assert.ok(second.checkpoints.isResumed);
  assert.equal(second.checkpoints.secondsInAll, 17);
  // And on to a third process.
  await second.checkpoints.save(STATE);
  const third = processOn(store);
  await third.checkpoints.load();
  assert.equal(third.checkpoints.secondsInAll, 17);
  assert.deepEqual(third.log.lines, ['epoch 1']);
  assert.deepEqual(third.warnings, []);
});

test('without a checkpoint there is nothing to go on from', async () => {
  const store = new MemoryStore();
  await processOn(store, { key: digest('Test', 'other') }).checkpoints.save({});
  const { checkpoints, log, warnings } = processOn(store);
  log.add('first');
  assert.equal(await checkpoints.load(), null);
  assert.ok(!checkpoints.isResumed);
  assert.deepEqual([log.lines, warnings], [['first'], []]);
});

test('a log that was cut goes on as one that is cut', async () => {
  const store = new MemoryStore();
  const first = processOn(store);
  first.log.add('x'.repeat(1 << 19));
  await first.checkpoints.save({});
  const second = processOn(store);
  await second.checkpoints.load();
  second.log.add('more');
  assert.deepEqual(second.log.lines, ['(The rest of the log was cut.)']);
});

test('a save is due after each interval of work, and on interrupt', async () => {
  let now = 9.9;
  const abort = new AbortController();
  const { checkpoints } = processOn(new MemoryStore(), {
    seconds: () => now,
    signal: abort.signal,
  });
  assert.ok(!checkpoints.isDue());
  now = 10;
  assert.ok(checkpoints.isDue());
  now = 13;
  await checkpoints.save({});
  now = 22.9;
  assert.ok(!checkpoints.isDue());
  now = 23;
  assert.ok(checkpoints.isDue());
  await checkpoints.save({});
  assert.ok(!checkpoints.isDue());
  abort.abort();
  assert.ok(checkpoints.isDue());
});

test("the end of another run is gone on from, the furthest that can be used, and its time isn't the node's", async () => {
  const store = new MemoryStore();
  const end = (epochs: number) => ({
    epochs,
    key: digest('Test', `ended after ${epochs}`),
  });
  for (const [epochs, backend] of [
    [5, WASM],
    [9, { name: 'another' }],
  ] as const) {
    const { checkpoints, log } = processOn(store, {
      key: end(epochs).key,
      backend: () => backend,
      seconds: () => 100,
    });
    log.add(`epoch ${epochs}`);
    checkpoints.leave({ epochs });
    log.add('about the end alone');
    assert.ok(checkpoints.left !== undefined);
    await store.keepCheckpoint(end(epochs).key, checkpoints.left);
  }
  const options = { earlier: [end(12), end(9), end(5)], seconds: () => 7 };
  const first = processOn(store, options);
  assert.deepEqual(await first.checkpoints.load(), { epochs: 5 });
  assert.equal(first.checkpoints.continuedFrom, 5);
  assert.equal(first.checkpoints.secondsInAll, 7);
  assert.deepEqual(first.log.lines, ['epoch 5']);
  assert.deepEqual(first.warnings, []);
  // Killed and resumed it goes on from its own state, and still knows where it began.
  await first.checkpoints.save({ epochs: 6 });
  const second = processOn(store, options);
  assert.deepEqual(await second.checkpoints.load(), { epochs: 6 });
  assert.equal(second.checkpoints.continuedFrom, 5);
  assert.equal(second.checkpoints.secondsInAll, 14);
});

test('a checkpoint of another backend, of another version or in no form at all is dropped with a warning', async () => {
  const saved = {
    version: CHECKPOINT_VERSION,
    backend: WASM,
    seconds: 1,
    log: { lines: [], length: 0 },
    continuedFrom: null,
    state: STATE,
  };
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [
      serialize({ ...saved, backend: { ...WASM, kernels: 'composed' } }),
      /\(it was made with wasm, kernels composed, and this is wasm, kernels simd\)/,
    ],
    [
      serialize({ ...saved, version: CHECKPOINT_VERSION + 1 }),
      /\(it has version 3, and this program reads version 2\)/,
    ],
    [serialize(saved).subarray(0, 40), /^The checkpoint of train\[seed=0\]/],
    [new Uint8Array([1, 2, 3]), /; the node starts anew\.$/],
  ];
  for (const [bytes, expected] of cases) {
    const store = new MemoryStore();
    await store.keepCheckpoint(KEY, bytes);
    const { checkpoints, log, warnings } = processOn(store);
    assert.equal(await checkpoints.load(), null);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', expected);
    assert.deepEqual(log.lines, []);
    assert.equal(store.read('checkpoints', KEY).state, 'absent');
  }
  const store = new MemoryStore();
  await store.keepCheckpoint(KEY, serialize(saved));
  assert.deepEqual(await processOn(store).checkpoints.load(), STATE);
});

test('where a checkpoint can not be written the work goes on, with one warning', async () => {
  const { checkpoints, warnings } = processOn(
    new MemoryStore({ readOnly: true }),
    { seconds: () => 11 },
  );
  await checkpoints.save({});
  assert.ok(!checkpoints.isDue());
  await checkpoints.save({});
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0] ?? '',
    /^The checkpoint of train\[seed=0\] can't be saved: /,
  );
});
