import type { Span } from '../diagnostics/diagnostic.ts';
import { positionAt } from '../diagnostics/position.ts';
import { visible } from '../util/visible.ts';
import type { NodeName } from '../pipeline/plan.ts';

/**
 * A failure as it is shown: `pipelines/x.yaml:31:3 NODE_FAILED train[loss=supcon]: loss is NaN at step 37 of 400`. What a
 * terminal would act on is escaped; lines stay lines.
 */
export function failureText(node: NodeName, at: Span, message: string): string {
  const { line, column } = positionAt(at.file, at.start);
  const shown = message.split(/\r?\n/).map(visible).join('\n');
  return `${visible(at.file.path)}:${line}:${column} NODE_FAILED ${node}: ${shown}`;
}
