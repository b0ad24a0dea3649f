import { chosenOnTest } from '../../diagnostics/catalogue/lint.ts';
import { possibleParams } from '../../pipeline/plan.ts';
import type { Rule } from '../rule.ts';

/** The split that results are reported on, unless a candidate names another. */
const SCORED = 'test';

/** One of several candidates chosen by a number that is measured on the examples which results are reported on. */
export const chosenOnTestRule: Rule = {
  name: 'chosen-on-test',
  *check(facts) {
    for (const [node, settings] of facts.settings()) {
      const choice = facts.kindOf(node).facts?.chooses?.(settings as never);
      if (choice === undefined) continue;
      const { slot, number, param } = choice;
      for (const candidate of facts.feeding(node, slot)) {
        const own = facts.kindOf(candidate).facts;
        const scored = own?.splitRoles?.includes('test') ?? false;
        const splits = possibleParams(candidate).map((params) => ({
          split: own?.measuredOn?.(params as never, number) ?? null,
          onScore: scored ? params['test'] : SCORED,
        }));
        const split = splits.find((one) => one.split === one.onScore)?.split;
        if (split === undefined || split === null) continue;
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
