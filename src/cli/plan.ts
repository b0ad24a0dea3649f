import { openStore } from '../cache/open-store.ts';
import { visible } from '../util/visible.ts';
import { planStates, type PlanState } from '../engine/plan-states.ts';
import type { Plan } from '../pipeline/plan.ts';
import { formatCount, plural } from '../terminal/format.ts';
import { EXIT } from './exit-codes.ts';
import { groupLines, groupNodes, totalTime } from './group-nodes.ts';
import { chooseNodes, openFile } from './open-file.ts';
import type { PlanOptions } from './options.ts';
import { cacheFolder } from './project-folder.ts';
import { reportInvalid } from './report-invalid.ts';
import { sayWaiting } from './say-waiting.ts';

const MARKS: Readonly<Record<PlanState['state'], string>> = {
  hit: '·',
  run: '▸',
  unknown: '?',
};
const cost = (states: readonly PlanState[]): string =>
  totalTime(states.map(({ seconds }) => seconds));

/** What runs and why, what can't be known yet, and how long all of it takes. Hits are counted alone. */
function planText(plan: Plan, states: readonly PlanState[]): string {
  const open = states.filter(({ state }) => state !== 'hit');
  const count = (state: PlanState['state']): number =>
    states.filter((one) => one.state === state).length;
  const lines = groupNodes(open, (name) => plan.nodes.get(name)).map((group) =>
    groupLines(MARKS[group.first.state], group, cost(group.members)),
  );
  const total = cost(open);
  return [
    ...lines,
    ...(lines.length > 0 ? ['\n'] : []),
    `${visible(plan.name)}: ${plural(states.length, 'node')}, ${formatCount(count('hit'))} cached, ${formatCount(count('run'))} to run`,
    count('unknown') > 0
      ? `, ${formatCount(count('unknown'))} not known before something upstream has run\n`
      : '\n',
    total === '' ? '' : `${total} of worker time, by earlier runs\n`,
  ].join('');
}

/** `pipeline plan FILE`: what a run would do and why. Runs nothing and writes nothing. */
export async function plan(
  file: string,
  options: PlanOptions,
): Promise<number> {
  const opened = openFile(file, options);
  if (!opened.ok) return reportInvalid(opened.error, options);
  if (options.expanded === true) {
    const text = opened.value.print();
    process.stdout.write(
      options.json === true ? `${JSON.stringify({ pipeline: text })}\n` : text,
    );
    return EXIT.done;
  }
  const only = chooseNodes(opened.value.plan, options.only);
  if (!only.ok) return reportInvalid(only.error, options);
  const folder = cacheFolder(file, options.cache, process.env);
  await using store = await openStore({
    folder,
    readOnly: true,
    waits: sayWaiting,
  });
  const states = await planStates({
    ...opened.value,
    only: only.value,
    store,
  });
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify({ nodes: states })}\n`
      : planText(opened.value.plan, states),
  );
  return EXIT.done;
}
