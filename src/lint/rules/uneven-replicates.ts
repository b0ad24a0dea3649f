import { unevenReplicates } from '../../diagnostics/catalogue/lint.ts';
import type { PlannedNode } from '../../pipeline/plan.ts';
import { comparisonsOf } from '../compared.ts';
import type { Rule } from '../rule.ts';

/** Compared rows that have not the same seeds, targets and so on. */
export const unevenReplicatesRule: Rule = {
  name: 'uneven-replicates',
  *check(facts) {
    for (const { node, slot, axis, rows } of comparisonsOf(facts)) {
      const placesOf = (members: readonly PlannedNode[]): readonly string[] =>
        members.map(({ coordinates }) =>
          Object.entries(coordinates)
            .filter(([name]) => name !== axis)
            .map(([name, value]) => `${name}=${value}`)
            .join(', '),
        );
      const places = Array.from(
        rows,
        ([row, members]) => [row, new Set(placesOf(members))] as const,
      );
      const all = new Set(places.flatMap(([, own]) => [...own]));
      const lacking = places.find(([, own]) => own.size < all.size);
      const at = node.inputs[slot]?.at;
      if (lacking === undefined || at === undefined) continue;
      const [row, own] = lacking;
      const missing = [...all].filter((place) => !own.has(place));
      yield { node, diagnostic: unevenReplicates(axis, row, missing, at) };
    }
  },
};
