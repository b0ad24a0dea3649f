import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { PlannedNode } from '../pipeline/plan.ts';
import type { PlanFacts } from './plan-facts.ts';

/** Something doubtful, and the node whose family can be excepted from the rule. */
export interface Finding {
  readonly node: PlannedNode;
  readonly diagnostic: Diagnostic;
}

/** What a rule looks for. Rules ask kinds for facts and never for their names. */
export interface Rule {
  /** Its name under `allow`. */
  readonly name: string;
  /** May find the same twice, in several members of a family: it is shown once. */
  check(facts: PlanFacts): Iterable<Finding>;
}
