import type { Family } from './family.ts';
import type { InputsOf } from './find-cycles.ts';
import type { FamilyInput, Source } from './resolve-inputs.ts';
import type { PicksOf } from './resolve-picks.ts';
import type { Template } from './template.ts';

/** Inputs with the nodes among them that pick settings which parameters take: they come first too. */
export function withPickers(
  inputsOf: InputsOf,
  picksOf: PicksOf,
  templates: ReadonlyMap<Family, Template>,
): InputsOf {
  const edges = new Map(inputsOf);
  for (const [family, { source }] of picksOf) {
    if (templates.get(family)?.picked.size === 0) continue;
    const inputs = inputsOf.get(family) ?? [];
    edges.set(family, [...inputs, pickingInput(source)]);
  }
  return edges;
}

const pickingInput = (source: Source): FamilyInput => ({
  slot: 'settings',
  picks: true,
  collects: false,
  sources: [source],
  count: 1,
  at: source.at,
});
