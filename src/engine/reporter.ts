import type { TableValue } from '../artifact/table.ts';
import type { Store } from '../cache/store.ts';
import type { Span } from '../diagnostics/diagnostic.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { Progress } from '../kind/kind.ts';
import type { NodeName, PlannedNode } from '../pipeline/plan.ts';
import type { JobEnd, SkipCause } from '../scheduler/job.ts';
import { errorMessage } from '../util/error-message.ts';
import { unreachable } from '../util/unreachable.ts';
import { encodePointer, latestName, readPointer } from '../worker/record.ts';
import type { OtherProgram, Outcome, RunListener } from './events.ts';
import type { Hit } from './examiner.ts';
import { failureText } from './failure-text.ts';
import { HIT_REASON } from './reasons.ts';

/** A node could not be computed. */
export class NodeFailedError extends Error {
  override readonly name = 'NodeFailedError';
  readonly key: Digest | null;
  readonly seconds: number;
  /** Whether it is about what the node's parameters lead to; else about the node as a whole. */
  readonly isAboutParams: boolean;
  /** Where in the code it came from. */
  readonly trace: string | null;
  /** Whether trying again would change nothing. */
  readonly isFinal: boolean;

  constructor(
    message: string,
    facts: {
      readonly key: Digest | null;
      readonly seconds?: number;
      readonly isAboutParams?: boolean;
      readonly trace?: string | null;
      readonly isFinal?: boolean;
    },
  ) {
    super(message);
    this.key = facts.key;
    this.seconds = facts.seconds ?? 0;
    this.isAboutParams = facts.isAboutParams ?? false;
    this.trace = facts.trace ?? null;
    this.isFinal = facts.isFinal ?? false;
  }
}

/** Why an interrupted node has no result. */
export const INTERRUPTED_REASON = 'the run was interrupted before it finished';

function skipReason(because: SkipCause): string {
  switch (because.type) {
    case 'needs':
      return `needs ${because.failed}, which failed`;
    case 'fail-fast':
      return `not started, because ${because.failed} failed`;
    case 'stopped':
      return INTERRUPTED_REASON;
    default:
      return unreachable(because);
  }
}

