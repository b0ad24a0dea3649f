import type { Graph } from './graph.ts';

/**
 * The ids of a graph, each after all that it leads to. Ids keep their order as far as that allows: each comes as early
 * as its place among `ids` asks for it, right behind what it needs and nobody needed before.
 *
 * The graph has no cycles: with one, ids of the cycle are still all listed, in an order that means nothing.
 */
export function topologicalOrder<Id>(graph: Graph<Id>): readonly Id[] {
  const order: Id[] = [];
  const entered = new Set<Id>();
  for (const root of graph.ids) {
    if (entered.has(root)) continue;
    entered.add(root);
    // A stack of our own: a chain of a hundred thousand nodes would overflow the program's.
    const path = [{ id: root, rest: graph.next(root)[Symbol.iterator]() }];
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const step = top.rest.next();
      if (step.done === true) {
        order.push(top.id);
        path.pop();
      } else if (!entered.has(step.value)) {
        entered.add(step.value);
        path.push({
          id: step.value,
          rest: graph.next(step.value)[Symbol.iterator](),
        });
      }
    }
  }
  return order;
}
