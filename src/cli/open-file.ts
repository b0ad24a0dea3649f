import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { printDiagnostics } from '../diagnostics/print.ts';
import { Registry } from '../kind/registry.ts';
import { nodeKinds } from '../nodes/index.ts';
import { loadPlan } from '../pipeline/load-plan.ts';
import type { NodeName, Plan } from '../pipeline/plan.ts';
import { selectNodes } from '../pipeline/select-nodes.ts';
import { ok, type Result } from '../util/result.ts';
import type { FileOptions } from './options.ts';
import { usesColor } from './uses-color.ts';

/** A pipeline file, read and found right. */
export interface OpenedFile {
  readonly plan: Plan;
  readonly registry: Registry;
  /** The file as one that means the same, with all that is laid over it. */
  readonly print: () => string;
}

/** Reads a pipeline file with its overlays; warnings are said at once, to people. */
export function openFile(
  file: string,
  options: FileOptions,
): Result<OpenedFile, readonly Diagnostic[]> {
  const registry = new Registry(nodeKinds);
  const loaded = loadPlan({
    file,
    profiles: options.profile ?? [],
    sets: options.set ?? [],
    registry,
  });
  if (!loaded.ok) return loaded;
  const { plan, warnings, print } = loaded.value;
  if (warnings.length > 0 && options.json !== true) {
    process.stderr.write(
      printDiagnostics(warnings, {
        color: usesColor(process.stderr, process.env),
      }),
    );
  }
  return ok({ plan, registry, print });
}

/** The nodes that arguments name, or all of the plan where there are none. */
export function chooseNodes(
  plan: Plan,
  patterns: readonly string[] | undefined,
): Result<ReadonlySet<NodeName> | undefined, readonly Diagnostic[]> {
  if (patterns === undefined || patterns.length === 0) return ok(undefined);
  return selectNodes(plan, patterns, 'command line');
}

/** A file with the nodes of it that arguments name: what commands that look at nodes begin with. */
export function openNodes(
  file: string,
  patterns: readonly string[],
  options: FileOptions,
): Result<
  OpenedFile & { readonly nodes: ReadonlySet<NodeName> },
  readonly Diagnostic[]
> {
  const opened = openFile(file, options);
  if (!opened.ok) return opened;
  const { plan } = opened.value;
  const chosen = chooseNodes(plan, patterns);
  if (!chosen.ok) return chosen;
  return ok({
    ...opened.value,
    nodes: chosen.value ?? new Set(plan.nodes.keys()),
  });
}
