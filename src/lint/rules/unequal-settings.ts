import { unequalSettings } from '../../diagnostics/catalogue/lint.ts';
import type { PlannedNode } from '../../pipeline/plan.ts';
import { alikeOf, type Alike } from '../../util/alike.ts';
import { comparisonsOf, upstreamOf, type Comparison } from '../compared.ts';
import type { PlanFacts } from '../plan-facts.ts';
import type { Rule } from '../rule.ts';

/** A parameter of a kind that has not the same values in all rows. */
interface Difference {
  readonly kind: string;
  readonly param: string;
  /** A node that has it, and not the value that was found first. */
  readonly node: PlannedNode;
  /** Row -> its values, as text. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The same while rows are gone through. */
interface Growing extends Difference {
  node: PlannedNode;
  readonly first: string;
  readonly values: Map<string, Set<string>>;
}

/** The parameters in which what leads to the rows differs, by kind. */
function differencesOf(
  { rows }: Comparison,
  facts: PlanFacts,
): readonly Difference[] {
  const found = new Map<string, Growing>();
  for (const [row, members] of rows) {
    // Most of what leads to a row has the settings of something else in it, which are then the same object.
    const seen = new Set<ReadonlyMap<string, string>>();
    for (const node of upstreamOf(members, facts)) {
      const settings = facts.settingsOf(node);
      if (seen.has(settings)) continue;
      seen.add(settings);
      for (const [param, value] of settings) {
        const key = `${node.kind} ${param}`;
        let one = found.get(key);
        if (one === undefined) {
          const { kind } = node;
          one = { kind, param, node, first: value, values: new Map() };
          found.set(key, one);
        }
        if (value !== one.first) one.node = node;
        const own = one.values.get(row) ?? new Set();
        one.values.set(row, own);
        own.add(value);
      }
    }
  }
  return [...found.values()].filter(({ values }) => {
    const all = new Set(Array.from(values.values(), (own) => textOf(own)));
    return all.size > 1;
  });
}

const textOf = (values: ReadonlySet<string>): string =>
  [...values].sort().join(' and ');

/** A comparison with what differs in it. */
interface Compared {
  readonly comparison: Comparison;
  readonly differences: readonly Difference[];
}

/** What was worked out for one rule, for the other. */
const compared = new WeakMap<PlanFacts, readonly Compared[]>();

/** The comparisons of a plan in which more than one setting differs. */
function comparedIn(facts: PlanFacts): readonly Compared[] {
  const known = compared.get(facts);
  if (known !== undefined) return known;
  const all = Array.from(comparisonsOf(facts), (comparison) => ({
    comparison,
    differences: differencesOf(comparison, facts),
  })).filter(({ differences }) => differences.length > 1);
  compared.set(facts, all);
  return all;
}

/**
 * A setting that is to be alike and differs beside another one. Where it alone differs it is what the comparison is about.
 */
const ruleFor = (name: string, what: Alike['what']): Rule => ({
  name,
  *check(facts) {
    for (const { comparison, differences } of comparedIn(facts)) {
      for (const { kind, param, node, values } of differences) {
        const mark = alikeOf(facts.kindOf(node).params.properties[param]);
        if (mark?.what !== what) continue;
        const hasReason = differences.some(
          (other) => other.kind === kind && other.param === mark.unless,
        );
        if (hasReason) continue;
        const { node: comparing, slot, axis } = comparison;
        yield {
          node,
          diagnostic: unequalSettings(what, {
            family: node.family,
            param,
            axis,
            values: Array.from(values, ([row, own]) => [row, textOf(own)]),
            at: node.spans.settings[param] ?? node.spans.params,
            comparing: comparing.family,
            comparedAt: comparing.inputs[slot]?.at ?? comparing.spans.family,
          }),
        };
      }
    }
  },
});

/** Compared results of which some were trained longer than others. */
export const unequalBudgetRule = ruleFor('unequal-budget', 'budget');
/** Compared results whose images or features were not prepared alike. */
export const unequalPreprocessingRule = ruleFor(
  'unequal-preprocessing',
  'preprocessing',
);
