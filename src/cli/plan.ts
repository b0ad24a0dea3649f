import { openStore } from '../cache/open-store.ts';
import { planStates, type PlanState } from '../engine/plan-states.ts';
import { formatDuration, plural } from '../terminal/format.ts';
import { EXIT } from './exit-codes.ts';
import { chooseNodes, openFile } from './open-file.ts';
import type { FileOptions } from './options.ts';
import { cacheFolder } from './project-folder.ts';
import { reportInvalid } from './report-invalid.ts';

const MARKS: Readonly<Record<PlanState['state'], string>> = {
  hit: '·',
  run: '▸',
  unknown: '?',
};

/** One block for people: what runs, what can't be known yet, and how long all of it takes. */
function planText(states: readonly PlanState[]): string {
  const of = (state: PlanState['state']) =>
    states.filter((one) => one.state === state);
  const lines = states
    .filter(({ state }) => state !== 'hit')
    .map(({ node, state, reason, seconds }) => {
      const time = seconds === null ? '' : `  ~${formatDuration(seconds)}`;
      return `  ${MARKS[state]} ${node}${time}\n      ${reason}`;
    });
  const timed = states.filter(
    (one) => one.state !== 'hit' && one.seconds !== null,
  );
  const total = timed.reduce((sum, one) => sum + (one.seconds ?? 0), 0);
  const counts = `${plural(states.length, 'node')}: ${of('hit').length} cached, ${of('run').length} to run, ${of('unknown').length} not known before something upstream has run`;
  const cost =
    timed.length === 0
      ? []
      : [
          `at most ${formatDuration(total)} of worker time${
            timed.length < of('run').length + of('unknown').length
              ? `, and nodes that were never timed`
              : ''
          }`,
        ];
  return [
    ...lines,
    ...(lines.length > 0 ? [''] : []),
    counts,
    ...cost,
    '',
  ].join('\n');
}

/** `pipeline plan FILE`: what a run would do and why. Runs nothing and writes nothing. */
export async function plan(
  file: string,
  options: FileOptions & { readonly only?: readonly string[] },
): Promise<number> {
  const opened = openFile(file, options);
  if (!opened.ok) return reportInvalid(opened.error, options);
  const only = chooseNodes(opened.value.plan, options.only);
  if (!only.ok) return reportInvalid(only.error, options);
  const folder = cacheFolder(file, options.cache, process.env);
  await using store = await openStore({ folder, readOnly: true });
  const states = await planStates({
    ...opened.value,
    only: only.value,
    store,
  });
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ nodes: states })}\n`
      : planText(states),
  );
  return EXIT.done;
}
