import { setImmediate } from 'node:timers/promises';
import { Leases, type LostProgram } from '../cache/leases.ts';
import { LmdbRows } from '../cache/lmdb-rows.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { rememberRun, type PastRun } from '../cache/run-history.ts';
import type { RunEvent } from '../engine/events.ts';
import { neededNodes } from '../engine/needed-nodes.ts';
import { runPlan, type RunReport } from '../engine/run-plan.ts';
import { RunStatus } from '../engine/run-status.ts';
import { skipRun } from '../engine/skip-run.ts';
import { timeOfDay } from '../fingerprint/environment.ts';
import type { Plan, PlannedNode } from '../pipeline/plan.ts';
import { jsonLinesRenderer } from '../terminal/json-lines.ts';
import type { Renderer } from '../terminal/renderer.ts';
import { Tracker } from '../terminal/tracker.ts';
import type { Result } from '../util/result.ts';
import { breaksClaims } from './breaks-claims.ts';
import { EXIT } from './exit-codes.ts';
import { chooseNodes, openFile } from './open-file.ts';
import type { RunOptions } from './options.ts';
import { cacheFolder } from './project-folder.ts';
import { getMeans, type RunMeans } from './run-means.ts';
import { reportInvalid } from './report-invalid.ts';
import { figuresLine } from './say-figures.ts';
import type { Stop } from './stop-on-signals.ts';

/** Chooses who shows the run: programs, people at a terminal, people who read a log. */
async function makeRenderer(
  plan: Plan,
  nodes: readonly PlannedNode[],
  json: boolean,
): Promise<Renderer> {
  const streams = { output: process.stdout, messages: process.stderr };
  if (json) return jsonLinesRenderer(streams);
  const tracker = new Tracker({
    plan,
    nodes: new Set(nodes.map((node) => node.name)),
    now: Date.now,
  });
  // Each loads what it needs alone: a run that has nothing to do is mostly the loading of modules.
  if (process.stderr.isTTY) {
    const { liveRenderer } = await import('../terminal/live.ts');
    return liveRenderer(streams, tracker, Date.now);
  }
  const { plainRenderer } = await import('../terminal/plain.ts');
  return plainRenderer(streams, tracker, Date.now);
}

const NOT_SEEN =
  'This program gave no sign of life for so long that others took its nodes; some may be computed twice.';

/** Enters this program among those that work on the cache. */
async function openLeases(
  folder: string,
  options: {
    readonly status: RunStatus;
    readonly warn: (message: string) => void;
  },
): Promise<Leases> {
  const rows = await LmdbRows.open({ folder, readOnly: false });
  if (rows === null) throw new Error('Internal error: rows were not made');
  return Leases.open({
    rows,
    command: ['pipeline', ...process.argv.slice(2)].join(' '),
    report: () => options.status.row,
    lost: ({ program }: LostProgram) => {
      rememberRun(folder, {
        command: program.command,
        pid: program.identity.pid,
        since: program.since,
        until: program.seen,
        end: 'lost',
        report: program.report,
      });
    },
    wasTakenForLost: () => {
      options.warn(NOT_SEEN);
    },
  });
}

/** How a run is remembered; one without a report was ended by its cache. */
function endOf(report: RunReport | undefined): PastRun['end'] {
  if (report?.interrupted === true) return 'interrupted';
  return report === undefined || report.failed > 0 ? 'failed' : 'done';
}

/**
 * `pipeline run FILE`: runs what is not cached; answers with the exit code.
 *
 * @param stop what hears signals since the program started. A run that was stopped before it began tells of every node too.
 */
export async function run(
  file: string,
  options: RunOptions,
  stop: Stop,
): Promise<number> {
  const opened = openFile(file, options);
  if (!opened.ok) return reportInvalid(opened.error, options);
  const { plan, registry } = opened.value;
  const only = chooseNodes(plan, options.only);
  if (!only.ok) return reportInvalid(only.error, options);
  const nodes = neededNodes(plan, only.value);
  // What came while the file was read is heard now.
  await setImmediate();

  const folder = cacheFolder(file, options.cache, process.env);
  let means: Result<RunMeans, readonly Diagnostic[]>;
  try {
    means = await getMeans(nodes, folder, options, stop.signal);
  } catch (error) {
    const code = stop.exitCode();
    const isStopped = error instanceof Error && error.name === 'AbortError';
    if (code === null || !isStopped) throw error;
    const renderer = await makeRenderer(plan, nodes, options.json === true);
    skipRun(nodes, (event) => {
      renderer.listen(event);
    });
    renderer.close();
    return code;
  }
  if (!means.ok) return reportInvalid(means.error, options);
  const { jobs, budget } = means.value;
  await using store = means.value.store;
  const status = new RunStatus(plan.name);
  const renderer = await makeRenderer(plan, nodes, options.json === true);
  const listener = (event: RunEvent): void => {
    status.apply(event);
    renderer.listen(event);
  };
  await using leases = await openLeases(folder, {
    status,
    warn: (message) => {
      listener({ type: 'warning', message });
    },
  });
  const { notices, ...backend } = means.value.backend;
  for (const message of notices) listener({ type: 'warning', message });
  const since = timeOfDay();
  let report: RunReport | undefined;
  try {
    report = await runPlan({
      plan,
      overlays: { profiles: options.profile ?? [], sets: options.set ?? [] },
      only: only.value,
      registry,
      store,
      leases,
      cacheFolder: folder,
      ...backend,
      jobs,
      budget,
      checkpointSeconds: options.checkpointEvery,
      maxCacheBytes: options.maxCacheSize,
      failFast: options.failFast === true,
      signal: stop.signal,
      debug: options.debug,
      listener,
    });
  } finally {
    renderer.close();
    rememberRun(folder, {
      command: leases.command,
      pid: process.pid,
      since,
      until: timeOfDay(),
      end: endOf(report),
      report: status.row,
    });
  }
  if (options.json !== true && report.failed === 0 && !report.interrupted) {
    const line = figuresLine(
      nodes,
      ({ kind }) => registry.get(kind),
      file,
      options,
    );
    if (line !== null) process.stderr.write(`${line}\n`);
  }
  const isFailed = report.failed > 0 || breaksClaims(report.claims, options);
  return stop.exitCode() ?? (isFailed ? EXIT.failed : EXIT.done);
}
