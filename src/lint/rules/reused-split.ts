import { splitReused } from '../../diagnostics/catalogue/lint.ts';
import type { Rule } from '../rule.ts';

/** A setting that is chosen on the examples that the result is then scored on. */
export const reusedSplitRule: Rule = {
  name: 'reused-split',
  *check(facts) {
    for (const [node, own] of facts.settings()) {
      const roles = facts.kindOf(node).facts?.splitRoles ?? [];
      const taken = new Map<unknown, string>();
      for (const role of roles) {
        const split = own[role];
        const first = taken.get(split);
        if (first !== undefined && typeof split === 'string') {
          // The one that the file names: the other may be a default.
          const { settings, params } = node.spans;
          const at = settings[role] ?? settings[first] ?? params;
          yield { node, diagnostic: splitReused(split, first, role, at) };
        }
        taken.set(split, role);
      }
    }
  },
};
