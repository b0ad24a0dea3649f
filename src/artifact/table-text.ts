import {
  columnName,
  EMPTY_CELL,
  type TableColumn,
  type TableCorrelation,
  type TableValue,
} from './table.ts';
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
} from './table-blocks.ts';
import { visible } from '../util/visible.ts';

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
      table.cells.map((row) => row[at] ?? EMPTY_CELL),
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
 * The table as CSV (RFC 4180 with plain line feeds): a row a row, for each column its mean, standard error, both ends of its
 * confidence interval, number of replicates and, where there is a baseline, p-value as it is and corrected. Numbers have
 * all their digits and are never scaled; what is missing is empty.
 */
export function tableToCsv(table: TableValue): string {
  const hasTests = table.baseline !== null;
  const header = table.columns.flatMap((column) => {
    const name = columnName(column);
    return [
      name,
      `${name} standard error`,
      `${name} lower`,
      `${name} upper`,
      `${name} n`,
      ...(hasTests ? [`${name} p`, `${name} corrected p`] : []),
    ];
  });
  const rows = table.rows.map((name, row) => [
    name,
    ...table.columns.flatMap((_, column) => {
      const cell = table.cells[row]?.[column] ?? EMPTY_CELL;
      const { mean, standardError, interval, count } = cell;
      return [
        ...[mean, standardError, interval?.lower, interval?.upper, count],
        ...(hasTests ? [cell.pValue, cell.correctedPValue] : []),
      ].map((value) => String(value ?? ''));
    }),
  ]);
  return [[table.rowAxis, ...header], ...rows]
    .map((fields) => `${fields.map(csvField).join(',')}\n`)
    .join('');
}

/** A field of RFC 4180, in quotes where it needs them. */
export const csvField = (text: string): string =>
  /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

const same = (text: string): string => text;

/** What the numbers are: what they are means of, what the mark says, and how columns go together. */
function noteLines(table: TableValue): string[] {
  const { cells, columns, replicates, baseline, confidence } = table;
  const flat = cells.flat();
  const counts = flat.map(({ count }) => count).filter((count) => count > 0);
  const notes: string[] = [];
  if (Math.max(0, ...counts) > 1) {
    const least = Math.min(...counts);
    const most = Math.max(...counts);
    const n = least === most ? String(least) : `${least} to ${most}`;
    const what = `Mean${besideNote(columns, confidence)}`;
    notes.push(`${what} over ${replicates.join(', ')}, n = ${n}.`);
  }
  if (baseline !== null && flat.some(({ pValue }) => pValue !== null)) {
    const corrected =
      table.correction === 'holm' ? ' after Holm over the rows' : '';
    const test = `paired t-test, p < ${SIGNIFICANT}${corrected}`;
    notes.push(
      flat.some(isMarked)
        ? `${MARK} differs from ${visible(baseline)} (${test}).`
        : `No cell differs from ${visible(baseline)} (${test}).`,
    );
  }
  return [
    ...notes,
    ...table.correlations.map((one) => correlationNote(one, table)),
  ];
}

/** What stands beside the means. */
function besideNote(
  columns: readonly TableColumn[],
  confidence: number,
): string {
  const shows = (what: TableColumn['beside']): boolean =>
    columns.some(({ beside }) => beside === what);
  const parts = [
    ...(shows('standard-error') ? ['± standard error'] : []),
    ...(shows('interval') ? [`[${percentage(confidence)} interval]`] : []),
  ];
  return parts.map((part) => ` ${part}`).join(' or');
}

const percentage = (share: number): string =>
  `${Number((100 * share).toPrecision(4))} %`;

/** `Rank correlation of R² and transfer over loss: -0.87 [-0.98, -0.38], n = 9 (Spearman; 95 % interval by …).` */
function correlationNote(
  { columns, value, interval, count, method }: TableCorrelation,
  { rowAxis, confidence }: TableValue,
): string {
  const [left, right] = columns.map((column) => visible(columnName(column)));
  const number = (x: number): string => x.toFixed(2);
  const what = `Rank correlation of ${left} and ${right} over ${rowAxis}`;
  if (value === null) return `${what}: none, n = ${count}.`;
  return interval === null
    ? `${what}: ${number(value)}, n = ${count} (Spearman).`
    : `${what}: ${number(value)} [${number(interval.lower)}, ${number(interval.upper)}], n = ${count} ` +
        `(Spearman; ${percentage(confidence)} interval by ${method}).`;
}

/** A text in lines of at most `width`, broken at spaces; a longer word has a line of its own. */
export function wrapWords(text: string, width: number): string[] {
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
