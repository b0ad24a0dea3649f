import { openStore } from '../cache/open-store.ts';
import { visible } from '../util/visible.ts';
import {
  comparePlans,
  type ChangeState,
  type NodeChange,
  type PlanComparison,
} from '../engine/compare-plans.ts';
import type { Plan } from '../pipeline/plan.ts';
import { formatCount, formatDuration, plural } from '../terminal/format.ts';
import { EXIT } from './exit-codes.ts';
import { groupLines, groupNodes, totalTime } from './group-nodes.ts';
import { openFile } from './open-file.ts';
import type { FileOptions } from './options.ts';
import { cacheFolder } from './project-folder.ts';
import { reportInvalid } from './report-invalid.ts';
import { sayWaiting } from './say-waiting.ts';

/** In the order in which people are shown them; what stays the same is only counted. */
const MARKS: Readonly<Record<Exclude<ChangeState, 'same'>, string>> = {
  changed: '▸',
  affected: '▹',
  added: '+',
  removed: '-',
  renamed: '=',
};
const SHOWN = Object.keys(MARKS) as (keyof typeof MARKS)[];

/** What a group costs: only a result that was there can be lost. */
function lostText(members: readonly NodeChange[]): string {
  const time = totalTime(members.map(({ lostSeconds }) => lostSeconds));
  return time === '' ? '' : `${time} lost`;
}

function timesText({ nodes, keptSeconds, lostSeconds }: PlanComparison) {
  if (keptSeconds === null || lostSeconds === null) {
    return 'Times are not known: the cache has no results of either file.\n';
  }
  // What is only affected may turn out to be fed the same bytes as before.
  const isBound = nodes.some(
    (one) => one.state === 'affected' && one.lostSeconds !== null,
  );
  return `${formatDuration(keptSeconds)} of earlier runs kept, ${isBound && lostSeconds > 0 ? 'at most ' : ''}${formatDuration(lostSeconds)} lost\n`;
}

function diffText(before: Plan, now: Plan, comparison: PlanComparison): string {
  const { nodes } = comparison;
  const groups = SHOWN.flatMap((state) =>
    groupNodes(
      nodes.filter((one) => one.state === state),
      (name) => now.nodes.get(name) ?? before.nodes.get(name),
    ).map((group) => groupLines(MARKS[state], group, lostText(group.members))),
  );
  const counts = (['same', ...SHOWN] as const)
    .map((state) => ({
      state,
      count: nodes.filter((one) => one.state === state).length,
    }))
    .filter(({ state, count }) => state === 'same' || count > 0)
    .map(({ state, count }) => `${formatCount(count)} ${state}`);
  const text = [
    ...groups,
    ...(groups.length > 0 ? ['\n'] : []),
    `${before.file} -> ${now.file}: ${plural(nodes.length, 'node')}, ${counts.join(', ')}\n`,
    timesText(comparison),
  ].join('');
  return text.split('\n').map(visible).join('\n');
}

/** `pipeline diff OLD NEW`: which nodes change, what caused it, what it costs. Runs nothing and writes nothing. */
export async function diff(
  oldFile: string,
  newFile: string,
  options: FileOptions,
): Promise<number> {
  const before = openFile(oldFile, options);
  const now = openFile(newFile, options);
  if (!before.ok || !now.ok) {
    return reportInvalid(
      [before, now].flatMap((opened) => (opened.ok ? [] : opened.error)),
      options,
    );
  }
  const folder = cacheFolder(newFile, options.cache, process.env);
  await using store = await openStore({
    folder,
    readOnly: true,
    waits: sayWaiting,
  });
  const { registry } = now.value;
  const comparison = await comparePlans({
    before: before.value.plan,
    now: now.value.plan,
    registry,
    store,
  });
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(comparison)}\n`
      : diffText(before.value.plan, now.value.plan, comparison),
  );
  return EXIT.done;
}
