import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LeakWatch } from '../../src/worker/leak-watch.ts';
import { isOutOfMemory } from '../../src/worker/out-of-memory.ts';

const GIB = 2 ** 30;

/** What is said after each of some nodes. */
function said(
  tensors: readonly (number | null)[],
  gibibytes: readonly number[] = tensors.map(() => 1),
  gibibytesOnGpu?: readonly number[],
): readonly boolean[] {
  const watch = new LeakWatch();
  return tensors.map(
    (count, index) =>
      watch.after({
        tensors: count,
        residentBytes: (gibibytes[index] ?? 0) * GIB,
        gpuBytes: gibibytesOnGpu ? (gibibytesOnGpu[index] ?? 0) * GIB : null,
      }) !== null,
  );
}

test('tensors that pile up from node to node are a leak', () => {
  assert.deepEqual(said([10, 11, 12, 13]), [false, false, false, true]);
});

test('tensors that are made once and kept are none, nor is a process without a library', () => {
  assert.ok(said([0, 10, 20, 20, 25, 25, 30]).every((leaks) => !leaks));
  assert.ok(said([null, null, null, null, null]).every((leaks) => !leaks));
  assert.ok(said([null, 1, 2, 3]).every((leaks) => !leaks));
});

test('memory that grows without end is a leak, memory that comes to rest is none', () => {
  const none = Array.from({ length: 8 }, () => null);
  assert.equal(
    said(none, [1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.4]).indexOf(true),
    6,
  );
  assert.ok(!said(none, [1, 3, 3, 3, 3, 3, 3, 3]).includes(true));
  // Steady, but so little that it may be a cache that fills.
  assert.ok(
    !said(none, [1, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06]).includes(true),
  );
});

test('memory on the GPU is watched as that of the process is', () => {
  const none = Array.from({ length: 8 }, () => null);
  const flat = none.map(() => 1);
  const growing = [1, 1.2, 1.4, 1.6, 1.8, 2, 2.2, 2.4];
  assert.equal(said(none, flat, growing).indexOf(true), 6);
  assert.ok(!said(none, flat, [1, 3, 3, 3, 3, 3, 3, 3]).includes(true));
});

test('messages about memory are known, others are not', () => {
  for (const message of [
    'WebAssembly.Memory.grow(): Maximum memory size exceeded',
    'Array buffer allocation failed',
    'Cannot enlarge memory arrays to size 2147483648 bytes (OOM)',
    'OOM when allocating tensor with shape[64,64] on GPU:0',
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  ]) {
    assert.ok(isOutOfMemory(message), message);
  }
  assert.ok(!isOutOfMemory('loss is NaN at step 37'));
  assert.ok(!isOutOfMemory('There is no room in the zoom level.'));
});
