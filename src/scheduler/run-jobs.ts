import type { Job, JobEnd, JobId, Quantities, SkipCause } from './job.ts';
import { Budget, Lanes } from './lanes.ts';
import { measureRemainingPaths, type JobGraph } from './remaining-paths.ts';

/** What a run of jobs needs to know. */
export interface RunJobsOptions {
  readonly jobs: readonly Job[];
  /** How many places there are, at least 1: so many jobs run at a time, or more that share places. */
  readonly limit: number;
  /** What there is of the quantities that jobs need beside places. */
  readonly budget?: Quantities;
  /** Start nothing more after the first failure; what runs then comes to its end. */
  readonly failFast: boolean;
  /** Starts nothing more once aborted. What runs is expected to hear of it by itself, and is waited for. */
  readonly signal: AbortSignal;
  /**
   * When a job that failed with `error` is tried again, `attempts` counting the tries so far; null: it isn't. While it waits
   * it holds no place. A rejection is as good as a resolution.
   */
  readonly retry: (
    id: JobId,
    error: unknown,
    attempts: number,
  ) => Promise<unknown> | null;
  /** Told once for each job, as it ends. */
  readonly ended: (id: JobId, end: JobEnd) => void;
}

interface Ready {
  readonly job: Job;
  readonly remaining: number;
  /** Place in the list: decides between equals, so that a run is the same each time. */
  readonly place: number;
}

const NO_NEEDS: Quantities = {};

function startsBefore(a: Ready, b: Ready): boolean {
  const [rankOfA, rankOfB] = [a.job.rank ?? 0, b.job.rank ?? 0];
  if (rankOfA !== rankOfB) return rankOfA > rankOfB;
  return a.remaining === b.remaining
    ? a.place < b.place
    : a.remaining > b.remaining;
}

/**
 * Runs jobs over their graph, a bounded number at a time, those with the longest remaining path first (of one
 * rank). Goes on after a
 * failure with all that doesn't depend on it. Resolves when every job has ended.
 *
 * Starting and ending a job costs the logarithm of the number of ready ones.
 *
 * @throws Error as `measureRemainingPaths`, or what `retry` or `ended` throw.
 */
export const runJobs = (options: RunJobsOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    new Scheduler(options, resolve, reject).start();
  });

