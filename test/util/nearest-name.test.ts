import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from '../../src/util/nearest-name.ts';

test('a misspelt name finds the one that was meant', () => {
  const known = ['softmax', 'sigmoid', 'squared-error'];
  assert.equal(nearestName('sotfmax', known), 'softmax');
  assert.equal(nearestName('Sigmoid', known), 'sigmoid');
  assert.equal(nearestName('squared-eror', known), 'squared-error');
});

test('of two near names the nearer wins, of equally near ones the first', () => {
  assert.equal(nearestName('block-12', ['block-1', 'block-22']), 'block-1');
  assert.equal(nearestName('block-12', ['block-3', 'block-1']), 'block-1');
});

test('a name that is like none of the known ones finds nothing', () => {
  assert.equal(nearestName('dropout', ['softmax', 'sigmoid']), undefined);
  assert.equal(nearestName('x', ['softmax']), undefined);
  assert.equal(nearestName('', ['softmax']), undefined);
  assert.equal(nearestName('pool', []), undefined);
});

test('a very long name is answered at once', () => {
  const long = 'a'.repeat(1_000_000);
  assert.equal(nearestName(long, [`${long}b`, 'pool']), `${long}b`);
});
