import type { Graph } from './graph.ts';

/**
 * Cycles of a graph, one for each knot of ids that lead to each other: a shortest one through the knot's first id. Each
 * is listed in the order of its edges; the last id leads back to the first. Without cycles the list is empty.
 */
export function findCycles<Id>(graph: Graph<Id>): readonly (readonly Id[])[] {
  return findKnots(graph).map((knot) => shortestCycle(graph, knot));
}

/**
 * Ids that lead to each other, by way of others or directly, and ids that lead to themselves: the strongly connected
 * components that have a cycle, by Tarjan's algorithm. Knots and their ids are in the order of the graph.
 */
export function findKnots<Id>(graph: Graph<Id>): readonly (readonly Id[])[] {
  const found: Id[][] = [];
  const numbers = new Map<Id, number>();
  const lowest = new Map<Id, number>();
  const open: Id[] = [];
  const isOpen = new Set<Id>();
  const place = new Map<Id, number>();
  for (const id of graph.ids) place.set(id, place.size);

  const enter = (id: Id) => {
    numbers.set(id, numbers.size);
    lowest.set(id, numbers.size - 1);
    open.push(id);
    isOpen.add(id);
    return { id, rest: graph.next(id)[Symbol.iterator](), isLoop: false };
  };
  const lower = (id: Id, number: number) => {
    lowest.set(id, Math.min(lowest.get(id) ?? number, number));
  };

  for (const root of graph.ids) {
    if (numbers.has(root)) continue;
    const path = [enter(root)];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const step = top.rest.next();
      if (step.done !== true) {
        const number = numbers.get(step.value);
        if (step.value === top.id) top.isLoop = true;
        if (number === undefined) path.push(enter(step.value));
        else if (isOpen.has(step.value)) lower(top.id, number);
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      const low = lowest.get(top.id) ?? 0;
      if (parent !== undefined) lower(parent.id, low);
      if (low !== numbers.get(top.id)) continue;
      const knot = open.splice(open.lastIndexOf(top.id));
      for (const id of knot) isOpen.delete(id);
      if (knot.length > 1 || top.isLoop) found.push(knot);
    }
  }
  const byPlace = (left: Id, right: Id): number =>
    (place.get(left) ?? 0) - (place.get(right) ?? 0);
  return found
    .map((knot) => knot.sort(byPlace))
    .sort(([left], [right]) =>
      left === undefined || right === undefined ? 0 : byPlace(left, right),
    );
}

/** Breadth first from the first id of a knot back to itself. */
function shortestCycle<Id>(
  graph: Graph<Id>,
  knot: readonly Id[],
): readonly Id[] {
  const [start] = knot;
  if (start === undefined) throw new Error('Internal error: an empty knot');
  const inside = new Set(knot);
  const cameFrom = new Map<Id, Id>();
  const queue: Id[] = [start];
  for (const id of queue) {
    for (const next of graph.next(id)) {
      if (next === start) return pathTo(id, start, cameFrom);
      if (!inside.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, id);
      queue.push(next);
    }
  }
  throw new Error('Internal error: a knot without a cycle');
}

function pathTo<Id>(
  end: Id,
  start: Id,
  cameFrom: ReadonlyMap<Id, Id>,
): readonly Id[] {
  const path = [end];
  for (let id = cameFrom.get(end); id !== undefined; id = cameFrom.get(id)) {
    path.push(id);
    if (id === start) break;
  }
  return path.reverse();
}
