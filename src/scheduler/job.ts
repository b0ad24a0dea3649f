/** Names a job in a run. */
export type JobId = string;

/**
 * What a job's `run` comes back with: its work is done, it gave up because the run was stopped, or it can't go on before
 * something else has happened. A job that waits holds no place; its `run` is called again later.
 */
export type JobStep =
  | { readonly type: 'done' }
  | { readonly type: 'stopped' }
  | { readonly type: 'later'; readonly when: Promise<unknown> };

/** Amounts by name; what they are of is not the scheduler's matter. */
export type Quantities = Readonly<Record<string, number>>;

/** A piece of work that the scheduler knows nothing about. */
export interface Job {
  readonly id: JobId;
  /** Jobs that have to be done before; each is in the run. */
  readonly after: readonly JobId[];
  /** How long it is expected to take, in any unit that all jobs share. */
  readonly duration: number;
  /** Goes before the remaining path: of ready jobs those of the highest rank start first. 0 where not given. */
  readonly rank?: number;
  /**
   * How much of a place it takes, asked when it is its turn; all of one where this is not given. What takes a part shares
   * its place with others.
   */
  share?(): number;
  /** Named quantities that it takes beside its place, each no more than the run has of it. Nothing where not given. */
  readonly needs?: Quantities;
  /** A rejection is a failure of the job. */
  run(): Promise<JobStep>;
}

/** Why a job never ran, or did not finish. */
export type SkipCause =
  /** It needs a job that failed: this one, directly or through others. */
  | { readonly type: 'needs'; readonly failed: JobId }
  /** Another job failed, and the run was to end with the first failure. */
  | { readonly type: 'fail-fast'; readonly failed: JobId }
  /** The run was stopped from outside. */
  | { readonly type: 'stopped' };

/** How a job ended. */
export type JobEnd =
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly error: unknown }
  | { readonly type: 'skipped'; readonly because: SkipCause };
