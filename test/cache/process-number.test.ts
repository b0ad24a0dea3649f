import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  countOpen,
  NumberTakenError,
  refuseTakenNumber,
} from '../../src/cache/process-number.ts';

const table = (...pids: readonly number[]): string =>
  `    pid     thread     txnid\n${pids.map((pid) => `    ${pid} 7fec9da2dc80 -\n`).join('')}`;

test('a number that stands in the table before this process has entered is another one’s', () => {
  assert.throws(() => {
    refuseTakenNumber('/cache', table(1_000_000_007, process.pid));
  }, NumberTakenError);
  refuseTakenNumber('/cache', table(1_000_000_007));
  refuseTakenNumber('/cache', '(no active readers)\n');
});

test('what this process has open itself is no sign of another one', () => {
  const uncount = countOpen('/cache');
  refuseTakenNumber('/cache', table(process.pid));
  assert.throws(() => {
    refuseTakenNumber('/other', table(process.pid));
  }, NumberTakenError);
  uncount();
  assert.throws(() => {
    refuseTakenNumber('/cache', table(process.pid));
  }, NumberTakenError);
});
