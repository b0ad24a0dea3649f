import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { emptyTables, MemoryStore } from '../../src/cache/memory-store.ts';
import { digest } from '../../src/fingerprint/canonical.ts';
import { nodeKey } from '../../src/fingerprint/node-key.ts';
import { defineKind, one, type AnyKind } from '../../src/kind/kind.ts';
import { Registry } from '../../src/kind/registry.ts';
import type { NodeTask, TaskResult } from '../../src/worker/protocol.ts';
import { readRecord } from '../../src/worker/record.ts';
import { runNode } from '../../src/worker/run-node.ts';
import { testKinds } from '../support/test-kinds.ts';

const CONTENT = digest('Test', 'content');

function taskOf(
  kind: string,
  params: NodeTask['params'] = {},
  inputs: NodeTask['inputs'] = {},
): NodeTask {
  const parts = { kind, version: 1, params, files: [], inputs: {} };
  return {
    pipeline: 'test',
    node: 'a',
    kind,
    params,
    inputs,
    key: nodeKey(parts),
    parts,
    course: null,
    isTiny: false,
    cpus: 1,
    gpus: 0,
  };
}

/** Runs a task on an empty store. */
async function run(
  task: NodeTask,
  options: {
    readonly kinds?: readonly AnyKind[];
    readonly signal?: AbortSignal;
  } = {},
): Promise<{ readonly result: TaskResult; readonly stored: number }> {
  const tables = emptyTables();
  const result = await runNode({
    task,
    registry: new Registry(options.kinds ?? testKinds),
    store: new MemoryStore({ tables }),
    downloads: '',
    openBackend: () => Promise.reject(new Error('no backend here')),
    signal: options.signal ?? new AbortController().signal,
    progress: () => undefined,
    warn: () => undefined,
    checkpointSeconds: Infinity,
    printed: () => '',
  });
  return { result, stored: tables.records.size + tables.manifests.size };
}

/** A kind without parameters that does what a test wants. */
const kindThat = (body: () => Promise<unknown>): AnyKind => ({
  ...defineKind({
    name: 'special',
    version: 1,
    summary: 'For one test.',
    params: Type.Object({}),
    inputs: { data: one('score', 'Anything.') },
    output: 'score',
    run: () => Promise.reject(new Error('replaced')),
  }),
  run: body as AnyKind['run'],
});

const SCORE = { type: 'score', value: {}, arrays: {} };

test('a result is stored with its record, manifest and both pointers', async () => {
  const tables = emptyTables();
  const store = new MemoryStore({ tables });
  const task = taskOf('array', { length: 10, step: 1 });
  const result = await runNode({
    task,
    registry: new Registry(testKinds),
    store,
    downloads: '',
    openBackend: () => Promise.reject(new Error('not needed')),
    signal: new AbortController().signal,
    progress: () => undefined,
    warn: () => undefined,
    checkpointSeconds: Infinity,
    printed: () => 'native words',
  });
  assert.ok(result.type === 'stored');
  const record = readRecord(store, task.key);
  assert.ok(record.state === 'present');
  assert.equal(record.value.content, result.content);
  assert.equal(record.value.printed, 'native words');
  assert.deepEqual(record.value.environment.backend, {});
  assert.ok(record.value.seconds <= result.seconds);
  assert.deepEqual(
    [tables.records, tables.manifests, tables.pointers, tables.chunks].map(
      (table) => table.size,
    ),
    [1, 1, 2, 1],
  );
});

test('an interrupted node stores nothing, whatever its loop does about it', async () => {
  const bodies: readonly ((controller: AbortController) => Promise<unknown>)[] =
    [
      (controller) => {
        controller.abort();
        return Promise.resolve(SCORE);
      },
      (controller) => {
        controller.abort();
        return Promise.reject(new Error('anything'));
      },
    ];
  for (const body of bodies) {
    const controller = new AbortController();
    const { result, stored } = await run(taskOf('special'), {
      kinds: [kindThat(() => body(controller))],
      signal: controller.signal,
    });
    assert.deepEqual(result, { type: 'stopped' });
    assert.equal(stored, 0);
  }
});

test('an interrupted node does not begin', async () => {
  let calls = 0;
  const { result } = await run(taskOf('special'), {
    kinds: [
      kindThat(() => {
        calls++;
        return Promise.resolve(SCORE);
      }),
    ],
    signal: AbortSignal.abort(),
  });
  assert.deepEqual(result, { type: 'stopped' });
  assert.equal(calls, 0);
});

test('an input that is not in the cache is a failure that names the slot', async () => {
  const { result, stored } = await run(
    taskOf('sum', { scale: 1 }, { data: { type: 'single', content: CONTENT } }),
  );
  assert.ok(result.type === 'failed');
  assert.equal(
    result.message,
    'What feeds "data" is no longer in the cache. Run again to compute it anew.',
  );
  assert.equal(stored, 0);
});

test('what was thrown is told, and is never stored', async () => {
  for (const [thrown, message] of [
    [new Error('plain'), 'plain'],
    [new RangeError('too long'), 'RangeError: too long'],
    [Object.assign(new Error('odd'), { name: 'Odd' }), 'odd'],
  ] as const) {
    const { result, stored } = await run(taskOf('special'), {
      kinds: [kindThat(() => Promise.reject(thrown))],
    });
    assert.ok(result.type === 'failed');
    assert.equal(result.message, message);
    assert.match(result.stack ?? '', /run-node\.test/);
    assert.equal(stored, 0);
  }
});
