import { resourceUnavailable } from '../diagnostics/catalogue/plan.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { MachineBudget } from '../executor/machine.ts';
import type { Registry } from '../kind/registry.ts';
import type { Resources } from '../kind/resources.ts';
import type { PlannedNode } from '../pipeline/plan.ts';
import type { Quantities } from '../scheduler/job.ts';
import { usesGpus, type BackendName } from '../tensor/backend.ts';
import { formatBytes } from '../util/quantities.ts';

/** What a node is given while it runs. */
export interface Allotment {
  /** Places of the scheduler. */
  readonly places: number;
  /** Quantities of the scheduler beside that. */
  readonly needs: Quantities;
  readonly cpus: number;
  readonly gpus: number;
}

/** What a run has to give. */
export interface RunBudget extends MachineBudget {
  /** Processors that it may use at a time; more than there are where the user says so. */
  readonly places: number;
}

/** The quantities of the scheduler that a run has. */
export const quantitiesOf = ({ gpus, memoryBytes }: RunBudget): Quantities => ({
  gpus: gpus.length,
  memory: memoryBytes,
});

/** What each node is given, by its resources, its kind and the backend of the run. */
export class Allotments {
  readonly #budget: RunBudget;
  readonly #registry: Registry;
  readonly #usesGpus: boolean;

  constructor(options: {
    readonly budget: RunBudget;
    readonly registry: Registry;
    readonly backend: BackendName;
  }) {
    this.#budget = options.budget;
    this.#registry = options.registry;
    this.#usesGpus = usesGpus(options.backend);
  }

  of({ kind, resources }: PlannedNode): Allotment {
    const { places, gpus: names } = this.#budget;
    const { cpus, memoryBytes } = resources;
    // A kind takes what there is: on a machine without a GPU the backend says what that means.
    const usual = this.#usesGpus
      ? Math.min(this.#registry.get(kind)?.resources?.gpus ?? 0, names.length)
      : 0;
    const gpus = resources.gpus ?? usual;
    return {
      places: Math.min(cpus, places),
      needs: {
        ...(gpus > 0 ? { gpus } : {}),
        ...(memoryBytes > 0 ? { memory: memoryBytes } : {}),
      },
      cpus,
      gpus,
    };
  }
}

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

/** What nodes ask for that the run can never give, once for each family. */
export function findUnavailable(
  nodes: Iterable<PlannedNode>,
  { processors, places, gpus, memoryBytes }: RunBudget,
): readonly Diagnostic[] {
  const most = Math.max(processors, places);
  const families = new Set<string>();
  const found: Diagnostic[] = [];
  for (const { family, resources, spans } of nodes) {
    if (families.has(family)) continue;
    families.add(family);
    const report = (
      field: keyof Resources,
      facts: { readonly needed: string; readonly there: string },
      help: string,
    ): void => {
      const at = spans.resources[field] ?? spans.kind;
      found.push(resourceUnavailable(family, facts, at, help));
    };
    if (resources.cpus > most) {
      report(
        'cpus',
        {
          needed: counted(resources.cpus, 'processor'),
          there: counted(most, 'processor'),
        },
        'Ask for fewer, or allow more of them than there are with --jobs.',
      );
    }
    if ((resources.gpus ?? 0) > gpus.length) {
      report(
        'gpus',
        {
          needed: counted(resources.gpus ?? 0, 'GPU'),
          there: gpus.length === 0 ? 'none' : counted(gpus.length, 'GPU'),
        },
        'Ask for fewer; CUDA_VISIBLE_DEVICES says which of the machine a run may use.',
      );
    }
    if (resources.memoryBytes > memoryBytes) {
      report(
        'memoryBytes',
        {
          needed: `${formatBytes(resources.memoryBytes)} of memory`,
          there: formatBytes(memoryBytes),
        },
        'Ask for less, or give the run more with --memory.',
      );
    }
  }
  return found;
}
