import { groupDigits } from '../../util/group-digits.ts';
import type { Diagnostic, Span } from '../diagnostic.ts';
import { error, type Related } from '../make.ts';
import { counted, quoted } from '../text.ts';

/** @param edges every edge in order, the last leading back to the first node. */
export const cycle = (
  nodes: readonly string[],
  at: Span,
  edges: readonly Related[],
): Diagnostic =>
  error(
    'CYCLE',
    at,
    nodes.length === 1
      ? `${quoted(nodes[0] ?? '')} needs itself.`
      : `${quoted(nodes[0] ?? '')} needs itself, by way of ${counted(nodes.length - 1, 'other node')}.`,
    { related: edges },
  );

/** @param facts what there is too much of: `node`; where, as it follows the noun; and how much is planned. */
export const planTooLarge = (
  count: number,
  {
    noun,
    where,
    limit,
  }: { readonly noun: string; readonly where: string; readonly limit: number },
  at: Span,
  help: string,
): Diagnostic => {
  const amount = Number.isSafeInteger(count)
    ? counted(count, noun)
    : `more ${noun}s than can be counted`;
  return error(
    'PLAN_TOO_LARGE',
    at,
    `The plan would have ${amount}${where}, and ${groupDigits(limit)} is as much as is planned.`,
    { help },
  );
};

/** @param facts what each node of the family needs, and what there is of it: `2 GPUs`, `none`. */
export const resourceUnavailable = (
  family: string,
  { needed, there }: { readonly needed: string; readonly there: string },
  at: Span,
  help: string,
): Diagnostic =>
  error(
    'RESOURCE_UNAVAILABLE',
    at,
    `A node of ${quoted(family)} needs ${needed}, and this run has ${there}.`,
    { help },
  );
