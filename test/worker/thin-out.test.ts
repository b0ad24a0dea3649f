import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Thinned } from '../../src/worker/thin-out.ts';
import { until } from '../support/processes.ts';

test('of a burst the first is sent at once and the last later, the rest never', async () => {
  const sent: number[] = [];
  const thinned = new Thinned<number>((value) => sent.push(value));
  for (const value of [1, 2, 3]) thinned.add(value);
  assert.deepEqual(sent, [1]);
  await until(() => sent.length > 1);
  assert.deepEqual(sent, [1, 3]);
});

test('nothing is sent after the end', async () => {
  const sent: number[] = [];
  const thinned = new Thinned<number>((value) => sent.push(value));
  thinned.add(1);
  thinned.add(2);
  thinned.close();
  // Another one's timer, started later, has come by then.
  const other: number[] = [];
  const later = new Thinned<number>((value) => other.push(value));
  later.add(1);
  later.add(2);
  await until(() => other.length === 2);
  assert.deepEqual(sent, [1]);
});
