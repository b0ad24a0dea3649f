import type { AnyKind } from '../kind/kind.ts';
import type { PlannedNode } from '../pipeline/plan.ts';
import type { FileOptions } from './options.ts';

/** A word of a command as a shell takes it. */
const shellWord = (word: string): string =>
  /^[\w./=,:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/**
 * How to get the figures and tables of a run as files, or null where it has no figure: tables alone have been shown whole.
 *
 *     2 figures, 1 table. As files: npx pipeline show a.yaml depth-figure layers-figure summary --out figures
 */
export function figuresLine(
  nodes: readonly PlannedNode[],
  kindOf: (node: PlannedNode) => AnyKind | undefined,
  file: string,
  { profile = [], set = [], cache }: FileOptions,
): string | null {
  const yielding = (output: string): readonly PlannedNode[] =>
    nodes.filter((node) => kindOf(node)?.output === output);
  const [figures, tables] = [yielding('figure'), yielding('table')];
  if (figures.length === 0) return null;
  const counted = (count: number, noun: string): string =>
    `${count} ${noun}${count === 1 ? '' : 's'}`;
  const families = new Set(
    [...figures, ...tables].map(({ name }) => name.replace(/\[.*/, '')),
  );
  const words = [
    ...['show', file, ...families],
    ...profile.flatMap((name) => ['--profile', name]),
    ...set.flatMap((change) => ['--set', change]),
    ...(cache === undefined ? [] : ['--cache', cache]),
    ...['--out', 'figures'],
  ];
  return [
    counted(figures.length, 'figure'),
    ...(tables.length === 0 ? [] : [counted(tables.length, 'table')]),
  ]
    .join(', ')
    .concat(`. As files: npx pipeline ${words.map(shellWord).join(' ')}`);
}
