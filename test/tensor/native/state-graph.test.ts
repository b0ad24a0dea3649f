import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GraphNode } from '../../../src/tensor/native/graph/graph.ts';
import {
  buildStateGraph,
  inputEnd,
  stateEnd,
  type RecordedStep,
  type StateGraph,
} from '../../../src/tensor/native/graph/state-graph.ts';

const node = (name: string, ...inputs: string[]): GraphNode => ({
  name,
  op: name,
  inputs,
  attributes: {},
});

const type = { shape: [2], dtype: 1 };

/** Tensors by number: 0 weight, 1 velocity, 2 gradient, 3 rate, 4 momentum, 10 new weight, 11 new velocity. */
const ENDS: Readonly<Record<number, string>> = {
  0: stateEnd(0),
  1: stateEnd(1),
  2: 'gradient:0',
  3: inputEnd(0),
  4: 'momentum:0',
  10: 'newWeight:0',
  11: 'newVelocity:0',
};

function build(changes: Partial<RecordedStep>): StateGraph {
  return buildStateGraph({
    nodes: [
      node('momentum'),
      node('gradient', stateEnd(0)),
      node('newVelocity', stateEnd(1), 'gradient:0'),
      node('newWeight', stateEnd(0), 'newVelocity:0', inputEnd(0)),
      node('unused', stateEnd(0)),
    ],
    inputs: [{ shape: [], dtype: 1 }],
    state: [
      { ...type, before: 0, after: 10 },
      { ...type, before: 1, after: 11 },
    ],
    outputs: [{ end: 'gradient:0', dtype: 1 }],
    updates: [],
    endOf: (id) => ENDS[id]!,
    ...changes,
  });
}

const update = {
  ...{ weight: 0, velocity: 1, gradient: 2, rate: 3, momentum: 4 },
  ...{ newWeight: 10, newVelocity: 11 },
};

const find = ({ nodes }: StateGraph, name: string): GraphNode | undefined =>
  nodes.find((one) => one.name === name);

test('variables that a step changes are assigned, after whoever reads them, and before outputs are there', () => {
  const graph = build({});
  assert.deepEqual(graph.changed, [0, 1]);
  assert.deepEqual(find(graph, 'update_0')?.inputs, [
    'variable_0:0',
    'newWeight:0',
    '^value_0',
  ]);
  assert.equal(find(graph, 'update_0')?.op, 'AssignVariableOp');
  assert.deepEqual(find(graph, 'output_0')?.inputs, [
    'gradient:0',
    '^update_0',
    '^update_1',
  ]);
  assert.deepEqual(graph.step, {
    feeds: ['input_0:0'],
    fetches: ['output_0:0'],
  });
  assert.deepEqual(graph.set, {
    feeds: ['new_0:0', 'new_1:0'],
    fetches: ['set:0'],
  });
  assert.deepEqual(graph.get, {
    feeds: [],
    fetches: ['value_0:0', 'value_1:0'],
  });
});

test('what nothing needs is left out', () => {
  assert.equal(find(build({}), 'unused'), undefined);
});

test('a step of momentum is one op on both variables, and its own ops are left out', () => {
  const graph = build({ updates: [update] });
  const applied = find(graph, 'update_0');
  assert.equal(applied?.op, 'ResourceApplyMomentum');
  assert.deepEqual(applied.inputs, [
    ...['variable_0:0', 'variable_1:0', 'input_0:0', 'gradient:0'],
    ...['momentum:0', '^value_0', '^value_1'],
  ]);
  assert.deepEqual(applied.attributes['use_nesterov'], {
    type: 'bool',
    value: true,
  });
  assert.equal(find(graph, 'update_1'), undefined);
  assert.equal(find(graph, 'newWeight'), undefined);
  assert.deepEqual(graph.changed, [0, 1]);
});

test('where the new weight became something else, its own ops say what', () => {
  const graph = build({
    updates: [update],
    nodes: [
      node('gradient', stateEnd(0)),
      node('newVelocity', stateEnd(1), 'gradient:0'),
      node('newWeight', stateEnd(0), 'newVelocity:0'),
      node('clipped', 'newWeight:0'),
    ],
    state: [
      { ...type, before: 0, after: 12 },
      { ...type, before: 1, after: 11 },
    ],
    endOf: (id) => (id === 12 ? 'clipped:0' : ENDS[id]!),
  });
  assert.equal(find(graph, 'update_0')?.op, 'AssignVariableOp');
  assert.equal(find(graph, 'update_0')?.inputs[1], 'clipped:0');
  assert.equal(find(graph, 'update_1')?.inputs[1], 'newVelocity:0');
});

test('a variable that stays as it is is read, never written by a step', () => {
  const graph = build({
    state: [
      { ...type, before: 0, after: 0 },
      { ...type, before: 1, after: 1 },
    ],
  });
  assert.deepEqual(graph.changed, []);
  assert.deepEqual(graph.get.fetches, []);
  assert.deepEqual(find(graph, 'output_0')?.inputs, ['gradient:0']);
  assert.ok(find(graph, 'set_0'), 'it can be set');
});

test('a step without outputs still has something to fetch', () => {
  const graph = build({ outputs: [] });
  assert.deepEqual(graph.step.fetches, ['stepped:0']);
  assert.deepEqual(find(graph, 'stepped')?.inputs, ['^update_0', '^update_1']);
});

test('an end that no node has is a bug', () => {
  assert.throws(
    () => build({ outputs: [{ end: 'nowhere:0', dtype: 1 }] }),
    /Internal error: the graph has no node "nowhere"/,
  );
});
