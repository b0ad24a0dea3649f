import {
  silenceUnknown,
  silenceUnused,
  silenceWithoutReason,
} from '../diagnostics/catalogue/lint.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Registry } from '../kind/registry.ts';
import type { Allowance, Plan } from '../pipeline/plan.ts';
import { PlanFacts } from './plan-facts.ts';
import { RULES } from './rules.ts';

/** What to look through. */
export interface LintOptions {
  readonly registry: Registry;
  /** Whether profiles or settings are laid over the file: then a silence may be for what they take away. */
  readonly hasOverlays: boolean;
}

/**
 * Looks for what is right by the language and wrong by the protocol of such a study. Runs nothing.
 *
 * @returns what is not silenced by a family's `allow`, and silences that are for nothing or without a reason; in the order
 * of the file, each once, whatever the number of members.
 */
export function lintPlan(
  plan: Plan,
  { registry, hasOverlays }: LintOptions,
): readonly Diagnostic[] {
  const facts = new PlanFacts(plan, registry);
  const findings = new Map<string, Diagnostic>();
  const used = new Set<Allowance>();
  for (const rule of RULES) {
    for (const { node, diagnostic } of rule.check(facts)) {
      const allowance = node.allow.find((one) => one.rule === rule.name);
      if (allowance !== undefined) {
        used.add(allowance);
        continue;
      }
      const { code, at } = diagnostic;
      const key = `${code} ${at.file.path} ${at.start}`;
      if (!findings.has(key)) findings.set(key, diagnostic);
    }
  }
  const all = [...findings.values(), ...silences(plan, used, hasOverlays)];
  return all.sort(
    (a, b) =>
      compare(a.at.file.path, b.at.file.path) || a.at.start - b.at.start,
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What is wrong with the silences themselves. */
function silences(
  plan: Plan,
  used: ReadonlySet<Allowance>,
  hasOverlays: boolean,
): readonly Diagnostic[] {
  const known = RULES.map(({ name }) => name);
  const allowances = new Set(
    Array.from(plan.nodes.values(), ({ allow }) => allow).flat(),
  );
  return [...allowances].flatMap((one) => {
    const { rule, reason, at } = one;
    if (!known.includes(rule)) return silenceUnknown(rule, known, at);
    const found: Diagnostic[] = [];
    if (reason.trim() === '') found.push(silenceWithoutReason(rule, at));
    if (!used.has(one) && !hasOverlays) found.push(silenceUnused(rule, at));
    return found;
  });
}
