import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Graph } from '../../src/graph/graph.ts';
import { topologicalOrder } from '../../src/graph/topological-order.ts';

const graphOf = (
  needs: Readonly<Record<string, readonly string[]>>,
): Graph<string> => ({
  ids: Object.keys(needs),
  next: (id) => needs[id] ?? [],
});

test('each id comes after what it needs', () => {
  const order = topologicalOrder(graphOf({ a: ['b', 'c'], b: ['c'], c: [] }));
  assert.deepEqual(order, ['c', 'b', 'a']);
});

test('ids that need nothing keep their order', () => {
  assert.deepEqual(topologicalOrder(graphOf({ z: [], a: [], m: [] })), [
    'z',
    'a',
    'm',
  ]);
});

test('ids that nobody needs stay in their order, whatever they need themselves', () => {
  const needs = { last: ['x'], table: ['y'], x: [], y: ['x'], other: [] };
  const order = topologicalOrder(graphOf(needs)).filter((id) =>
    ['last', 'table', 'other'].includes(id),
  );
  assert.deepEqual(order, ['last', 'table', 'other']);
});

test('edges that stand twice count once', () => {
  assert.deepEqual(topologicalOrder(graphOf({ a: ['b', 'b'], b: [] })), [
    'b',
    'a',
  ]);
});

test('a chain of two hundred thousand ids does not overflow the stack', () => {
  const length = 200_000;
  const order = topologicalOrder<number>({
    ids: Array.from({ length }, (_, id) => id),
    next: (id) => (id + 1 < length ? [id + 1] : []),
  });
  assert.equal(order[0], length - 1);
  assert.equal(order.at(-1), 0);
});

test('in any graph without cycles every edge leads backwards, and every id is there once', () => {
  const graphs = fc.array(fc.array(fc.nat(19), { maxLength: 4 }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(graphs, fc.nat(), (edges, seed) => {
      // Edges lead from lower to higher ids; the ids are then given in some other order.
      const next = (id: number) =>
        (edges[id] ?? []).filter((to) => to > id && to < edges.length);
      const ids = edges
        .map((_, id) => id)
        .sort(
          (left, right) =>
            ((left * 7919 + seed) % 23) - ((right * 7919 + seed) % 23),
        );
      const order = topologicalOrder({ ids, next });
      assert.deepEqual([...order].sort(), [...ids].sort());
      for (const id of ids) {
        for (const to of next(id)) {
          assert.ok(order.indexOf(to) < order.indexOf(id), `${id} needs ${to}`);
        }
      }
    }),
  );
});