class Scheduler {
  readonly #options: RunJobsOptions;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  readonly #graph: JobGraph;
  readonly #items = new Map<JobId, Ready>();
  readonly #ready = new Lanes<Ready>(startsBefore);
  readonly #budget: Budget;
  /** Job -> how many of those that it waits for have not ended. */
  readonly #blockers = new Map<JobId, number>();
  readonly #attempts = new Map<JobId, number>();
  /** Job -> how much of a place it takes. */
  readonly #running = new Map<JobId, number>();
  #placesTaken = 0;
  /** Jobs that have not ended. */
  readonly #open: Set<JobId>;
  #stop: SkipCause | undefined;
  readonly #onAbort = (): void => {
    this.#guard(() => {
      this.#stopAll({ type: 'stopped' });
    });
  };

  constructor(
    options: RunJobsOptions,
    resolve: () => void,
    reject: (error: unknown) => void,
  ) {
    this.#options = options;
    this.#budget = new Budget(options.budget);
    this.#resolve = resolve;
    this.#reject = reject;
    const jobs = new Map(options.jobs.map((job) => [job.id, job]));
    this.#graph = measureRemainingPaths(jobs);
    this.#open = new Set(jobs.keys());
    for (const job of jobs.values()) {
      this.#blockers.set(job.id, job.after.length);
      this.#items.set(job.id, {
        job,
        remaining: this.#graph.remaining.get(job.id) ?? 0,
        place: this.#items.size,
      });
    }
  }

  start(): void {
    const { signal } = this.#options;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#guard(() => {
      if (signal.aborted) this.#stopAll({ type: 'stopped' });
      for (const item of this.#items.values()) {
        if (item.job.after.length === 0) this.#add(item);
      }
      this.#pump();
    });
  }

  /** Whatever goes wrong in here ends the run instead of leaving it waiting forever. */
  #guard(action: () => void): void {
    try {
      action();
      if (this.#open.size === 0) this.#finish();
    } catch (error) {
      this.#reject(error);
    }
  }

  #finish(): void {
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#resolve();
  }

  /** Starts what there is room for. */
  #pump(): void {
    while (this.#startOne());
  }

  /**
   * Starts the first job that can. One that waits for a place waits for it before all others, however little they need; one
   * that waits for a quantity lets those pass that need none of it, so that it gets enough of it in the end.
   */
  #startOne(): boolean {
    const awaited = new Set<string>();
    for (const { needs, queue } of this.#ready.inOrder) {
      const item = queue.first;
      if (item === undefined) continue;
      // Skipped while it waited: ended already.
      if (!this.#open.has(item.job.id)) {
        queue.take();
        return true;
      }
      const isBehind = Object.keys(needs).some((name) => awaited.has(name));
      const lacks = isBehind ? Object.keys(needs) : this.#budget.lacks(needs);
      for (const name of lacks) awaited.add(name);
      if (lacks.length > 0) continue;
      const share = item.job.share?.() ?? 1;
      if (this.#placesTaken + share > this.#options.limit) return false;
      queue.take();
      this.#launch(item, share);
      return true;
    }
    return false;
  }

  #launch(item: Ready, share: number): void {
    const { id } = item.job;
    this.#running.set(id, share);
    this.#placesTaken += share;
    this.#budget.take(item.job.needs ?? NO_NEEDS);
    this.#attempts.set(id, (this.#attempts.get(id) ?? 0) + 1);
    item.job.run().then(
      (step) => {
        this.#guard(() => {
          this.#leave(item.job);
          if (step.type === 'later') this.#postpone(item, step.when);
          else if (step.type === 'done') this.#succeed(id);
          else this.#skip(id, this.#stop ?? { type: 'stopped' });
          this.#pump();
        });
      },
      (error: unknown) => {
        this.#guard(() => {
          this.#leave(item.job);
          this.#fail(item, error);
          this.#pump();
        });
      },
    );
  }

  #leave({ id, needs }: Job): void {
    this.#budget.giveBack(needs ?? NO_NEEDS);
    this.#placesTaken -= this.#running.get(id) ?? 0;
    this.#running.delete(id);
    // Shares are rounded numbers; an empty room is empty.
    if (this.#running.size === 0) this.#placesTaken = 0;
  }

  #postpone(item: Ready, when: Promise<unknown>): void {
    const { id } = item.job;
    if (this.#stop !== undefined) {
      this.#skip(id, this.#stop);
      return;
    }
    this.#attempts.set(id, (this.#attempts.get(id) ?? 1) - 1);
    this.#addWhen(item, when);
  }

  #addWhen(item: Ready, when: Promise<unknown>): void {
    const again = (): void => {
      this.#guard(() => {
        this.#add(item);
        this.#pump();
      });
    };
    when.then(again, again);
  }

  #add(item: Ready): void {
    this.#ready.add(item, item.job.needs ?? NO_NEEDS);
  }

  #succeed(id: JobId): void {
    this.#end(id, { type: 'done' });
    for (const dependent of this.#graph.dependents.get(id) ?? []) {
      const left = (this.#blockers.get(dependent) ?? 0) - 1;
      this.#blockers.set(dependent, left);
      const item = this.#items.get(dependent);
      if (left === 0 && item !== undefined) this.#add(item);
    }
  }

  #fail(item: Ready, error: unknown): void {
    const { id } = item.job;
    const attempts = this.#attempts.get(id) ?? 1;
    const when =
      this.#stop === undefined
        ? this.#options.retry(id, error, attempts)
        : null;
    if (when !== null) {
      this.#addWhen(item, when);
      return;
    }
    this.#end(id, { type: 'failed', error });
    this.#skipDependents(id, { type: 'needs', failed: id });
    if (this.#options.failFast) {
      this.#stopAll({ type: 'fail-fast', failed: id });
    }
  }

  #skip(id: JobId, because: SkipCause): void {
    this.#end(id, { type: 'skipped', because });
    this.#skipDependents(id, because);
  }

  #skipDependents(id: JobId, because: SkipCause): void {
    const list = [...(this.#graph.dependents.get(id) ?? [])];
    for (let next = list.pop(); next !== undefined; next = list.pop()) {
      if (!this.#open.has(next)) continue;
      this.#end(next, { type: 'skipped', because });
      list.push(...(this.#graph.dependents.get(next) ?? []));
    }
  }

  /** Skips everything that isn't running. */
  #stopAll(because: SkipCause): void {
    this.#stop ??= because;
    for (const id of [...this.#open]) {
      if (!this.#running.has(id)) {
        this.#end(id, { type: 'skipped', because: this.#stop });
      }
    }
  }

  #end(id: JobId, end: JobEnd): void {
    this.#open.delete(id);
    this.#options.ended(id, end);
  }
}
