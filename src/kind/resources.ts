/** What a node takes of the machine while it runs, and how it is dealt with. Nothing of it is in a key. */
export interface Resources {
  /** Processors: threads that it may use. */
  readonly cpus: number;
  /** Whole GPUs, which are its own while it runs. Null: what its kind takes on the backend of the run. */
  readonly gpus: number | null;
  /** What is kept free for it; 0 where nothing was said. */
  readonly memoryBytes: number;
  /** After this time it is stopped, with a checkpoint, and fails; null: it may take as long as it does. */
  readonly timeMs: number | null;
  /** How often it is tried again after it has failed. */
  readonly retries: number;
  /** The pause before it is first tried again; each further one is twice as long. */
  readonly backoffMs: number;
}

/** What nodes of a kind take where their family says nothing else. */
export interface KindResources {
  /** 1 where not given. */
  readonly cpus?: number;
  /** On a backend that computes on GPUs; on others none. 0 where not given. */
  readonly gpus?: number;
  readonly memoryBytes?: number;
}

/** What a node takes that says nothing, of a kind that says nothing. */
export const DEFAULT_RESOURCES: Resources = {
  cpus: 1,
  gpus: null,
  memoryBytes: 0,
  timeMs: null,
  retries: 0,
  backoffMs: 1000,
};
