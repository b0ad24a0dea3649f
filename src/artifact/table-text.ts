import type { Cell, TableValue } from './table.ts';
import {
  columnBlock,
  GAP,
  headingLines,
  inParts,
  isMarked,
  lengthOf,
  MARK,
  padEnd,
  SIGNIFICANT,
  visible,
} from './table-blocks.ts';

/** How a table is laid out for people. */
export interface TableTextOptions {
  /** Columns of the terminal or page; wider tables are cut into blocks that repeat the row names. */
  readonly width: number;
  /** Whether headings are dimmed and marked cells set in bold by ANSI codes. */
  readonly color?: boolean;
}

/**
 * The table for people: title, headings, a line a row, and below it what the numbers and marks mean. Cells that differ from
 * the baseline with p < 0.05 are marked.
 */
export function tableToText(
  table: TableValue,
  { width, color = false }: TableTextOptions,
): string {
  const names = table.rows.map(visible);
  const nameWidth = Math.max(0, ...names.map(lengthOf));
  const blocks = table.columns.map((column, at) =>
    columnBlock(
      column,
      table.cells.map((row) => row[at] ?? EMPTY),
    ),
  );
  const dim = color ? (text: string) => `\u001b[2m${text}\u001b[22m` : same;
  const bold = color ? (text: string) => `\u001b[1m${text}\u001b[22m` : same;

  const parts = inParts(blocks, width - nameWidth).map((part) => {
    const heading = headingLines(part).map((line) =>
      dim(`${' '.repeat(nameWidth)}${line}`.trimEnd()),
    );
    const lines = names.map((name, row) => {
      const cells = part.flat().map(({ cells, marked }) => {
        const text = cells[row] ?? '';
        return GAP + (marked[row] === true ? bold(text) : text);
      });
      return (padEnd(name, nameWidth) + cells.join('')).trimEnd();
    });
    return [...heading, ...lines].join('\n');
  });
  const title = table.title === '' ? [] : [visible(table.title)];
  const notes = noteLines(table).flatMap((note) => wrapWords(note, width));
  return [
    ...title,
    ...parts,
    ...(notes.length === 0 ? [] : [notes.map(dim).join('\n')]),
  ].join('\n\n');
}

/**
 * The table as CSV (RFC 4180 with plain line feeds): a row a row, for each column its mean, standard error, number of
 * replicates and, where there is a baseline, p-value. Numbers have all their digits and are never scaled; what is missing
 * is empty.
 */
export function tableToCsv(table: TableValue): string {
  const hasTests = table.baseline !== null;
  const header = table.columns.flatMap(({ group, title }) => {
    const name = group === null ? title : `${group} ${title}`;
    return [
      name,
      `${name} standard error`,
      `${name} n`,
      ...(hasTests ? [`${name} p`] : []),
    ];
  });
  const rows = table.rows.map((name, row) => [
    name,
    ...table.columns.flatMap((_, column) => {
      const { mean, standardError, count, pValue } =
        table.cells[row]?.[column] ?? EMPTY;
      return [mean, standardError, count, ...(hasTests ? [pValue] : [])].map(
        (value) => (value === null ? '' : String(value)),
      );
    }),
  ]);
  return [[table.rowAxis, ...header], ...rows]
    .map((fields) => `${fields.map(csvField).join(',')}\n`)
    .join('');
}

const csvField = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const EMPTY: Cell = { mean: null, standardError: null, count: 0, pValue: null };

const same = (text: string): string => text;

/** What the numbers are: what they are means of, and what the mark says. */
function noteLines({
  cells,
  columns,
  replicates,
  baseline,
}: TableValue): string[] {
  const flat = cells.flat();
  const counts = flat.map(({ count }) => count).filter((count) => count > 0);
  const notes: string[] = [];
  if (Math.max(0, ...counts) > 1) {
    const least = Math.min(...counts);
    const most = Math.max(...counts);
    const n = least === most ? String(least) : `${least} to ${most}`;
    const what = columns.some(({ showError }) => showError)
      ? 'Mean ± standard error'
      : 'Mean';
    notes.push(`${what} over ${replicates.join(', ')}, n = ${n}.`);
  }
  if (baseline !== null && flat.some(({ pValue }) => pValue !== null)) {
    const test = `two-sided paired t-test, p < ${SIGNIFICANT}`;
    notes.push(
      flat.some(isMarked)
        ? `${MARK} differs from ${visible(baseline)} (${test}).`
        : `No cell differs from ${visible(baseline)} (${test}).`,
    );
  }
  return notes;
}

/** A text in lines of at most `width`, broken at spaces; a longer word has a line of its own. */
function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && lengthOf(last) + 1 + lengthOf(word) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
