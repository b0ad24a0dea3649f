import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findCycles, findKnots } from '../../src/graph/find-cycles.ts';
import type { Graph } from '../../src/graph/graph.ts';

const graphOf = (
  needs: Readonly<Record<string, readonly string[]>>,
): Graph<string> => ({
  ids: Object.keys(needs),
  next: (id) => needs[id] ?? [],
});

test('a graph without cycles has none', () => {
  const graph = graphOf({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] });
  assert.deepEqual(findCycles(graph), []);
  assert.deepEqual(findKnots(graph), []);
});

test('a cycle is listed in the order of its edges, from its first id', () => {
  const graph = graphOf({ x: ['b'], b: ['c'], c: ['a'], a: ['b'] });
  assert.deepEqual(findCycles(graph), [['b', 'c', 'a']]);
});

test('an id that leads to itself is a cycle of one', () => {
  assert.deepEqual(findCycles(graphOf({ a: [], b: ['b', 'a'] })), [['b']]);
});

test('of a knot the shortest cycle through its first id is listed', () => {
  const graph = graphOf({
    a: ['b'],
    b: ['c'],
    c: ['d', 'a'],
    d: ['e'],
    e: ['a'],
  });
  assert.deepEqual(findCycles(graph), [['a', 'b', 'c']]);
  assert.deepEqual(findKnots(graph), [['a', 'b', 'c', 'd', 'e']]);
});

test('each knot has a cycle of its own, in the order of the graph', () => {
  const graph = graphOf({ z: ['y'], y: ['z', 'a'], a: ['b'], b: ['a'], c: [] });
  assert.deepEqual(findCycles(graph), [
    ['z', 'y'],
    ['a', 'b'],
  ]);
});

test('a circle of two hundred thousand ids is found without overflowing the stack', () => {
  const length = 200_000;
  const [circle] = findCycles<number>({
    ids: Array.from({ length }, (_, id) => id),
    next: (id) => [(id + 1) % length],
  });
  assert.equal(circle?.length, length);
  assert.deepEqual(circle.slice(0, 3), [0, 1, 2]);
});

/** Whether one id leads to another, by trying all ways. */
function reaches(
  edges: readonly (readonly number[])[],
  from: number,
  to: number,
): boolean {
  const seen = new Set<number>();
  const queue = [from];
  for (const id of queue) {
    for (const next of edges[id] ?? []) {
      if (next === to) return true;
      if (!seen.has(next)) queue.push(next);
      seen.add(next);
    }
  }
  return false;
}

test('in any graph knots are what reaches itself, and cycles are made of edges', () => {
  const size = 8;
  const graphs = fc.array(fc.array(fc.nat(size - 1), { maxLength: 3 }), {
    minLength: size,
    maxLength: size,
  });
  fc.assert(
    fc.property(graphs, (edges) => {
      const graph: Graph<number> = {
        ids: edges.map((_, id) => id),
        next: (id) => edges[id] ?? [],
      };
      const inKnots = findKnots(graph).flat();
      const circular = edges
        .map((_, id) => id)
        .filter((id) => reaches(edges, id, id));
      assert.deepEqual([...inKnots].sort(), circular);
      for (const cycle of findCycles(graph)) {
        assert.equal(new Set(cycle).size, cycle.length);
        cycle.forEach((id, place) => {
          const next = cycle[(place + 1) % cycle.length];
          assert.ok(next !== undefined && edges[id]?.includes(next));
        });
      }
    }),
  );
});
