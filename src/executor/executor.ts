import type { NodeTask, Progress, TaskResult } from '../worker/protocol.ts';

/** What whoever hands in a task hears while it runs. */
export interface TaskHooks {
  /** Once aborted, the task ends as soon as it can, as `stopped`. */
  readonly signal: AbortSignal;
  /** A worker has taken it up. */
  readonly started: () => void;
  readonly progress: (progress: Progress) => void;
  /** Something went wrong that stops nothing; a sentence. */
  readonly warned: (message: string) => void;
}

/** A place where nodes run. */
export interface Executor {
  /** How many tasks it runs at a time; what is handed in beyond that waits. */
  readonly workers: number;
  /** How many tiny tasks it takes well in place of one that isn't, at least 1. */
  readonly tinyTasks: number;
  /** @throws WorkerDiedError if the process that ran the task ended before it answered. */
  run(task: NodeTask, hooks: TaskHooks): Promise<TaskResult>;
  /** Ends its processes. */
  close(): Promise<void>;
}

/** The process that ran a task ended before it answered. The message says how, and what it printed last. */
export class WorkerDiedError extends Error {
  override readonly name = 'WorkerDiedError';
}

/** The process could not open the cache because of its number. The task has not begun, and another process can do it. */
export class NumberTakenError extends Error {
  override readonly name = 'NumberTakenError';
}
