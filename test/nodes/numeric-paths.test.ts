import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numericPaths, valueAt } from '../../src/nodes/numeric-paths.ts';

const value = {
  accuracy: { train: 0.9, test: 0.8, best: null },
  layers: { 'block.1': 0.5, 'block.1.relu': 0.6, block: { 2: 0.7 } },
  path: [{ penalty: 1 }],
  converged: true,
  r2: 0.4,
};

test('paths of numbers go through mappings and not through lists', () => {
  assert.deepEqual(numericPaths(value).sort(), [
    'accuracy.test',
    'accuracy.train',
    'layers.block.1',
    'layers.block.1.relu',
    'layers.block.2',
    'r2',
  ]);
});

test('every path leads to its number, dots in keys or not', () => {
  assert.equal(valueAt(value, 'accuracy.test'), 0.8);
  assert.equal(valueAt(value, 'layers.block.1'), 0.5);
  assert.equal(valueAt(value, 'layers.block.1.relu'), 0.6);
  assert.equal(valueAt(value, 'layers.block.2'), 0.7);
  for (const path of numericPaths(value)) {
    assert.equal(typeof valueAt(value, path), 'number', path);
  }
});

test('a path that leads nowhere is undefined, one that leads to null is null', () => {
  assert.equal(valueAt(value, 'accuracy.best'), null);
  for (const path of [
    'accuracy.dev',
    'r2.mean',
    'toString',
    'layers.',
    '',
    '.',
  ]) {
    assert.equal(valueAt(value, path), undefined, path);
  }
});
