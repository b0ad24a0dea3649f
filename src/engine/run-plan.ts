import { resolve } from 'node:path';
import { CacheError } from '../cache/cache-error.ts';
import type { Leases } from '../cache/leases.ts';
import type { Store } from '../cache/store.ts';
import { environmentVariables } from '../fingerprint/environment.ts';
import type { CheckedClaim } from '../claims/check-claim.ts';
import { LocalExecutor } from '../executor/local.ts';
import type { Executor } from '../executor/executor.ts';
import { machineBudget, type MachineBudget } from '../executor/machine.ts';
import type { Registry } from '../kind/registry.ts';
import type { NodeName, Plan, PlannedNode } from '../pipeline/plan.ts';
import { runJobs } from '../scheduler/run-jobs.ts';
import {
  backendEnvironment,
  type BackendName,
  type BackendOptions,
} from '../tensor/backend.ts';
import { checkClaims, claimsAbout } from './check-claims.ts';
import { Allotments, quantitiesOf } from './allotments.ts';
import type { Outcome, RunListener } from './events.ts';
import { CacheBound } from './cache-bound.ts';
import { findShorter } from './courses.ts';
import { estimateSeconds } from './estimates.ts';
import { Examiner } from './examiner.ts';
import { FileDigests } from './file-digests.ts';
import { depthsOf, inputNodes, neededNodes } from './needed-nodes.ts';
import { NodeJobs } from './node-jobs.ts';
import { INTERRUPTED_REASON, Reporter } from './reporter.ts';
import { rememberRun } from './remember-run.ts';
import type { RunSource } from './roots.ts';
import { findRemaining, scanNodes } from './scan.ts';
import { Retries } from './retries.ts';
import { TinyNodes } from './tiny-nodes.ts';
import { TablePreviews } from './table-previews.ts';

/** What a run needs to know. */
export interface RunPlanOptions {
  readonly plan: Plan;
  /** What was laid over the plan's file: it tells this run's results from those of other profiles and settings. */
  readonly overlays?: Pick<RunSource, 'profiles' | 'sets'> | undefined;
  /** The nodes that are wanted; what they need runs too. All of the plan where not given. */
  readonly only?: ReadonlySet<NodeName> | undefined;
  readonly registry: Registry;
  /** The cache in `cacheFolder`, open for writing. */
  readonly store: Store;
  readonly cacheFolder: string;
  /** This program's leases on the cache; not given where nobody else sees the store. */
  readonly leases?: Leases | undefined;
  readonly backend: BackendName;
  readonly backendOptions?: BackendOptions | undefined;
  /** What the run may take of the machine; all of it where not given. */
  readonly budget?: MachineBudget | undefined;
  /** Processors that the run takes at a time: a node takes one where its resources don't say more; as many as there are processors where not given. */
  readonly jobs?: number | undefined;
  /** Seconds of work between two checkpoints of a node; half a minute where not given. */
  readonly checkpointSeconds?: number | undefined;
  /** The cache is kept under this size: arrays that are not needed any more make room. No bound where not given. */
  readonly maxCacheBytes?: number | undefined;
  /** Start nothing more after the first failure; what runs then comes to its end and is stored. */
  readonly failFast: boolean;
  /** Aborted on interrupt: nothing more starts, and what runs is told to stop. */
  readonly signal: AbortSignal;
  readonly listener: RunListener;
  /** Where nodes run: worker processes of this machine where not given. It is left open. */
  readonly executor?: Executor | undefined;
  /** Show where in the code a failure came from. */
  readonly debug?: boolean | undefined;
}

/** How a run ended. */
export type RunReport = Readonly<Record<Outcome, number>> & {
  readonly seconds: number;
  /** Whether it was stopped by its signal. */
  readonly interrupted: boolean;
  /** What came of the claims about tables that took part. */
  readonly claims: readonly CheckedClaim[];
};

/** What is lost at most, and so long that saving costs nothing in comparison. */
const CHECKPOINT_SECONDS = 30;

/**
 * Runs what is not cached of a plan. Each node ends with one `node-finished`; `run-finished` is the last event, whatever
 * happens.
 *
 * Hits are found here, without a worker. Claims are checked at the end, against the tables that are ready then.
 * A failure of a node is an event and a number of the report, not a rejection.
 *
 * @throws CacheError if the cache can't be written.
 * @throws Error on a bug.
 */
export async function runPlan(options: RunPlanOptions): Promise<RunReport> {
  const { plan, store, listener, signal } = options;
  const started = performance.now();
  const executor =
    options.executor ??
    new LocalExecutor({
      workers: options.jobs,
      gpus: (options.budget ?? machineBudget(environmentVariables())).gpus,
      settings: {
        cacheFolder: options.cacheFolder,
        backend: options.backend,
        backendOptions: options.backendOptions,
        checkpointSeconds: options.checkpointSeconds ?? CHECKPOINT_SECONDS,
      },
      environment: {
        ...backendEnvironment(options.backend),
        ...environmentVariables(),
      },
    });
  const nodes = neededNodes(plan, options.only);
  listener({
    type: 'run-started',
    pipeline: plan.name,
    backend: options.backend,
    fma: options.backendOptions?.fma ?? false,
    workers: executor.workers,
    nodes: nodes.length,
  });
  const files = new FileDigests({ store, signal });
  const reporter = new Reporter({ nodes, listener, debug: options.debug });
  let claims: readonly CheckedClaim[] = [];
  try {
    await runNodes(options, executor, reporter, files);
    await rememberFiles(files, store, reporter);
    const { hit, ran } = reporter.counts;
    await rememberRun(
      store,
      sourceOf(options),
      reporter,
      hit + ran === plan.nodes.size,
    );
  } finally {
    if (options.executor === undefined) await executor.close();
    reporter.skipUnfinished('the run ended before it was its turn');
    try {
      claims = await checkTables(plan, nodes, reporter);
      if (claims.length > 0) listener({ type: 'scorecard', claims });
    } finally {
      listener({
        type: 'run-finished',
        ...reporter.counts,
        seconds: (performance.now() - started) / 1000,
      });
    }
  }
  return {
    ...reporter.counts,
    claims,
    seconds: (performance.now() - started) / 1000,
    interrupted: signal.aborted,
  };
}

