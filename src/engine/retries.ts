import { setTimeout } from 'node:timers/promises';
import { WorkerDiedError } from '../executor/executor.ts';
import type { NodeName, PlannedNode } from '../pipeline/plan.ts';
import { errorMessage } from '../util/error-message.ts';
import { formatSpan } from '../util/quantities.ts';
import { NodeFailedError, type Reporter } from './reporter.ts';
import type { TinyNodes } from './tiny-nodes.ts';

/** Attempts that a node has whose worker dies, where its family asks for none. */
const ATTEMPTS = 2;

/** No pause is longer, however often it was doubled. */
const LONGEST_PAUSE_MS = 3_600_000;

/** Decides whether a node that failed is tried again, and when. */
export class Retries {
  readonly #nodes: ReadonlyMap<NodeName, PlannedNode>;
  readonly #reporter: Reporter;
  readonly #tiny: TinyNodes;
  readonly #signal: AbortSignal;

  constructor(options: {
    readonly nodes: readonly PlannedNode[];
    readonly reporter: Reporter;
    readonly tiny: TinyNodes;
    readonly signal: AbortSignal;
  }) {
    this.#nodes = new Map(options.nodes.map((node) => [node.name, node]));
    this.#reporter = options.reporter;
    this.#tiny = options.tiny;
    this.#signal = options.signal;
  }

  /** @param attempts tries so far. */
  when(
    name: NodeName,
    error: unknown,
    attempts: number,
  ): Promise<unknown> | null {
    const hasDied = error instanceof WorkerDiedError;
    const isOver = error instanceof NodeFailedError && error.isFinal;
    const resources = this.#nodes.get(name)?.resources;
    const retries = resources?.retries ?? 0;
    const allowed = Math.max(retries + 1, hasDied ? ATTEMPTS : 1);
    if (isOver || attempts >= allowed) return null;
    if (hasDied) this.#tiny.keepApart(name);
    const message = errorMessage(error);
    if (retries === 0) {
      this.#reporter.warn(`${name} is tried once more: ${message}`);
      return Promise.resolve();
    }
    const pauseMs = Math.min(
      (resources?.backoffMs ?? 0) * 2 ** (attempts - 1),
      LONGEST_PAUSE_MS,
    );
    this.#reporter.warn(
      `${name} is tried again in ${formatSpan(pauseMs)} (attempt ${attempts + 1} of ${allowed}): ${message}`,
    );
    return setTimeout(pauseMs, undefined, { signal: this.#signal });
  }
}
