import assert from 'node:assert/strict';
import { test } from 'node:test';
import { positionAt } from '../../src/diagnostics/position.ts';
import type { NodeName } from '../../src/pipeline/plan.ts';
import { selectNodes, withAncestors } from '../../src/pipeline/select-nodes.ts';
import { planOf } from '../support/plan-of.ts';

const plan = planOf(`pipeline: 1
name: selection
axes: { loss: [softmax, cosine], seed: [0, 1] }
nodes:
  data: { kind: source }
  train[loss, seed]:
    kind: train
    inputs: { data: data }
    params: { epochs: 1 }
    exclude: [{ loss: cosine, seed: 1 }]
  features[loss, seed]:
    kind: extract
    inputs: { model: 'train[loss, seed]', data: data }
    exclude: [{ loss: cosine, seed: 1 }]
  same[a in loss, b in loss]:
    kind: compare
    inputs: { left: 'features[loss=a, seed=0]', right: 'features[loss=b, seed=0]' }
  all: { kind: table, inputs: { rows: 'train[loss=*, seed=*]' } }
`);

const select = (...patterns: readonly string[]) =>
  selectNodes(plan, patterns, 'command line');

function namesOf(...patterns: readonly string[]): readonly string[] {
  const selected = select(...patterns);
  assert.ok(selected.ok);
  return [...selected.value];
}

/** Code, column and help of each problem. */
function problemsOf(...patterns: readonly string[]) {
  const selected = select(...patterns);
  assert.ok(!selected.ok);
  return selected.error.map(({ code, at, help }) => {
    assert.equal(at.file.path, 'command line');
    return [code, positionAt(at.file, at.start).column, help];
  });
}

test('a full name is one node', () => {
  assert.deepEqual(namesOf('train[loss=softmax,seed=1]'), [
    'train[loss=softmax,seed=1]',
  ]);
  assert.deepEqual(namesOf('train[ seed=1, loss = softmax ]'), [
    'train[loss=softmax,seed=1]',
  ]);
  assert.deepEqual(namesOf('data'), ['data']);
});

test('axes may be left out, and mean all their values', () => {
  assert.deepEqual(namesOf('train[loss=softmax]'), [
    'train[loss=softmax,seed=0]',
    'train[loss=softmax,seed=1]',
  ]);
  assert.deepEqual(namesOf('train[seed=0]'), [
    'train[loss=softmax,seed=0]',
    'train[loss=cosine,seed=0]',
  ]);
  assert.equal(namesOf('train').length, 3);
  assert.equal(namesOf('train[loss=*, seed]').length, 3);
  assert.equal(namesOf('same[a=cosine]').length, 2);
});

test('several arguments add up, in the order of the plan, each node once', () => {
  assert.deepEqual(
    namesOf('all', 'train[seed=0]', 'data', 'train[loss=softmax,seed=0]'),
    ['data', 'train[loss=softmax,seed=0]', 'train[loss=cosine,seed=0]', 'all'],
  );
  assert.deepEqual(namesOf(), []);
});

test('unknown families, axes and values get the nearest name, in the argument', () => {
  assert.deepEqual(
    problemsOf('trian', 'train[sed=0]', 'train[loss=sofmax, seed=2]'),
    [
      ['FAMILY_UNKNOWN', 1, 'Did you mean "train"?'],
      ['AXIS_UNKNOWN', 7, 'Did you mean "seed"?'],
      ['AXIS_VALUE_UNKNOWN', 12, 'Did you mean "softmax"?'],
      ['AXIS_VALUE_UNKNOWN', 25, 'Its values: "0" and "1".'],
    ],
  );
  assert.deepEqual(problemsOf('same[loss=softmax]'), [
    ['AXIS_UNKNOWN', 6, 'Its axes: "a" and "b".'],
  ]);
});

test('a node that is left out is no node', () => {
  assert.deepEqual(
    problemsOf('train[loss=cosine,seed=1]').map(([code]) => code),
    ['NODE_UNKNOWN'],
  );
});

test('arguments that can not be read are pointed at', () => {
  const codes = problemsOf(
    'train[loss',
    '',
    'train[loss=a b]',
    'train[seed=0, seed=1]',
  );
  assert.deepEqual(
    codes.map(([code, column]) => [code, column]),
    [
      ['REFERENCE_INVALID', 6],
      ['REFERENCE_INVALID', 1],
      ['REFERENCE_INVALID', 12],
      ['REFERENCE_INVALID', 15],
    ],
  );
});

test('nodes with all that they need, and with nothing else', () => {
  const ancestors = (...names: readonly string[]) =>
    [...withAncestors(plan, names as readonly NodeName[])].sort();
  assert.deepEqual(ancestors('data'), ['data']);
  assert.deepEqual(ancestors('same[a=softmax,b=softmax]'), [
    'data',
    'features[loss=softmax,seed=0]',
    'same[a=softmax,b=softmax]',
    'train[loss=softmax,seed=0]',
  ]);
  assert.deepEqual(ancestors('all'), [
    'all',
    'data',
    'train[loss=cosine,seed=0]',
    'train[loss=softmax,seed=0]',
    'train[loss=softmax,seed=1]',
  ]);
});