const sourceOf = ({ plan, overlays }: RunPlanOptions): RunSource => ({
  pipeline: plan.name,
  file: resolve(plan.file),
  profiles: overlays?.profiles ?? [],
  sets: overlays?.sets ?? [],
});

/** Checks the claims about tables that take part, as far as these are ready. */
function checkTables(
  plan: Plan,
  nodes: readonly PlannedNode[],
  { tables }: Reporter,
): Promise<readonly CheckedClaim[]> {
  const names = new Set(nodes.map(({ name }) => name));
  return checkClaims(
    claimsAbout(plan, (node) => names.has(node)),
    tables,
    (node) => `"${node}" has not been computed yet.`,
  );
}

/** Spares the next run the reading of files; without that it takes longer, and nothing else. */
async function rememberFiles(
  files: FileDigests,
  store: Store,
  reporter: Reporter,
): Promise<void> {
  try {
    await files.remember(store);
  } catch (error) {
    if (!(error instanceof CacheError)) throw error;
    reporter.warn(error.message);
  }
}

async function runNodes(
  options: RunPlanOptions,
  executor: Executor,
  reporter: Reporter,
  files: FileDigests,
): Promise<void> {
  const { plan, registry, store, failFast, signal, listener } = options;
  const nodes = neededNodes(plan, options.only);
  const examiner = new Examiner({ store, registry, signal, files });
  const examined = await scanNodes(nodes, examiner, signal);
  if (signal.aborted) {
    reporter.skipUnfinished(INTERRUPTED_REASON);
    return;
  }
  const { jobs, toVerify } = findRemaining(nodes, examined, options.only);
  for (const { name } of nodes) {
    const state = examined.get(name);
    if (state?.type === 'hit' && !jobs.has(name)) reporter.hit(name, state);
  }
  if (jobs.size === 0) return;
  const estimates = estimateSeconds({ plan, registry, store, examined });
  listener({ type: 'run-estimated', seconds: estimates });
  const tiny = new TinyNodes(estimates);
  const budget = {
    ...(options.budget ?? machineBudget(environmentVariables())),
    places: executor.workers,
  };
  const allotments = new Allotments({
    budget,
    registry,
    backend: options.backend,
  });
  const nodeJobs = new NodeJobs({
    pipeline: plan.name,
    store,
    leases: options.leases,
    examiner,
    executor,
    reporter,
    toVerify,
    shorter: findShorter(
      nodes.filter(({ name }) => jobs.has(name)),
      registry,
    ),
    tiny,
    allotments,
    signal,
  });
  const retries = new Retries({ nodes, reporter, tiny, signal });
  const previews = new TablePreviews({
    nodes: nodes.filter(({ name }) => jobs.has(name)),
    ...{ store, registry, examiner, listener },
  });
  const bound =
    options.maxCacheBytes === undefined
      ? undefined
      : new CacheBound({
          ...{ store, nodes, jobs, maxBytes: options.maxCacheBytes },
          contentOf: (name) => examiner.content(name),
          keysHeld: () => nodeJobs.keysHeld,
          isAlone: () => options.leases?.isAlone ?? true,
          warn: (message) => {
            reporter.warn(message);
          },
        });
  // Under a bound what is there is read before more is made: then it can go.
  const depths =
    bound === undefined ? new Map<NodeName, number>() : depthsOf(nodes);
  /** Room is made while other nodes run; the run does not end before it is made. */
  let making = Promise.resolve();
  await runJobs({
    jobs: nodes
      .filter((node) => jobs.has(node.name))
      .map((node) => ({
        id: node.name,
        after: inputNodes(node).filter((input) => jobs.has(input)),
        rank: depths.get(node.name) ?? 0,
        duration:
          examined.get(node.name)?.type === 'hit'
            ? 0
            : (estimates.get(node.name) ?? 1),
        share: () =>
          tiny.has(node) ? 1 / executor.tinyTasks : allotments.of(node).places,
        needs: allotments.of(node).needs,
        run: () => nodeJobs.run(node),
      })),
    limit: budget.places,
    budget: quantitiesOf(budget),
    failFast,
    signal,
    retry: (id, error, attempts) =>
      // Jobs bear the names of their nodes.
      retries.when(id as NodeName, error, attempts),
    ended: (id, end) => {
      nodeJobs.ended(id as NodeName, end);
      reporter.ended(id as NodeName, end);
      previews.ended(id as NodeName, end.type === 'done');
      if (bound === undefined) return;
      const size = nodeJobs.sizeOf(id as NodeName);
      making = making.then(async () => {
        try {
          await bound.ended(id as NodeName, size);
        } catch (error) {
          if (!(error instanceof CacheError)) throw error;
          reporter.warn(error.message);
        }
      });
      // A bug in there is met below; until then it must not end the process.
      making.catch(() => undefined);
    },
  });
  await making;
  await previews.show();
}
