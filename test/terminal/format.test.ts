import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatClock,
  formatDuration,
  formatRemaining,
  justify,
  plural,
  truncate,
} from '../../src/terminal/format.ts';

test('durations change form where a reader would', () => {
  assert.equal(formatDuration(0.04), '0.0 s');
  assert.equal(formatDuration(59.94), '59.9 s');
  assert.equal(formatDuration(59.96), '0:59');
  assert.equal(formatDuration(112), '1:52');
  assert.equal(formatDuration(7389), '2:03:09');
  assert.equal(formatClock(31.9), '0:31');
});

test('what is left is rounded to what one can know', () => {
  assert.equal(formatRemaining(1), 'about 5 s left');
  assert.equal(formatRemaining(42), 'about 40 s left');
  assert.equal(formatRemaining(58), 'about 1 min left');
  assert.equal(formatRemaining(370), 'about 6 min left');
  assert.equal(formatRemaining(7800), 'about 2 h 10 min left');
});

test('a line keeps its width, and its right end', () => {
  assert.equal(justify('a', 'zz', 6), 'a   zz');
  assert.equal(justify('abcdefgh', 'zz', 6), 'ab… zz');
  assert.equal(truncate('abc', 3), 'abc');
});

test('one is singular', () => {
  assert.equal(plural(1, 'node'), '1 node');
  assert.equal(plural(1070, 'node'), '1,070 nodes');
});
