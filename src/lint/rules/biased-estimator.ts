import { biasedEstimator } from '../../diagnostics/catalogue/lint.ts';
import type { Rule } from '../rule.ts';

/** The biased estimator of similarity on batches that have fewer examples than a layer has features. */
export const biasedEstimatorRule: Rule = {
  name: 'biased-estimator',
  *check(facts) {
    for (const [node, params] of facts.settings()) {
      const own = facts.kindOf(node).facts;
      const batch = own?.biasedBatch?.(params as never) ?? null;
      if (batch === null) continue;
      const asked = Object.values(own?.asks?.(params as never) ?? {});
      for (const slot of own?.layersFrom ?? []) {
        for (const from of facts.feeding(node, slot)) {
          // The widest: a batch that suffices for it suffices for all.
          const [widest] = (facts.layersOf(from) ?? [])
            .filter(({ name }) =>
              asked.every((layers) => layers?.includes(name) ?? true),
            )
            .map(({ name, width }) => ({ name, width: width ?? 0 }))
            .sort((a, b) => b.width - a.width);
          if (widest === undefined || widest.width <= batch) continue;
          const { name, width } = widest;
          const at = node.spans.settings['estimator'] ?? node.spans.params;
          yield { node, diagnostic: biasedEstimator(batch, name, width, at) };
        }
      }
    }
  },
};