/** Turns what becomes of nodes into events, one end for each, and counts. */
export class Reporter {
  readonly #nodes: ReadonlyMap<NodeName, PlannedNode>;
  readonly #listener: RunListener;
  readonly #debug: boolean;
  readonly #open: Set<NodeName>;
  readonly #startedMs = new Map<NodeName, number>();
  readonly #keys = new Map<NodeName, Digest>();
  readonly #done = new Map<NodeName, Digest>();
  readonly #hits: { readonly node: NodeName; readonly hit: Hit }[] = [];
  readonly #counts: Record<Outcome, number> = {
    hit: 0,
    ran: 0,
    failed: 0,
    skipped: 0,
  };

  readonly #tables = new Map<NodeName, TableValue>();

  constructor(options: {
    readonly nodes: readonly PlannedNode[];
    readonly listener: RunListener;
    readonly debug?: boolean | undefined;
  }) {
    this.#nodes = new Map(options.nodes.map((node) => [node.name, node]));
    this.#listener = options.listener;
    this.#debug = options.debug ?? false;
    this.#open = new Set(this.#nodes.keys());
  }

  get counts(): Readonly<Record<Outcome, number>> {
    return { ...this.#counts };
  }

  /** The tables that are ready. */
  get tables(): ReadonlyMap<NodeName, TableValue> {
    return this.#tables;
  }

  warn(message: string): void {
    this.#listener({ type: 'warning', message });
  }

  /** A worker has taken the node up; told once, however often it is tried. */
  started(node: NodeName, key: Digest): void {
    this.#keys.set(node, key);
    if (this.#startedMs.has(node)) return;
    this.#startedMs.set(node, performance.now());
    this.#listener({ type: 'node-started', node });
  }

  /** Another program has the node; told once for each program that it is waited for. */
  waiting(node: NodeName, program: OtherProgram): void {
    this.#listener({ type: 'node-waiting', node, program });
  }

  progress(node: NodeName, progress: Progress): void {
    this.#listener({
      type: 'node-progress',
      node,
      progress,
      seconds: this.#secondsSinceStart(node),
    });
  }

  hit(node: NodeName, hit: Hit, reason: string = HIT_REASON): void {
    this.#hits.push({ node, hit });
    this.#finish(node, 'hit', {
      key: hit.key,
      reason,
      table: hit.table,
    });
  }

  ran(
    node: NodeName,
    facts: {
      readonly key: Digest;
      readonly seconds: number;
      readonly reason: string;
      readonly table: TableValue | null;
    },
  ): void {
    this.#finish(node, 'ran', facts);
  }

  /** How the scheduler says that a node ended; done ones have been told of already. */
  ended(node: NodeName, end: JobEnd): void {
    switch (end.type) {
      case 'done':
        return;
      case 'failed':
        this.#failed(node, end.error);
        return;
      case 'skipped':
        this.#finish(node, 'skipped', {
          key: null,
          reason: skipReason(end.because),
        });
        return;
      default:
        unreachable(end);
    }
  }

  /** Ends what has not ended: after a bug, or a cache that can't be written any more. */
  skipUnfinished(reason: string): void {
    for (const node of [...this.#open]) {
      this.#finish(node, 'skipped', { key: null, reason });
    }
  }

  /** The keys of all nodes that are done, in the order of the plan. */
  get keys(): readonly Digest[] {
    return [...this.#nodes.keys()].flatMap(
      (node) => this.#done.get(node) ?? [],
    );
  }

  /** Pointers that make the hits of this run the last runs of their nodes, as far as they lead elsewhere. */
  changedPointers(
    store: Store,
    pipeline: string,
  ): ReadonlyMap<Digest, Uint8Array> {
    const pointers = new Map<Digest, Uint8Array>();
    for (const { node, hit } of this.#hits) {
      const name = latestName(pipeline, node);
      if (readPointer(store, name)?.key !== hit.key) {
        pointers.set(name, encodePointer(hit));
      }
    }
    return pointers;
  }

  #failed(node: NodeName, error: unknown): void {
    const failure =
      error instanceof NodeFailedError
        ? error
        : new NodeFailedError(errorMessage(error), {
            key: this.#keys.get(node) ?? null,
            seconds: this.#secondsSinceStart(node),
            trace: error instanceof Error ? (error.stack ?? null) : null,
          });
    const trace =
      this.#debug && failure.trace !== null ? `\n${failure.trace}` : '';
    this.#finish(node, 'failed', {
      key: failure.key,
      seconds: failure.seconds,
      reason: failure.message,
      failure: failureText(
        node,
        this.#span(node, failure.isAboutParams),
        failure.message + trace,
      ),
    });
  }

  #finish(
    node: NodeName,
    outcome: Outcome,
    facts: {
      readonly key: Digest | null;
      readonly reason: string;
      readonly seconds?: number;
      readonly failure?: string;
      readonly table?: TableValue | null;
    },
  ): void {
    if (!this.#open.delete(node)) {
      throw new Error(`Internal error: "${node}" ended twice`);
    }
    this.#counts[outcome]++;
    if (facts.key !== null && (outcome === 'hit' || outcome === 'ran')) {
      this.#done.set(node, facts.key);
    }
    const table = facts.table ?? null;
    if (table !== null) this.#tables.set(node, table);
    this.#listener({
      type: 'node-finished',
      node,
      outcome,
      key: facts.key,
      seconds: facts.seconds ?? 0,
      reason: facts.reason,
      failure: facts.failure ?? null,
      table,
    });
  }

  #secondsSinceStart(node: NodeName): number {
    const started = this.#startedMs.get(node);
    return started === undefined ? 0 : (performance.now() - started) / 1000;
  }

  #span(name: NodeName, isAboutParams: boolean): Span {
    const node = this.#nodes.get(name);
    if (node === undefined) {
      throw new Error(`Internal error: "${name}" takes no part in the run`);
    }
    return isAboutParams ? node.spans.params : node.spans.family;
  }
}
