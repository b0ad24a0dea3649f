import { readManifest } from '../artifact/codec-manifest.ts';
import type { TableValue } from '../artifact/table.ts';
import type { Lease, Leases } from '../cache/leases.ts';
import type { Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { Executor } from '../executor/executor.ts';
import type { NodeName, PlannedInput, PlannedNode } from '../pipeline/plan.ts';
import type { JobEnd, JobStep } from '../scheduler/job.ts';
import { deferred, type Deferred } from '../util/deferred.ts';
import { errorMessage } from '../util/error-message.ts';
import { formatSpan } from '../util/quantities.ts';
import type { NodeTask, TaskInput } from '../worker/protocol.ts';
import { findPlace, withContinuation, type CoursePlace } from './courses.ts';
import type { Allotments } from './allotments.ts';
import type { OtherProgram } from './events.ts';
import { tableOf, type Examiner, type Hit, type Miss } from './examiner.ts';
import { EVICTED_REASON, missReason } from './reasons.ts';
import { NodeFailedError, type Reporter } from './reporter.ts';
import { TimeLimit } from './time-limit.ts';
import type { TinyNodes } from './tiny-nodes.ts';
import { verifyContent } from './verify-content.ts';

/** Why a node is a hit that had to run a moment before. */
const MEANWHILE_REASON = 'another program computed it meanwhile';

/** A key that a node of this run computes, or has computed. */
interface Holder {
  readonly node: NodeName;
  /** Settles when the node has ended for good, however often it was tried. */
  readonly ended: Deferred<void>;
  /** What went wrong, once it has failed. */
  failure?: string;
  /** Another program had stored it just before. */
  wasFound?: boolean;
}

const programOf = ({ program, since }: Lease): OtherProgram => ({
  id: program.identity.id,
  command: program.command,
  pid: program.identity.pid,
  since,
});

/** What becomes of a node when it is its turn: key, look up, verify, lease, run. */
export class NodeJobs {
  readonly #pipeline: string;
  readonly #store: Store;
  readonly #leases: Leases | undefined;
  readonly #examiner: Examiner;
  readonly #executor: Executor;
  readonly #reporter: Reporter;
  readonly #toVerify: ReadonlySet<NodeName>;
  readonly #shorter: ReadonlyMap<NodeName, NodeName>;
  readonly #tiny: TinyNodes;
  readonly #allotments: Allotments;
  readonly #signal: AbortSignal;
  /** Nodes that another one goes on from, until they have ended. */
  readonly #ahead: Map<NodeName, Deferred<void>>;
  readonly #holders = new Map<Digest, Holder>();
  readonly #keysHeld = new Map<NodeName, Digest>();
  /** Nodes that hold a key and have not ended. */
  readonly #running = new Set<NodeName>();
  readonly #sizes = new Map<NodeName, number>();
  /** Who was waited for last, by the node. */
  readonly #awaited = new Map<NodeName, OtherProgram>();

  constructor(options: {
    readonly pipeline: string;
    readonly store: Store;
    /** Not given where nobody else sees the store. */
    readonly leases?: Leases | undefined;
    readonly examiner: Examiner;
    readonly executor: Executor;
    readonly reporter: Reporter;
    readonly toVerify: ReadonlySet<NodeName>;
    /** Of nodes of this run on one course: the one that ends just before. */
    readonly shorter: ReadonlyMap<NodeName, NodeName>;
    readonly tiny: TinyNodes;
    readonly allotments: Allotments;
    readonly signal: AbortSignal;
  }) {
    this.#pipeline = options.pipeline;
    this.#store = options.store;
    this.#leases = options.leases;
    this.#examiner = options.examiner;
    this.#executor = options.executor;
    this.#reporter = options.reporter;
    this.#toVerify = options.toVerify;
    this.#shorter = options.shorter;
    this.#tiny = options.tiny;
    this.#allotments = options.allotments;
    this.#signal = options.signal;
    this.#ahead = new Map(
      [...this.#shorter.values()].map((name) => [name, deferred()]),
    );
  }

  /** @throws NodeFailedError, or what the executor throws when a worker dies. */
  async run(node: PlannedNode): Promise<JobStep> {
    // Anew, even if it was looked at before: what it needs may have run since, and yielded the same bytes as ever.
    this.#examiner.forget(node.name);
    const state = await this.#examiner.examine(node);
    switch (state.type) {
      case 'broken':
        throw new NodeFailedError(state.message, {
          key: null,
          isAboutParams: true,
        });
      case 'open':
        throw new Error(`Internal error: inputs of "${node.name}" are missing`);
      case 'hit': {
        const damage = await this.#damageOf(node.name, state);
        if (damage === null) {
          this.#reporter.hit(
            node.name,
            state,
            this.#hitReason(node.name, state),
          );
          return { type: 'done' };
        }
        const settled = this.#examiner.settle(node);
        if (!settled.ok) {
          throw new Error(`Internal error: "${node.name}" has no parameters`);
        }
        this.#examiner.forget(node.name);
        return this.#compute({
          type: 'miss',
          key: state.key,
          parts: state.parts,
          node: settled.value,
          damage: state.isEvicted ? null : damage,
          isEvicted: state.isEvicted,
        });
      }
      case 'miss': {
        const shorter = this.#shorter.get(node.name);
        const ahead = shorter && this.#ahead.get(shorter);
        return ahead === undefined
          ? this.#compute(state)
          : { type: 'later', when: ahead.promise };
      }
    }
  }

  /** What a node has added to the cache in this run, in bytes of arrays. */
  sizeOf(node: NodeName): number {
    return this.#sizes.get(node) ?? 0;
  }

  /** Keys that nodes of this run compute at the moment. */
  get keysHeld(): ReadonlySet<Digest> {
    return new Set(
      [...this.#running].flatMap((node) => this.#keysHeld.get(node) ?? []),
    );
  }

  /** To be told how each node ended: those with the same key wait for it, in this program and in others. */
  ended(node: NodeName, end: JobEnd): void {
    this.#running.delete(node);
    this.#ahead.get(node)?.resolve();
    this.#ahead.delete(node);
    const key = this.#keysHeld.get(node);
    const holder = key === undefined ? undefined : this.#holders.get(key);
    if (key === undefined || holder === undefined) return;
    this.#leases?.release(key);
    if (end.type === 'failed') holder.failure = errorMessage(end.error);
    holder.ended.resolve();
  }

  #hitReason(node: NodeName, { key }: Hit): string | undefined {
    const other = this.#awaited.get(node);
    if (other !== undefined) {
      return `another program (\`${other.command}\`, process ${other.pid}) computed it while this one waited`;
    }
    const holder = this.#holders.get(key);
    if (holder?.wasFound === true) return MEANWHILE_REASON;
    return holder === undefined
      ? undefined
      : `${holder.node}, with the same inputs and parameters, ran in this run`;
  }

  async #damageOf(node: NodeName, hit: Hit): Promise<string | null> {
    // What this run has written needs no second look.
    return this.#toVerify.has(node) && !this.#holders.has(hit.key)
      ? verifyContent(this.#store, hit.content)
      : null;
  }

  async #compute(miss: Miss): Promise<JobStep> {
    const { node } = miss;
    const holder = this.#holders.get(miss.key);
    if (holder !== undefined && holder.node !== node.name) {
      return this.#followHolder(holder, miss.key);
    }
    if (holder === undefined) {
      const other = this.#leases?.take(miss.key, node.name) ?? null;
      if (other !== null) return this.#waitFor(node.name, miss.key, other);
      const held = this.#hold(miss.key, node.name);
      const found = await this.#lookAgain(node, miss);
      if (found !== null) {
        held.wasFound = true;
        this.#reporter.hit(node.name, found, this.#hitReason(node.name, found));
        return { type: 'done' };
      }
      if (miss.damage !== null) {
        this.#reporter.warn(
          `The result of ${node.name} in the cache is damaged (${miss.damage}); it is computed anew.`,
        );
      }
    }
    return this.#execute(miss);
  }

  /** Another program computes it: its result will do, and if it has none, the node is this program's. */
  #waitFor(node: NodeName, key: Digest, lease: Lease): JobStep {
    const program = programOf(lease);
    if (this.#awaited.get(node)?.id !== program.id) {
      this.#awaited.set(node, program);
      this.#reporter.waiting(node, program);
    }
    return {
      type: 'later',
      when: this.#leases?.free(key) ?? Promise.resolve(),
    };
  }

  /** What another program has stored between the look-up and the lease; null where nothing has changed. */
  async #lookAgain(node: PlannedNode, { key }: Miss): Promise<Hit | null> {
    if (
      this.#leases === undefined ||
      this.#store.read('records', key).state !== 'present'
    ) {
      return null;
    }
    const state = await this.#examiner.examine(node);
    if (state.type !== 'hit') return null;
    const damage = verifyContent(this.#store, state.content);
    return (await damage) === null ? state : null;
  }

  #hold(key: Digest, node: NodeName): Holder {
    const holder: Holder = { node, ended: deferred() };
    this.#holders.set(key, holder);
    this.#keysHeld.set(node, key);
    this.#running.add(node);
    return holder;
  }

  /** Another node of this run has the same key: its result will do, and so will its failure. */
  #followHolder(holder: Holder, key: Digest): JobStep {
    if (holder.failure === undefined) {
      return { type: 'later', when: holder.ended.promise };
    }
    throw new NodeFailedError(
      `${holder.node} has the same inputs and parameters, and failed: ${holder.failure}`,
      { key, isFinal: true },
    );
  }

  async #execute(miss: Miss): Promise<JobStep> {
    const { node } = miss;
    const { name } = node;
    // Before it runs: afterwards the last run is this one.
    const reason =
      miss.isEvicted === true
        ? EVICTED_REASON
        : missReason(
            { store: this.#store, pipeline: this.#pipeline, node: name },
            miss.parts,
            miss.damage,
          );
    const place = findPlace(
      this.#store,
      this.#examiner.kindOf(node),
      node,
      miss.parts,
    );
    const task = this.#taskOf(miss, place);
    const limit = new TimeLimit(node.resources.timeMs, this.#signal);
    const result = await this.#executor.run(task, {
      signal: limit.signal,
      started: () => {
        limit.start();
        this.#reporter.started(name, miss.key);
      },
      progress: (progress) => {
        this.#reporter.progress(name, progress);
      },
      warned: (message) => {
        this.#reporter.warn(message);
      },
    });
    limit.close();
    switch (result.type) {
      case 'stopped':
        if (limit.isOver) throw this.#overTime(node, miss.key);
        return { type: 'stopped' };
      case 'failed':
        throw new NodeFailedError(result.message, {
          key: miss.key,
          seconds: result.seconds,
          trace: result.stack,
        });
      case 'stored':
        this.#tiny.took(node, result.seconds);
        this.#sizes.set(name, result.sizeBytes);
        this.#examiner.learn(name, result.content);
        this.#reporter.ran(name, {
          key: miss.key,
          seconds: result.seconds,
          reason: withContinuation(reason, 'continued', result.continuedFrom),
          table: this.#tableOf(node, result.content),
        });
        return { type: 'done' };
    }
  }

  #overTime({ resources }: PlannedNode, key: Digest): NodeFailedError {
    const timeMs = resources.timeMs ?? 0;
    const isKept = this.#store.read('checkpoints', key).state === 'present';
    return new NodeFailedError(
      `It was stopped at its time limit of ${formatSpan(timeMs)}. ${
        isKept
          ? 'Its checkpoint is kept: the next run goes on from there, with a larger limit or the same once more.'
          : 'It keeps no checkpoint: only a larger limit helps.'
      }`,
      { key, seconds: timeMs / 1000, isFinal: true },
    );
  }

  #tableOf(node: PlannedNode, content: Digest): TableValue | null {
    if (node.output !== 'table') return null;
    const manifest = readManifest(this.#store, content);
    return manifest.state === 'present' ? tableOf(manifest.value) : null;
  }

  #taskOf({ key, parts, node }: Miss, place: CoursePlace | null): NodeTask {
    return {
      pipeline: this.#pipeline,
      node: node.name,
      kind: node.kind,
      params: node.params,
      inputs: Object.fromEntries(
        Object.entries(node.inputs).map(([slot, input]) => [
          slot,
          this.#taskInput(input),
        ]),
      ),
      key,
      parts,
      course: place && { name: place.name, earlier: place.earlier },
      isTiny: this.#tiny.has(node),
      ...this.#shareOf(node),
    };
  }

  #shareOf(node: PlannedNode): Pick<NodeTask, 'cpus' | 'gpus'> {
    const { cpus, gpus } = this.#allotments.of(node);
    return { cpus, gpus };
  }

  #taskInput(input: PlannedInput): TaskInput {
    return input.type === 'single'
      ? { type: 'single', content: this.#contentOf(input.node) }
      : {
          type: 'collected',
          members: input.members.map(({ coordinates, node }) => ({
            coordinates,
            content: this.#contentOf(node),
          })),
        };
  }

  #contentOf(node: NodeName): Digest {
    const content = this.#examiner.content(node);
    if (content === undefined) {
      throw new Error(`Internal error: the content of "${node}" is not known`);
    }
    return content;
  }
}
