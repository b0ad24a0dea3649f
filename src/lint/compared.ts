import type { PlannedNode } from '../pipeline/plan.ts';
import type { PlanFacts } from './plan-facts.ts';

/** What one slot collects to be held against each other. */
export interface Comparison {
  /** The node that compares. */
  readonly node: PlannedNode;
  readonly slot: string;
  readonly axis: string;
  /** Value of the axis -> the members that have it. */
  readonly rows: ReadonlyMap<string, readonly PlannedNode[]>;
}

/** Every comparison of a plan: a slot of a kind that compares, with two values of its axis or more. */
export function* comparisonsOf(facts: PlanFacts): Generator<Comparison> {
  for (const [node, params] of facts.settings()) {
    const axis = facts.kindOf(node).facts?.compares?.(params as never);
    if (axis === undefined || axis === null) continue;
    for (const [slot, input] of Object.entries(node.inputs)) {
      if (input.type === 'single') continue;
      const rows = new Map<string, PlannedNode[]>();
      for (const { node: name, coordinates } of input.members) {
        const member = facts.plan.nodes.get(name);
        const row = Object.hasOwn(coordinates, axis)
          ? coordinates[axis]
          : undefined;
        if (member === undefined || row === undefined) continue;
        const members = rows.get(row) ?? [];
        rows.set(row, members);
        members.push(member);
      }
      if (rows.size > 1) yield { node, slot, axis, rows };
    }
  }
}

/** Nodes and all that feeds them, each once. */
export function upstreamOf(
  nodes: readonly PlannedNode[],
  facts: PlanFacts,
): ReadonlySet<PlannedNode> {
  const seen = new Set(nodes);
  // A set yields what is added while it is gone through.
  for (const node of seen) {
    for (const slot of Object.keys(node.inputs)) {
      for (const from of facts.feeding(node, slot)) seen.add(from);
    }
  }
  return seen;
}
