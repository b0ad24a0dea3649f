import type { Digest } from '../fingerprint/digest.ts';
import type { KeyParts } from '../fingerprint/node-key.ts';
import type { Progress } from '../kind/kind.ts';
import type { BackendName, BackendOptions } from '../tensor/backend.ts';
import type { JsonObject } from '../util/json.ts';

export type { Progress } from '../kind/kind.ts';

/** What feeds a slot, by content: the worker reads it from the cache. */
export type TaskInput =
  | { readonly type: 'single'; readonly content: Digest }
  | {
      readonly type: 'collected';
      readonly members: readonly {
        readonly coordinates: Readonly<Record<string, string>>;
        readonly content: Digest;
      }[];
    };

/** Where a node stands on the course of its kind, beside others that go the same way. */
export interface TaskCourse {
  /** The digest under which its end is found by those that go further. */
  readonly name: Digest;
  /** Runs whose states it can begin with, the furthest first. */
  readonly earlier: readonly {
    readonly epochs: number;
    readonly key: Digest;
  }[];
}

/** A node that has to be computed, with all that its `run` is given and its record says. */
export interface NodeTask {
  readonly pipeline: string;
  readonly node: string;
  readonly kind: string;
  /** With paths. */
  readonly params: JsonObject;
  readonly inputs: Readonly<Record<string, TaskInput>>;
  readonly key: Digest;
  readonly parts: KeyParts;
  /** Null for a kind that has no course. */
  readonly course: TaskCourse | null;
  /** Known to take next to no time: it may share a worker's turn, and the wait for the disk, with others. */
  readonly isTiny: boolean;
  /** Processors that it may use; its share of threads follows from them. */
  readonly cpus: number;
  /** GPUs that are its own. */
  readonly gpus: number;
}

/** How a task ended in its worker. */
export type TaskResult =
  /** The record is durable. */
  | {
      readonly type: 'stored';
      readonly content: Digest;
      /** Of its arrays. */
      readonly sizeBytes: number;
      readonly seconds: number;
      /** Epochs that another run had been through, from whose end this one went on; null where it was none. */
      readonly continuedFrom: number | null;
    }
  /** The message is a sentence for the user; the stack is for whoever asked to debug. */
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly stack: string | null;
      readonly seconds: number;
    }
  /** It gave up because it was told to. */
  | { readonly type: 'stopped' };

/** What a worker needs to know before its first task. */
export interface WorkerSettings {
  readonly cacheFolder: string;
  readonly backend: BackendName;
  readonly backendOptions?: BackendOptions | undefined;
  /** Seconds of work between two checkpoints of a node. */
  readonly checkpointSeconds: number;
}

/** From the scheduling process. A worker has one turn at a time: a task, or several tiny ones, which it does in their order. */
export type ToWorker =
  | { readonly type: 'open'; readonly settings: WorkerSettings }
  | { readonly type: 'run'; readonly tasks: readonly NodeTask[] }
  | { readonly type: 'stop' };

/** From a worker, about the turn that it has. Tasks are meant by their place in it. */
export type FromWorker =
  | { readonly type: 'started' }
  | {
      readonly type: 'progress';
      readonly task: number;
      readonly progress: Progress;
    }
  /** A sentence for the user, about something that stops nothing. */
  | {
      readonly type: 'warning';
      readonly task: number;
      readonly message: string;
    }
  /** The process should not be used any more after this turn; a sentence that says why. Comes before the turn's last end. */
  | { readonly type: 'worn'; readonly why: string }
  /** Some tasks have ended; the turn has when all have. */
  | {
      readonly type: 'ended';
      readonly results: readonly {
        readonly task: number;
        readonly result: TaskResult;
      }[];
    };

/** How a worker ends whose number another container's process has, so that it can't open the cache: another one can. */
export const NUMBER_TAKEN_EXIT = 75;
