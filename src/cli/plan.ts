import { openStore } from '../cache/open-store.ts';
import { planStates, type PlanState } from '../engine/plan-states.ts';
import type { Plan } from '../pipeline/plan.ts';
import { formatDuration, justify, plural } from '../terminal/format.ts';
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
const WIDTH = 80;

/** A reason as far as it is the same for all members of a family. */
const withoutCoordinates = (reason: string): string =>
  reason.replaceAll(/\[[^\]]*\]/g, '[…]');

/** Nodes of one family that have the same state for the same reason: one entry for people. */
interface Group {
  readonly states: PlanState[];
  readonly label: string;
}

function inGroups(plan: Plan, states: readonly PlanState[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const state of states) {
    const node = plan.nodes.get(state.node);
    const key = `${node?.family ?? ''} ${state.state} ${withoutCoordinates(state.reason)}`;
    const group = groups.get(key);
    if (group !== undefined) group.states.push(state);
    else {
      const axes = Object.keys(node?.coordinates ?? {}).join(',');
      const label = axes === '' ? state.node : `${node?.family ?? ''}[${axes}]`;
      groups.set(key, { states: [state], label });
    }
  }
  return [...groups.values()];
}

/** Seconds of the nodes that were ever timed, and how many were not. */
function cost(states: readonly PlanState[]): string {
  const untimed = states.filter(({ seconds }) => seconds === null).length;
  const seconds = states.reduce((sum, one) => sum + (one.seconds ?? 0), 0);
  if (untimed === states.length) return '';
  return `${untimed > 0 ? 'over ' : '~'}${formatDuration(seconds)}`;
}

/** What runs and why, what can't be known yet, and how long all of it takes. Hits are counted alone. */
function planText(plan: Plan, states: readonly PlanState[]): string {
  const open = states.filter(({ state }) => state !== 'hit');
  const count = (state: PlanState['state']): number =>
    states.filter((one) => one.state === state).length;
  const lines = inGroups(plan, open).map(({ states: members, label }) => {
    const [first] = members;
    if (first === undefined) return '';
    const single = members.length === 1;
    const name = single
      ? first.node
      : `${label}  ${plural(members.length, 'node')}`;
    const heading = justify(name, cost(members), WIDTH - 4);
    return `  ${MARKS[first.state]} ${heading.trimEnd()}\n      ${single ? first.reason : withoutCoordinates(first.reason)}\n`;
  });
  const total = cost(open);
  return [
    ...lines,
    ...(lines.length > 0 ? ['\n'] : []),
    `${plan.name}: ${plural(states.length, 'node')}, ${count('hit')} cached, ${count('run')} to run`,
    count('unknown') > 0
      ? `, ${count('unknown')} not known before something upstream has run\n`
      : '\n',
    total === '' ? '' : `${total} of worker time, by earlier runs\n`,
  ].join('');
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
      : planText(opened.value.plan, states),
  );
  return EXIT.done;
}
