import { differentExamples } from '../../diagnostics/catalogue/lint.ts';
import type { PlannedNode } from '../../pipeline/plan.ts';
import { alikeOf } from '../../util/alike.ts';
import type { PlanFacts } from '../plan-facts.ts';
import type { Rule } from '../rule.ts';

/** What tells the examples of one origin from those of another: not how they were prepared. */
const identityOf = (origin: PlannedNode, facts: PlanFacts): string =>
  JSON.stringify([
    origin.kind,
    Array.from(facts.settingsOf(origin)).filter(
      ([name]) =>
        alikeOf(facts.kindOf(origin).params.properties[name]) === undefined,
    ),
  ]);

/** Representations or predictions held against each other that are of different examples. */
export const differentExamplesRule: Rule = {
  name: 'different-examples',
  *check(facts) {
    for (const node of facts.nodes) {
      const slots = facts.kindOf(node).facts?.sameExamples ?? [];
      const origins = new Map<string, PlannedNode>();
      for (const slot of slots) {
        for (const from of facts.feeding(node, slot)) {
          const origin = facts.originOf(from);
          if (origin !== null) origins.set(identityOf(origin, facts), origin);
        }
      }
      const [first, second] = origins.values();
      if (first === undefined || second === undefined) continue;
      const at = node.inputs[slots.at(-1) ?? '']?.at ?? node.spans.family;
      yield {
        node,
        diagnostic: differentExamples(
          node.family,
          [first, second].map(({ name, spans }) => ({
            name,
            at: spans.family,
          })),
          at,
        ),
      };
    }
  },
};
