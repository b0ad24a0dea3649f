import type { Job, JobId } from './job.ts';

/** The jobs of a run as a graph. */
export interface JobGraph {
  /** Job -> jobs that wait for it. */
  readonly dependents: ReadonlyMap<JobId, readonly JobId[]>;
  /** Job -> its own duration plus the longest chain of jobs behind it. */
  readonly remaining: ReadonlyMap<JobId, number>;
}

/**
 * Links the jobs and measures the longest chain that starts at each.
 *
 * @throws Error if a job waits for one that isn't in the run, or if jobs wait for each other: a bug in the caller.
 */
export function measureRemainingPaths(jobs: ReadonlyMap<JobId, Job>): JobGraph {
  const dependents = new Map<JobId, JobId[]>();
  for (const id of jobs.keys()) dependents.set(id, []);
  for (const job of jobs.values()) {
    for (const needed of job.after) {
      const list = dependents.get(needed);
      if (list === undefined) {
        throw new Error(
          `Internal error: "${job.id}" waits for "${needed}", which is not in the run`,
        );
      }
      list.push(job.id);
    }
  }
  // From the ends backwards: a job is measured when all that wait for it are.
  const unmeasured = new Map<JobId, number>();
  const measurable: JobId[] = [];
  for (const [id, list] of dependents) {
    unmeasured.set(id, list.length);
    if (list.length === 0) measurable.push(id);
  }
  const behind = new Map<JobId, number>();
  const remaining = new Map<JobId, number>();
  for (let id = measurable.pop(); id !== undefined; id = measurable.pop()) {
    const job = jobs.get(id);
    if (job === undefined) continue;
    const path = job.duration + (behind.get(id) ?? 0);
    remaining.set(id, path);
    for (const needed of job.after) {
      behind.set(needed, Math.max(behind.get(needed) ?? 0, path));
      const left = (unmeasured.get(needed) ?? 0) - 1;
      unmeasured.set(needed, left);
      if (left === 0) measurable.push(needed);
    }
  }
  if (remaining.size < jobs.size) {
    throw new Error('Internal error: jobs wait for each other in a circle');
  }
  return { dependents, remaining };
}
