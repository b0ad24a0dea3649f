import { deserialize, serialize } from 'node:v8';
import type { Found, Store } from '../cache/store.ts';
import type { Digest } from '../fingerprint/digest.ts';
import type { Checkpoints } from '../kind/kind.ts';
import { errorMessage } from '../util/error-message.ts';
import type { LogState, NodeLog } from './node-log.ts';

/** The form of checkpoints, bumped when it or that of a state in them changes: others are not resumed from. */
export const CHECKPOINT_VERSION = 2;

/** What a checkpoint holds. */
interface Saved {
  readonly version: number;
  /** Name and facts of the backend: on another one the same steps give other bytes. */
  readonly backend: Readonly<Record<string, string>>;
  /** Time that the node has taken, over all processes that worked on it; not that of a run which it went on from. */
  readonly seconds: number;
  readonly log: LogState;
  /** Epochs of the run that it went on from. */
  readonly continuedFrom: number | null;
  /** The kind's own. */
  readonly state: unknown;
}

/** What the checkpoints of a node need to know of it. */
export interface NodeCheckpointsOptions {
  readonly store: Store;
  readonly key: Digest;
  /** Runs that went the same way less far, the furthest first: what to begin with where the node itself has no state. */
  readonly earlier: readonly {
    readonly epochs: number;
    readonly key: Digest;
  }[];
  /** Its name, for warnings. */
  readonly node: string;
  /** An interrupt makes a save due. */
  readonly signal: AbortSignal;
  /** Between two saves, and before the first. */
  readonly intervalSeconds: number;
  /** Saved and restored with the state. */
  readonly log: NodeLog;
  /** Name and facts of the backend that the node has opened. */
  readonly backend: () => Readonly<Record<string, string>>;
  /** Since the node started in this process. */
  readonly seconds: () => number;
  readonly warn: (message: string) => void;
}

/** The checkpoints of one node while it runs: in the store under its run key, one at a time. */
export class NodeCheckpoints implements Checkpoints {
  readonly #options: NodeCheckpointsOptions;
  #savedAt = 0;
  #secondsBefore = 0;
  #isResumed = false;
  #continuedFrom: number | null = null;
  #left: Uint8Array | undefined;
  #hasWarned = false;

  constructor(options: NodeCheckpointsOptions) {
    this.#options = options;
  }

  /** Whether the node goes on from a checkpoint. */
  get isResumed(): boolean {
    return this.#isResumed;
  }

  /** Epochs of the run from whose end the node went on; null where it was none. */
  get continuedFrom(): number | null {
    return this.#continuedFrom;
  }

  /** The state at the end, as it is to be kept with the result. */
  get left(): Uint8Array | undefined {
    return this.#left;
  }

  /** Time that the node has taken, earlier processes included as far as they saved. */
  get secondsInAll(): number {
    return this.#secondsBefore + this.#options.seconds();
  }

  async load(): Promise<unknown> {
    const { store, key, node } = this.#options;
    const found = this.#open(store.read('checkpoints', key));
    if (found.state === 'present') {
      this.#secondsBefore = found.value.seconds;
      this.#continuedFrom = found.value.continuedFrom;
      return this.#goOn(found.value);
    }
    if (found.state === 'damaged') {
      this.#options.warn(
        `The checkpoint of ${node} in the cache can't be used (${found.why}); the node starts anew.`,
      );
      await this.#tryTo('removed', () => store.dropCheckpoint(key));
    }
    for (const { epochs, key: other } of this.#options.earlier) {
      // One that can't be used is as good as none: it was never this node's.
      const end = this.#open(store.read('checkpoints', other));
      if (end.state !== 'present') continue;
      this.#continuedFrom = epochs;
      return this.#goOn(end.value);
    }
    return null;
  }

  #goOn(saved: Saved): unknown {
    this.#options.log.restore(saved.log);
    this.#isResumed = true;
    return saved.state;
  }

  isDue(): boolean {
    const { signal, intervalSeconds, seconds } = this.#options;
    return signal.aborted || seconds() - this.#savedAt >= intervalSeconds;
  }

  async save(state: unknown): Promise<void> {
    const { store, key, seconds } = this.#options;
    await this.#tryTo('saved', () =>
      store.keepCheckpoint(key, this.#encode(state)),
    );
    this.#savedAt = seconds();
  }

  leave(state: unknown): void {
    this.#left = this.#encode(state);
  }

  #encode(state: unknown): Uint8Array {
    const saved: Saved = {
      version: CHECKPOINT_VERSION,
      backend: this.#options.backend(),
      seconds: this.secondsInAll,
      log: this.#options.log.state,
      continuedFrom: this.#continuedFrom,
      state,
    };
    return serialize(saved);
  }

  /** A checkpoint is a help. Where the disk is full the node goes on without: its result may yet find room. */
  async #tryTo(what: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
    } catch (error) {
      if (this.#hasWarned) return;
      this.#hasWarned = true;
      this.#options.warn(
        `The checkpoint of ${this.#options.node} can't be ${what}: ${errorMessage(error)}`,
      );
    }
  }

  #open(found: Found<Uint8Array>): Found<Saved> {
    if (found.state !== 'present') return found;
    try {
      const saved = deserialize(found.value) as Saved;
      const why = this.#refuse(saved);
      return why === null
        ? { state: 'present', value: saved }
        : { state: 'damaged', why };
    } catch (error) {
      // Another version of Node may write what this one can't read.
      return { state: 'damaged', why: errorMessage(error) };
    }
  }

  #refuse({ version, backend }: Saved): string | null {
    if (version !== CHECKPOINT_VERSION) {
      return `it has version ${version}, and this program reads version ${CHECKPOINT_VERSION}`;
    }
    const [then, now] = [backend, this.#options.backend()].map(describe);
    return then === now ? null : `it was made with ${then}, and this is ${now}`;
  }
}

/** `wasm, kernels simd, tfjs-core 4.22.0`: facts by name. */
const describe = ({
  name,
  ...facts
}: Readonly<Record<string, string>>): string =>
  [
    name ?? 'no backend',
    ...Object.entries(facts)
      .map((fact) => fact.join(' '))
      .sort(),
  ].join(', ');
