import { layerUnknown } from '../../diagnostics/catalogue/lint.ts';
import type { Rule } from '../rule.ts';

/** A layer that the network won't have, or that nobody extracts. */
export const unknownLayerRule: Rule = {
  name: 'unknown-layer',
  *check(facts) {
    for (const [node, params] of facts.settings()) {
      const own = facts.kindOf(node).facts;
      const asked = own?.asks?.(params as never);
      if (asked === undefined) continue;
      for (const slot of own?.layersFrom ?? []) {
        for (const from of facts.feeding(node, slot)) {
          const known = facts.layersOf(from)?.map(({ name }) => name);
          if (known === undefined) continue;
          for (const [param, layers] of Object.entries(asked)) {
            for (const layer of layers ?? []) {
              if (known.includes(layer)) continue;
              const at = node.spans.settings[param] ?? node.spans.params;
              const related = { name: from.name, at: from.spans.family };
              yield {
                node,
                diagnostic: layerUnknown(layer, known, related, at),
              };
            }
          }
        }
      }
    }
  },
};
