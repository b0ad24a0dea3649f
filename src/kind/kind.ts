import type { Static, TObject } from '../util/type.ts';
import type {
  Artifact,
  ArtifactType,
  Member,
  NewArtifact,
} from '../artifact/artifact.ts';
import type { TableOutline } from '../artifact/table.ts';
import type { Backend } from '../tensor/backend.ts';
import type { JsonObject } from '../util/json.ts';
import type { Result } from '../util/result.ts';
import type { KindFacts } from './facts.ts';
import type { KindResources } from './resources.ts';

/** A named input of a kind. */
export interface Slot<
  T extends ArtifactType = ArtifactType,
  C extends boolean = boolean,
> {
  readonly accepts: readonly T[];
  /** Whether it takes a list of members (`[seed=*]`, several references) rather than one artifact. */
  readonly collects: C;
  readonly description: string;
}
export type Slots = Readonly<Record<string, Slot>>;

/** The slots of a kind where the user names the inputs himself: what each of them takes. */
export interface OpenSlots extends Slot {
  /** Whether a node may have none of them; else it has at least one. */
  readonly mayBeNone?: boolean;
}

/** A slot for one artifact. */
export const one = <const T extends ArtifactType>(
  accepts: T | readonly T[],
  description: string,
): Slot<T, false> => ({
  accepts: Array.isArray(accepts) ? (accepts as readonly T[]) : [accepts as T],
  collects: false,
  description,
});

/** A slot for a list of artifacts that know their coordinates. */
export const many = <const T extends ArtifactType>(
  accepts: T | readonly T[],
  description: string,
): Slot<T, true> => ({
  accepts: Array.isArray(accepts) ? (accepts as readonly T[]) : [accepts as T],
  collects: true,
  description,
});

/** What arrives at a slot. */
export type SlotInput<S> =
  S extends Slot<infer T, infer C>
    ? C extends true
      ? readonly Member<T>[]
      : Artifact<T>
    : never;

/** What arrives at all slots of a kind. */
export type SlotInputs<I extends Slots> = {
  readonly [K in keyof I]: SlotInput<I[K]>;
};

/** How far a node is, for people who wait. */
export interface Progress {
  /** Work done and work in all, in `unit`. */
  readonly done: number;
  readonly total: number;
  /** What is counted: `epoch`, `penalty`, `image`. */
  readonly unit: string;
  /** Numbers worth watching, by their name: `{ loss: 0.83 }`. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Training or extraction speed. */
  readonly imagesPerSecond?: number;
  /** What was done already where this process went on from a checkpoint, in `unit`. The worker puts it in. */
  readonly resumedFrom?: number;
}

/**
 * Work in progress that outlives its process, by run key: a node that was killed goes on from there. Nothing of it may show
 * in the result: whoever resumes yields the same artifact and the same log as if he had never been stopped.
 */
export interface Checkpoints {
  /**
   * The state that was saved last for this key and on this backend, else the one that is furthest on among those that other
   * runs of the kind's `course` have left, or null. To be asked once, after the backend is open.
   * Lines that had been logged when it was saved are in the log again; the next progress is taken as that of the state.
   */
  load(): Promise<unknown>;
  /** Whether a save is due: after an interval of work, and on interrupt. Cheap enough to ask at every step. */
  isDue(): boolean;
  /**
   * Saves a state in place of the one before; it is gone once the node is finished. Where it can't be written, the work goes
   * on with a warning.
   *
   * @param state numbers, texts, lists, mappings and typed arrays; read while the call lasts.
   */
  save(state: unknown): Promise<void>;
  /**
   * Leaves the state at the end with the result: a run of the same course that goes further begins there. What is logged from
   * now on is about this end, and is not in that one's log.
   *
   * @param state as for `save`.
   */
  leave(state: unknown): void;
}

/**
 * The way of a kind that goes through epochs, each of which could have been the last: where one run ends, another goes on, to
 * the same bytes as if it had begun at the beginning.
 */
export interface Course<P> {
  /** Epochs that a run with these parameters goes through. */
  epochs(params: P): number;
  /**
   * The parameters of the run that ends after an epoch, and is the same until then: `train@epoch=10`.
   *
   * @param epoch from 1 to `epochs(params)`.
   */
  endingAt(params: P, epoch: number): P;
  /** What decides the way: where it is equal, runs are the same up to the end of the shorter one. */
  way(params: P): object;
}

/** Bound name -> value name, of one member that an input collects. */
export type InputCoordinates = Readonly<Record<string, string>>;

