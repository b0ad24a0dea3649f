import type { NodeName, Plan, PlannedNode } from '../pipeline/plan.ts';

/** The nodes that feed a node or pick its settings, each once. */
export const inputNodes = (node: PlannedNode): readonly NodeName[] => [
  ...new Set([
    ...Object.values(node.inputs).flatMap((input) =>
      input.type === 'single'
        ? [input.node]
        : input.members.map((member) => member.node),
    ),
    ...(node.params === null ? [node.picks.from] : []),
  ]),
];

/** The nodes of a plan that are asked for, with all that they need, in the plan's order: inputs come first. */
export function neededNodes(
  plan: Plan,
  only: ReadonlySet<NodeName> | undefined,
): readonly PlannedNode[] {
  if (only === undefined) return [...plan.nodes.values()];
  const needed = new Set(only);
  // Backwards through an order in which inputs come first: every consumer is seen before what it needs.
  const nodes = [...plan.nodes.values()].reverse();
  for (const node of nodes) {
    if (!needed.has(node.name)) continue;
    for (const input of inputNodes(node)) needed.add(input);
  }
  return nodes.filter((node) => needed.has(node.name)).reverse();
}

/**
 * How many nodes the longest chain has that leads to each node.
 *
 * @param nodes in an order in which inputs come first.
 */
export function depthsOf(
  nodes: readonly PlannedNode[],
): ReadonlyMap<NodeName, number> {
  const depths = new Map<NodeName, number>();
  for (const node of nodes) {
    const above = inputNodes(node).map((input) => depths.get(input) ?? 0);
    depths.set(
      node.name,
      above.reduce((most, one) => Math.max(most, one + 1), 0),
    );
  }
  return depths;
}
