import { largeImageStem } from '../../diagnostics/catalogue/lint.ts';
import type { Rule } from '../rule.ts';

/** Images of up to so many rows are small. */
const SMALL_SIDE = 64;
/** By so much the stem for photographs of 224 × 224 shrinks them: stride 2, then a pooling with stride 2. */
const LARGE_REDUCTION = 4;

/** A network for photographs on small images. */
export const largeImageStemRule: Rule = {
  name: 'large-image-stem',
  *check(facts) {
    for (const [node, params] of facts.settings()) {
      const reduction =
        facts.kindOf(node).facts?.stemReduction?.(params as never) ?? 1;
      const origin = reduction < LARGE_REDUCTION ? null : facts.originOf(node);
      if (origin === null) continue;
      const side = facts.imageSideOf(node);
      if (side === null || side > SMALL_SIDE) continue;
      const at = node.spans.settings['model'] ?? node.spans.params;
      const source = { name: origin.name, at: origin.spans.family };
      yield { node, diagnostic: largeImageStem(reduction, side, source, at) };
    }
  },
};