/** Of a kind whose nodes pick: what later nodes, which name one under `settings`, may take for their parameters. */
export interface Picks<P> {
  /**
   * Everything that a node may pick, as values of axes, by the coordinates of what its inputs collect; or a sentence that says
   * why its parameters don't fit them.
   */
  among(
    params: P,
    inputs: Readonly<Record<string, readonly InputCoordinates[]>>,
  ): Result<readonly InputCoordinates[], string>;
  /** What a node has picked, from the value that it yielded: one of those. */
  picked(value: JsonObject): InputCoordinates;
}

/** What `run` may use. Everything that may change its result is in `params` and `inputs`. */
export interface RunContext<P, I> {
  readonly params: P;
  readonly inputs: I;
  /** Aborted on interrupt. Long loops check it between steps: `signal.throwIfAborted()`. */
  readonly signal: AbortSignal;
  /** A folder for files that are fetched once and checked by digest; shared by all nodes of a cache. */
  readonly downloads: string;
  /**
   * Opens the tensor backend of this run; loaded at the first call. Kinds that need no tensors never call it.
   */
  backend(): Promise<Backend>;
  /** Tells how far the work is; cheap enough to call at every step (the worker thins it out). */
  progress(progress: Progress): void;
  readonly checkpoints: Checkpoints;
  /** Prints a line into the node's log, which a hit replays. No times, no machine facts. */
  log(line: string): void;
}

/**
 * What a node kind is: declared once, in one object. The parameter schema is the JSON Schema that editors use and the
 * TypeScript type that `run` sees.
 *
 * A kind that finds its input unfit throws `NodeError` with a sentence for the user.
 */
export interface NodeKind<
  P extends TObject = TObject,
  I extends Slots = Slots,
  O extends ArtifactType = ArtifactType,
> {
  readonly name: string;
  /** Bumped when `run` may return something else for the same parameters and inputs. Part of the key. */
  readonly version: number;
  /** One sentence. */
  readonly summary: string;
  /**
   * TypeBox object with `additionalProperties: false`; every property has a `description` with unit and range.
   *
   * A property declares the value at which it is as if it weren't there (`...neutral(0)` of `util/neutral.ts`): with it, the
   * property is not in the key. So one that is new and neutral by default invalidates nothing, as long as `run` does with it
   * what it did before. `test/nodes/neutral-values.test.ts` holds every declaration to that.
   */
  readonly params: P;
  readonly inputs: I;
  /** Where the user names the inputs himself (`table`). */
  readonly openInputs?: OpenSlots;
  readonly output: O;
  /** What its nodes take of the machine where a file says nothing else. */
  readonly resources?: KindResources;
  /**
   * Whether it may also run on those members of its inputs that are there so far, in the process that schedules, to show
   * people a table early: it is cheap, opens no backend, reads no arrays and collects all of its inputs.
   */
  readonly previews?: boolean;
  /** Where the work goes through epochs: how runs that differ in their number share them. */
  readonly course?: Course<Static<P>>;
  /** Where its nodes pick settings for others. */
  readonly picks?: Picks<Static<P>>;
  /** What is known of its nodes before they run, for lint rules. */
  readonly facts?: KindFacts<Static<P>>;
  /**
   * Files that `run` will read, absolute. Their contents are part of the key; `run` may read no others.
   * Parameters that are paths are declared with `Path()`: they arrive absolute here and are left out of the key.
   */
  files?(params: Static<P>): readonly string[];
  /**
   * Of a kind that yields a table: the rows and columns that it will have, by the coordinates of what its inputs collect, so
   * that whoever names one hears of a slip before anything runs. Null where its parameters don't fit its inputs.
   */
  outline?(
    params: Static<P>,
    inputs: Readonly<Record<string, readonly InputCoordinates[]>>,
  ): TableOutline | null;
  run(context: RunContext<Static<P>, SlotInputs<I>>): Promise<NewArtifact<O>>;
}

/** Infers the types of a kind from its literal, so that `run` sees exact parameters and inputs. */
export const defineKind = <
  P extends TObject,
  I extends Slots,
  O extends ArtifactType,
>(
  kind: NodeKind<P, I, O>,
): NodeKind<P, I, O> => kind;

/** A kind whose types are forgotten: what lists, registries and the engine hold. */
export type AnyKind = Omit<
  NodeKind,
  'run' | 'files' | 'course' | 'picks' | 'outline' | 'facts'
> & {
  readonly picks?: Picks<never>;
  readonly course?: {
    epochs(params: never): number;
    endingAt(params: never, epoch: number): unknown;
    way(params: never): unknown;
  };
  readonly facts?: KindFacts<never>;
  files?(params: never): readonly string[];
  outline?(
    params: never,
    inputs: Readonly<Record<string, readonly InputCoordinates[]>>,
  ): TableOutline | null;
  run(context: never): Promise<NewArtifact>;
};

/** Thrown by `run` where a node can't be computed from what it was given. The message is shown to the user as it is. */
export class NodeError extends Error {
  override readonly name = 'NodeError';
}
