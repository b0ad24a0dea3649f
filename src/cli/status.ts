import { hasEnded } from '../cache/process-identity.ts';
import { programsIn, type ProgramRow } from '../cache/leases.ts';
import { LmdbRows } from '../cache/lmdb-rows.ts';
import { pastRuns, type PastRun } from '../cache/run-history.ts';
import { visible } from '../util/visible.ts';
import type { RunReportRow } from '../engine/run-status.ts';
import { formatClock, formatDuration, plural } from '../terminal/format.ts';
import { countsText, progressText } from '../terminal/lines.ts';
import { EXIT } from './exit-codes.ts';
import type { CacheOptions } from './options.ts';
import { ownCacheFolder } from './project-folder.ts';
import { formatAge } from '../util/quantities.ts';
import { textTable } from './text-table.ts';

/** Runs that are over, as far as they are shown. */
const PAST = 10;

/** A program as it is shown. */
interface Shown {
  readonly program: ProgramRow;
  /** What it says of itself; null if it is another version's, or none of a run. */
  readonly report: RunReportRow | null;
  readonly hasEnded: boolean;
}

const isReport = (value: unknown): value is RunReportRow =>
  typeof value === 'object' && value !== null && 'counts' in value;

async function programsOn(folder: string): Promise<readonly Shown[]> {
  const rows = await LmdbRows.open({ folder, readOnly: true });
  if (rows === null) return [];
  try {
    return rows.look(programsIn).map((program) => ({
      program,
      report: isReport(program.report) ? program.report : null,
      hasEnded: hasEnded(program.identity),
    }));
  } finally {
    await rows[Symbol.asyncDispose]();
  }
}

const nameOf = ({ command, identity }: ProgramRow): string =>
  `\`${visible(command)}\`, process ${identity.pid}`;

function programText(
  { program, report, hasEnded }: Shown,
  programs: readonly Shown[],
  now: number,
): string {
  const age = formatAge(now - Date.parse(program.since));
  const head = hasEnded
    ? `${nameOf(program)}, was killed; the next run takes over what it had begun\n`
    : `${nameOf(program)}, for ${age}, last sign of life ${formatDuration(Math.max(0, (now - Date.parse(program.seen)) / 1000))} ago\n`;
  if (report === null) return head;
  const { hit, ran, failed, skipped } = report.counts;
  const lines = [
    `${visible(report.pipeline)}: ${hit + ran + failed + skipped} of ${plural(report.nodes, 'node')}, ${countsText(report.counts)}`,
    ...report.running.map(
      ({ node, progress, seconds }) =>
        `… ${visible(node)}  ${progress === null ? '' : `${progressText(progress)}  `}${formatClock(seconds)}`,
    ),
    ...report.waiting.map(({ node, program: id }) => {
      const holder = programs.find((one) => one.program.identity.id === id);
      return `… ${visible(node)} waits for ${holder === undefined ? 'a program that has ended' : nameOf(holder.program)}`;
    }),
  ];
  return head + lines.map((line) => `  ${line}\n`).join('');
}

function pastText(runs: readonly PastRun[], now: number): string {
  const rows = runs.map(({ command, since, until, end, report }) => [
    visible(command),
    end === 'lost' ? 'killed' : end,
    isReport(report) ? countsText(report.counts) : '',
    `${formatAge(now - Date.parse(until))} ago`,
    formatDuration((Date.parse(until) - Date.parse(since)) / 1000),
  ]);
  return textTable(['last runs', 'end', 'nodes', 'when', 'took'], rows, 3);
}

/** `pipeline status`: which programs work on a cache, what they compute, who waits for whom; the last runs. */
export async function status(options: CacheOptions): Promise<number> {
  const folder = ownCacheFolder(options.cache, process.env);
  const programs = await programsOn(folder);
  const runs = pastRuns(folder, PAST);
  if (options.json === true) {
    const object = {
      cache: folder,
      programs: programs.map(({ program, report, hasEnded }) => ({
        program: program.identity.id,
        pid: program.identity.pid,
        command: program.command,
        since: program.since,
        seen: program.seen,
        ended: hasEnded,
        ...report,
      })),
      runs,
    };
    process.stdout.write(`${JSON.stringify(object)}\n`);
    return EXIT.done;
  }
  const now = Date.now();
  const running = programs.filter((one) => !one.hasEnded).length;
  process.stdout.write(
    [
      `${visible(folder)}: ${running === 0 ? 'no program runs' : `${plural(running, 'program')} at work`}\n`,
      ...programs.map((one) => `\n${programText(one, programs, now)}`),
      ...(runs.length === 0 ? [] : [`\n${pastText(runs, now)}`]),
    ].join(''),
  );
  return EXIT.done;
}
