import type { NodeName, PlannedNode } from '../pipeline/plan.ts';

/** A node that takes less is done before a message about it would be. */
const TINY_SECONDS = 0.01;

/**
 * Which nodes take next to no time: those of a family whose last node took next to none; before one of it has run, those
 * that took next to none in an earlier run. It is a guess: what takes longer after all holds up a few others once.
 */
export class TinyNodes {
  readonly #estimates: ReadonlyMap<NodeName, number | null>;
  readonly #latest = new Map<string, number>();
  readonly #alone = new Set<NodeName>();

  /** @param estimates seconds, from earlier runs. */
  constructor(estimates: ReadonlyMap<NodeName, number | null>) {
    this.#estimates = estimates;
  }

  has({ name, family, resources }: PlannedNode): boolean {
    const seconds = this.#latest.get(family) ?? this.#estimates.get(name);
    return (
      seconds !== undefined &&
      seconds !== null &&
      seconds < TINY_SECONDS &&
      // What has a limit or a share of its own is dealt with by itself.
      resources.timeMs === null &&
      resources.cpus === 1 &&
      (resources.gpus ?? 0) === 0 &&
      !this.#alone.has(name)
    );
  }

  /** To be told how long each node took. */
  took({ family }: PlannedNode, seconds: number): void {
    this.#latest.set(family, seconds);
  }

  /** Says that a node is not to be run together with others: its worker has died, and it may be the cause. */
  keepApart(node: NodeName): void {
    this.#alone.add(node);
  }
}
