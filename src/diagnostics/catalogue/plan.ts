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

/** @param noun what there is too much of: `node`, `input`. */
export const planTooLarge = (
  count: number,
  noun: string,
  limit: number,
  at: Span,
  help: string,
): Diagnostic =>
  error(
    'PLAN_TOO_LARGE',
    at,
    `The plan would have ${Number.isSafeInteger(count) ? counted(count, noun) : `more ${noun}s than can be counted`}, and ${limit.toLocaleString('en')} is as much as is planned.`,
    { help },
  );
