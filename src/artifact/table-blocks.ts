import { visible } from '../util/visible.ts';
import type { Cell, NumberFormat, TableColumn } from './table.ts';

/** Below this a cell is marked as different from the baseline. */
export const SIGNIFICANT = 0.05;
/** What marks it. */
export const MARK = '*';
/** Titles up to this long are not broken: two lines would save no room worth it. */
const SHORT_TITLE = 8;
/** Where there is nothing to show. */
const MISSING = '–';
/** Between columns. */
export const GAP = '  ';

/** A column laid out: every line has `width` characters. */
export interface Block {
  readonly group: string | null;
  readonly width: number;
  /** Bottom-aligned by whoever joins blocks. */
  readonly heading: readonly string[];
  readonly cells: readonly string[];
  /** Row -> whether its cell is marked. */
  readonly marked: readonly boolean[];
}

/** Characters as a terminal counts them, but for wide ones. */
export const lengthOf = (text: string): number => Array.from(text).length;
export const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - lengthOf(text)));
const padStart = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - lengthOf(text))) + text;

/** Whether a cell differs from the baseline. */
export const isMarked = ({ correctedPValue }: Cell): boolean =>
  correctedPValue !== null && correctedPValue < SIGNIFICANT;

/** A number as its column is written. */
export const formatNumber = (
  value: number,
  { type, digits }: NumberFormat,
): string => (type === 'percent' ? 100 * value : value).toFixed(digits);

function besideText(
  { standardError, interval }: Cell,
  beside: TableColumn['beside'],
  text: (value: number) => string,
): string {
  switch (beside) {
    case 'standard-error':
      return standardError === null ? '' : `± ${text(standardError)}`;
    case 'interval':
      return interval === null
        ? ''
        : `[${text(interval.lower)}, ${text(interval.upper)}]`;
    case 'nothing':
      return '';
  }
}

/** A column of cells, laid out. */
export function columnBlock(
  column: TableColumn,
  cells: readonly Cell[],
): Block {
  const text = (value: number): string => formatNumber(value, column.format);
  const means = cells.map(({ mean }) => (mean === null ? MISSING : text(mean)));
  const errors = cells.map((cell) => besideText(cell, column.beside, text));
  const marked = cells.map(isMarked);
  const errorWidth = Math.max(...errors.map(lengthOf), 0);
  const markWidth = marked.includes(true) ? MARK.length : 0;
  const lines = means.map((mean, row) => {
    const error =
      errorWidth === 0 ? '' : ` ${padStart(errors[row] ?? '', errorWidth)}`;
    return mean + error + (marked[row] === true ? MARK : ' '.repeat(markWidth));
  });
  const bodyWidth = Math.max(...lines.map(lengthOf), 0);
  const heading = wrapTitle(visible(column.title), bodyWidth);
  const width = Math.max(bodyWidth, ...heading.map(lengthOf));
  return {
    group: column.group === null ? null : visible(column.group),
    width,
    heading: heading.map((line) => padStart(line, width)),
    cells: lines.map((line) => padStart(line, width)),
    marked,
  };
}

/** A title over one line where it fits, else over two lines as narrow as can be, broken at a space or after a hyphen. */
function wrapTitle(title: string, bodyWidth: number): string[] {
  let best = [title];
  if (lengthOf(title) <= Math.max(bodyWidth, SHORT_TITLE)) return best;
  let bestWidth = lengthOf(title);
  for (const { index } of title.matchAll(/ |-(?=[^\s-])/g)) {
    const cut = title[index] === '-' ? index + 1 : index;
    const lines = [title.slice(0, cut), title.slice(cut).trimStart()];
    const width = Math.max(...lines.map(lengthOf));
    if (width < bestWidth) {
      best = lines;
      bestWidth = width;
    }
  }
  return best;
}

/** Neighbouring columns of one group, or one column on its own. */
export type Run = readonly Block[];

const widthOf = (run: Run): number =>
  run.reduce((sum, { width }) => sum + GAP.length + width, 0);

/** Columns that fit beside the row names, part by part; a group stays together where a part can hold it. */
export function inParts(blocks: readonly Block[], room: number): Run[][] {
  const parts: Run[][] = [];
  let used = Infinity;
  const add = (run: Run): void => {
    const needed = widthOf(run);
    if (used + needed > room) {
      parts.push([]);
      used = 0;
    }
    parts.at(-1)?.push(run);
    used += needed;
  };
  for (const run of runsOf(blocks)) {
    let rest = run;
    while (widthOf(widened(rest)) > room && rest.length > 1) {
      let count = rest.length - 1;
      while (count > 1 && widthOf(widened(rest.slice(0, count))) > room) {
        count -= 1;
      }
      add(widened(rest.slice(0, count)));
      rest = rest.slice(count);
    }
    add(widened(rest));
  }
  return parts;
}

function runsOf(blocks: readonly Block[]): Run[] {
  const runs: Block[][] = [];
  for (const block of blocks) {
    const run = runs.at(-1);
    if (block.group !== null && run?.[0]?.group === block.group) {
      run.push(block);
    } else {
      runs.push([block]);
    }
  }
  return runs;
}

/** The run with its first column so wide that the heading of the group fits above it. */
function widened(run: Run): Run {
  const [first, ...others] = run;
  if (first?.group == null) return run;
  const span = widthOf(run) - GAP.length;
  const lines = wrapTitle(first.group, span);
  const width = first.width + Math.max(0, ...lines.map(lengthOf)) - span;
  if (width <= first.width) return run;
  const pad = (line: string): string => padStart(line, width);
  const { heading, cells } = first;
  return [
    { ...first, width, heading: heading.map(pad), cells: cells.map(pad) },
    ...others,
  ];
}

/** The lines above the numbers of a part, without the room of the row names. */
export function headingLines(part: readonly Run[]): string[] {
  const headings = part.map(runHeading);
  const height = Math.max(...headings.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) =>
    headings
      .map((lines) => {
        const above = height - lines.length;
        return (
          GAP + (lines[line - above] ?? ' '.repeat(lengthOf(lines[0] ?? '')))
        );
      })
      .join(''),
  );
}

/** Headings side by side and, above them, the group that they share: lines of one length. */
function runHeading(run: Run): string[] {
  const height = Math.max(...run.map(({ heading }) => heading.length));
  const titles = Array.from({ length: height }, (_, line) =>
    run
      .map(
        ({ heading, width }) =>
          heading[line - (height - heading.length)] ?? ' '.repeat(width),
      )
      .join(GAP),
  );
  const group = run[0]?.group ?? null;
  if (group === null) return titles;
  const width = widthOf(run) - GAP.length;
  const above = wrapTitle(group, width).map((line) =>
    padStart(padEnd(line, Math.floor((width + lengthOf(line)) / 2)), width),
  );
  return [...above, ...titles];
}
