import { chosenOnTest } from '../../diagnostics/catalogue/lint.ts';
import type { Rule } from '../rule.ts';

/** The split that results are reported on, unless a candidate names another. */
const SCORED = 'test';

/** One of several candidates chosen by a number that is measured on the examples which results are reported on. */
export const chosenOnTestRule: Rule = {
  name: 'chosen-on-test',
  *check(facts) {
    for (const node of facts.nodes) {
      const choice = facts.kindOf(node).facts?.chooses?.(node.params as never);
      if (choice === undefined) continue;
      const { slot, number, param } = choice;
      for (const candidate of facts.feeding(node, slot)) {
        const own = facts.kindOf(candidate).facts;
        const params = candidate.params as never;
        const split = own?.measuredOn?.(params, number) ?? null;
        const scored = own?.splitRoles?.includes('test') ?? false;
        const onScore = scored ? candidate.params['test'] : SCORED;
        if (split === null || split !== onScore) continue;
        const at =
          node.spans.settings[param] ??
          node.inputs[slot]?.at ??
          node.spans.params;
        const related = { name: candidate.name, at: candidate.spans.family };
        yield { node, diagnostic: chosenOnTest(number, split, related, at) };
      }
    }
  },
};
